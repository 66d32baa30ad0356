/**
 * @module Asks a server of this machine. By a plain socket, because fetch would ask a proxy.
 */
import { connect } from 'node:net'
import type { Config } from '../config.ts'

const PROBE_MS = 1000

/** What it answers to a GET, with its head; empty where nothing answers in a second. */
export function askServer(
  { host, port }: Config['server']['listen'],
  path: string,
): Promise<string> {
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  return new Promise((resolve) => {
    const socket = connect({ host: everywhere[host] ?? host, port })
    let text = ''
    const end = (): void => {
      socket.destroy()
      resolve(text)
    }
    socket.setTimeout(PROBE_MS, end)
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('end', end)
    socket.on('error', end)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  })
}

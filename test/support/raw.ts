/**
 * @module A client that sends exactly the bytes it is told to, over TCP.
 */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  /** All that came back, as Latin-1. */
  readonly text: string
  /** The status of each answer in it. */
  readonly statuses: readonly number[]
  /** Whether the server closed the connection, rather than we. */
  readonly closed: boolean
  readonly ms: number
}

interface RawOptions {
  /** Whether these answers are all; then the connection is ours to close. By default the server's close is waited for. */
  readonly until?: (statuses: readonly number[]) => boolean
  /** How long to wait at most. */
  readonly patience?: number
}

/** Sends the parts one after the other, each in a packet of its own, and gives what came back. Never throws. */
export function sendRaw(
  port: number,
  parts: string | Uint8Array | readonly (string | Uint8Array)[],
  { until = () => false, patience = 2_500 }: RawOptions = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const started = performance.now()
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const finish = (closed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      const text = Buffer.concat(chunks).toString('latin1')
      resolve({ text, statuses: statusesOf(text), closed, ms: performance.now() - started })
    }
    const timer = setTimeout(() => finish(false), patience)
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (until(statusesOf(Buffer.concat(chunks).toString('latin1')))) finish(false)
    })
    socket.on('close', () => finish(true))
    socket.on('error', () => finish(true))
    socket.on('connect', () => void writeAll(socket, isOne(parts) ? [parts] : parts))
  })
}

/** A request for `sendRaw`: its head in CR LF, its body as it is. Nothing is added. */
export function rawRequest(line: string, headers: readonly string[], body = ''): string {
  return `${[line, ...headers].join('\r\n')}\r\n\r\n${body}`
}

function statusesOf(text: string): readonly number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status))
}

function isOne(
  parts: string | Uint8Array | readonly (string | Uint8Array)[],
): parts is string | Uint8Array {
  return typeof parts === 'string' || parts instanceof Uint8Array
}

async function writeAll(socket: Socket, parts: readonly (string | Uint8Array)[]): Promise<void> {
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'latin1') : part
    await new Promise<void>((written) => socket.write(bytes, () => written()))
    // The event loop goes round once, so that the packets are two.
    await new Promise((next) => setImmediate(next))
  }
}

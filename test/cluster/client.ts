/**
 * @module A merchant's client: connections that are kept, a time after which it gives up, and nothing that is sent twice by itself.
 */
import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent, request as secureRequest } from 'node:https'

/** What a caller was told. */
export interface Told {
  /** 0 where there was no answer. */
  readonly status: number
  readonly text: string
  /** The error's code; `lost` where there was no answer, and empty where there is no error. */
  readonly code: string
  /** What was said of it having been sent; `unknown` where nothing was said. */
  readonly sent: string
  /** The object's id. */
  readonly id: string
  /** By `performance.now()`. */
  readonly began: number
  readonly ended: number
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Told>

const GIVE_UP_MS = 20_000

const insecure = new PlainAgent({ keepAlive: true })

/** Calls a server by its URL; `ca` is who signed its certificate. Never throws. */
export function client(url: string, key: string, ca: string): Call {
  const agent = new Agent({ keepAlive: true, ca })
  return (method, path, body, headers = {}) =>
    new Promise((resolve) => {
      const began = performance.now()
      const end = (status: number, text: string): void => resolve(told(status, text, began))
      const options = {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      }
      const target = new URL(path, url)
      const outgoing =
        target.protocol === 'https:'
          ? secureRequest(target, { ...options, agent })
          : plainRequest(target, { ...options, agent: insecure })
      const timer = setTimeout(() => outgoing.destroy(new Error('given up')), GIVE_UP_MS)
      const lost = (error: Error): void => {
        clearTimeout(timer)
        end(0, error.message)
      }
      outgoing.on('error', lost)
      outgoing.on('response', (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', lost)
        answer.on('aborted', () => lost(new Error('broken off')))
        answer.on('end', () => {
          clearTimeout(timer)
          end(answer.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))
        })
      })
      outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    })
}

function told(status: number, text: string, began: number): Told {
  const body = parsed(text)
  const error = member(body, 'error')
  const code = status === 0 ? 'lost' : status < 400 ? '' : String(member(error, 'code') ?? status)
  return {
    status,
    text,
    code,
    sent: String(member(error, 'sent') ?? member(body, 'sent') ?? 'unknown'),
    id: String(member(body, 'id') ?? ''),
    began,
    ended: performance.now(),
  }
}

/** A part of parsed JSON. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** JSON, or null. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

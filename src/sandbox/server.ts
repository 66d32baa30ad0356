/**
 * @module The HTTPS server: reads requests whole, records them, and writes replies, the broken ones included.
 */
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OperatorError } from '../errors.ts'
import type { Answered, Received, Reply } from './exchange.ts'
import { plain } from './exchange.ts'
import { mask } from './mask.ts'
import type { RequestRecord } from './seen.ts'

const MOST_BYTES = 1_048_576

interface Options {
  readonly port: number
  readonly hostname: string
  readonly cert: string
  readonly key: string
  readonly clock: () => number
  readonly log: (line: string) => void
  readonly record: RequestRecord
  /** Paths that are not entered into the record. */
  readonly unrecorded: ReadonlySet<string>
  readonly answer: (request: Received) => Reply
}

export interface Server {
  readonly port: number
  /** Ends open connections too; resolves when the port is free. */
  stop(): Promise<void>
}

/** @throws OperatorError where the port cannot be opened */
export async function listen(options: Options): Promise<Server> {
  const server = createServer(
    { cert: options.cert, key: options.key, minVersion: 'TLSv1.2' },
    (request, response) => {
      serve(options, request, response).catch((error: unknown) => {
        // Never the request's own words: they may hold a card.
        options.log(`sandbox: ${error instanceof Error ? error.name : 'fault'}`)
        response.destroy()
      })
    },
  )
  // Longer than callers keep idle connections, so that none is closed just as it is used again.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: Error & { code?: string }) =>
      reject(
        new OperatorError(
          `The sandbox cannot listen on ${options.hostname}:${options.port}: ${error.code ?? error.name}.`,
          'Choose another port with --port N; 0 takes a free one.',
        ),
      ),
    )
    server.listen(options.port, options.hostname, resolve)
  })
  // A server that listens on a TCP port has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function serve(
  options: Options,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const started = performance.now()
  const body = await read(message)
  const target = message.url ?? '/'
  const at = target.indexOf('?')
  const request: Received = {
    method: message.method ?? 'GET',
    path: at < 0 ? target : target.slice(0, at),
    query: at < 0 ? '' : target.slice(at + 1),
    headers: flatten(message.headers),
    body: body ?? Buffer.alloc(0),
  }
  const recorded = !options.unrecorded.has(request.path)
  const done = recorded ? options.record.enter(request, options.clock()) : () => {}
  const reply = body
    ? options.answer(request)
    : { ...plain(413, 'The sandbox takes at most 1 MB.\n'), headers: { connection: 'close' } }
  const status = 'drop' in reply ? 'dropped' : reply.status
  if ('drop' in reply) drop(response, reply.drop)
  else {
    if (reply.delay) await wait(reply.delay, response)
    if (!response.destroyed) {
      done(reply.status)
      write(response, request.method, reply)
    }
  }
  const ms = Math.round(performance.now() - started)
  if (recorded) options.log(`${request.method} ${mask(request.path)} ${status} ${ms}ms`)
}

/** @returns null where the body is over the limit */
async function read(message: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message) {
    // A request without an encoding set gives its body in buffers.
    const buffer = chunk as Buffer
    bytes += buffer.length
    if (bytes > MOST_BYTES) return null
    chunks.push(buffer)
  }
  return Buffer.concat(chunks)
}

function write(response: ServerResponse, method: string, reply: Answered): void {
  const body = Buffer.from(reply.body ?? '')
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(body.length) })
  response.end(method === 'HEAD' ? undefined : body)
}

function drop(response: ServerResponse, when: 'request' | 'headers'): void {
  const socket = response.socket
  if (when === 'request') {
    socket?.destroy()
    return
  }
  const body = '{"id":"ch_half","object":"charge"}'
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  // Destroyed only once the half has left, so that the caller sees an answer begin.
  response.write(body.slice(0, body.length / 2), () => socket?.destroy())
}

/** Ends early when the caller goes away. */
function wait(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function flatten(headers: IncomingMessage['headers']): { [name: string]: string } {
  const flat: { [name: string]: string } = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

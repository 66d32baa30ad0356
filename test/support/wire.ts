/**
 * @module A PSP down to the bytes: keeps each request as it came over TLS, and answers whatever a test writes to the socket.
 */
import { dirname } from 'node:path'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { openAuthority } from '../../src/sandbox/authority.ts'
import { freshFolder } from './run.ts'

/** A request as its bytes were. */
export interface WireRequest {
  readonly line: string
  /** The header lines, each as it stood. */
  readonly head: readonly string[]
  readonly body: string
  readonly socket: TLSSocket
  /** Which request of its connection it is, from 0. */
  readonly nth: number
  /** The address that was dialled. */
  readonly dialled: string
}

export interface Wire {
  readonly port: number
  readonly url: string
  readonly caFile: string
  /** Where its authority is kept, for a second PSP to be trusted like the first. */
  readonly folder: string
  readonly requests: WireRequest[]
  /** Connections, whether or not TLS came about. */
  connections: number
  /** Connections that got through TLS. */
  secured: number
  /** Every byte of plain text that ever came. */
  bytes: number
  /** What happens when a request is whole. By default 200 and a little JSON. */
  reply: (request: WireRequest) => void
  stop(): Promise<void>
}

interface Options {
  readonly names?: readonly string[]
  readonly host?: string
  readonly port?: number
  /** With `::`: not on IPv4. */
  readonly ipv6Only?: boolean
  /** A folder with the authority that signs; by default a new one. */
  readonly authority?: string
  /** In place of a good certificate for localhost. */
  readonly tls?: TlsOptions
}

/** Starts it on a free port of the machine itself. */
export async function startWire(options: Options = {}): Promise<Wire> {
  const { port: wanted = 0, host = '127.0.0.1', ipv6Only = false } = options
  const authority = await openAuthority(
    options.authority ?? freshFolder('authority'),
    options.names ?? [],
  )
  const open = new Set<TLSSocket>()
  const server = createServer({ ...authority.leaf, ...options.tls }, (socket) => {
    wire.secured++
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    let nth = 0
    let kept: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      wire.bytes += chunk.length
      kept = Buffer.concat([kept, chunk])
      for (let request = cut(kept); request; request = cut(kept)) {
        kept = request.rest
        const dialled = (socket.localAddress ?? '').replace(/^::ffff:/, '')
        const whole = { ...request, socket, nth: nth++, dialled }
        wire.requests.push(whole)
        wire.reply(whole)
      }
    })
  })
  // Handshakes that fail are what some tests are about.
  server.on('tlsClientError', (_, socket) => socket.destroy())
  server.on('connection', () => wire.connections++)
  await new Promise<void>((resolve) => server.listen({ port: wanted, host, ipv6Only }, resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const wire: Wire = {
    port,
    url: `https://localhost:${port}`,
    caFile: authority.caFile,
    folder: dirname(authority.caFile),
    requests: [],
    connections: 0,
    secured: 0,
    bytes: 0,
    reply: ({ socket }) => respond(socket, '{"ok":true}'),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
  return wire
}

/** Writes a whole answer. */
export function respond(
  socket: TLSSocket,
  body: string | Uint8Array,
  { status = 200, headers = [] }: { status?: number; headers?: readonly string[] } = {},
): void {
  const bytes = Buffer.from(body)
  const json = headers.some((line) => /^content-type:/i.test(line))
    ? []
    : ['Content-Type: application/json']
  const head = [`HTTP/1.1 ${status} Status`, ...json, ...headers, `Content-Length: ${bytes.length}`]
  socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]))
}

/** The first request in the bytes, once it is whole; what follows it is `rest`. */
function cut(
  bytes: Buffer,
): { line: string; head: readonly string[]; body: string; rest: Buffer } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [line = '', ...head] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const length = Number(
    head.find((text) => /^content-length:/i.test(text))?.replace(/^[^:]*:\s*/, '') ?? 0,
  )
  const start = end + 4
  if (bytes.length < start + length) return null
  const body = bytes.subarray(start, start + length).toString('utf8')
  return { line, head, body, rest: bytes.subarray(start + length) }
}

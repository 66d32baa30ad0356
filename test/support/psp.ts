/**
 * @module A PSP that records every byte it is sent and answers as the test says, over TLS with an authority of its own.
 */
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { openAuthority } from '../../src/sandbox/authority.ts'

/** A request as it arrived. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Takes the raw connection instead of answering. */
  readonly raw?: (socket: Socket) => void
}

export interface FakePsp {
  readonly url: string
  readonly port: number
  readonly caFile: string
  readonly arrivals: Arrival[]
  /** What it answers; may wait. */
  reply: (arrival: Arrival) => Reply | Promise<Reply>
  stop(): Promise<void>
}

/** Starts it on a free port of the machine itself. */
export async function startPsp(names: readonly string[] = []): Promise<FakePsp> {
  const authority = await openAuthority(null, names)
  const arrivals: Arrival[] = []
  const server = createServer({ ...authority.leaf }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const arrival = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      arrivals.push(arrival)
      const reply = await psp.reply(arrival)
      if (reply.raw) return reply.raw(request.socket)
      response.writeHead(reply.status ?? 200, {
        'content-type': 'application/json',
        ...reply.headers,
      })
      response.end(reply.body ?? '{"ok":true}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const psp: FakePsp = {
    url: `https://localhost:${port}`,
    port,
    caFile: authority.caFile,
    arrivals,
    reply: () => ({}),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return psp
}

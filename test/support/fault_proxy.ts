/**
 * @module A proxy in front of an HTTP server that fails as networks and servers do: gone, silent, slow, broken, cut off.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as forward, Agent } from 'node:http'
import type { Socket } from 'node:net'

/** What it does with each request from now on. */
export type Fault =
  | { readonly kind: 'none' }
  /** Answers nothing; the server gets nothing. */
  | { readonly kind: 'silent' }
  /** Closes the connection; the server gets nothing. */
  | { readonly kind: 'reset' }
  /** Answers with this status; the server gets nothing. */
  | { readonly kind: 'status'; readonly status: number }
  /** Answers with a page, as whatever stands in front of a server does; the server gets nothing. */
  | { readonly kind: 'page' }
  /** Waits before it hands on. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Hands on, and gives this in place of the answer: nothing, a cut connection, or a status. */
  | { readonly kind: 'lost'; readonly answer: 'silent' | 'reset' | number }
  /** Keeps requests back, and hands them on when the fault is over. */
  | { readonly kind: 'held' }

export interface FaultProxy {
  readonly url: string
  readonly port: number
  fault: Fault
  /** Only requests for which it holds meet the fault; by default all. */
  only: (body: string) => boolean
  /** Requests that came, and those of them that were handed on. */
  readonly counts: { came: number; handedOn: number }
  /** Hands on what was held, and resolves when the server has answered all of it. */
  release(): Promise<void>
  /** Takes no connections and drops those there are, until it is called again with false. */
  gone(gone: boolean): Promise<void>
  stop(): Promise<void>
}

/** Starts it on a free port of loopback, in front of `target`. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true })
  const sockets = new Set<Socket>()
  const held: (() => Promise<void>)[] = []
  let port = 0
  const server = createServer((request, response) => void handle(request, response))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const listen = (): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen()
  const address = server.address()
  if (typeof address === 'object' && address !== null) port = address.port

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const body = Buffer.concat(chunks)
    proxy.counts.came++
    const fault: Fault = proxy.only(body.toString('latin1')) ? proxy.fault : { kind: 'none' }
    const handOn = (): Promise<Answer> => {
      proxy.counts.handedOn++
      return ask(target, agent, request, body)
    }
    if (fault.kind === 'silent') return
    if (fault.kind === 'held') return void held.push(async () => void (await handOn()))
    if (fault.kind === 'reset') return void request.socket.destroy()
    if (fault.kind === 'status') return void response.writeHead(fault.status).end('fault')
    if (fault.kind === 'page') {
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')
    }
    if (fault.kind === 'slow') await Bun.sleep(fault.ms)
    const answer = await handOn().catch(() => null)
    if (answer === null) return void request.socket.destroy()
    if (fault.kind === 'lost') {
      if (fault.answer === 'reset') request.socket.destroy()
      else if (fault.answer !== 'silent') response.writeHead(fault.answer).end('fault')
      return
    }
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }

  const drop = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${port}`,
    port,
    fault: { kind: 'none' },
    only: () => true,
    counts: { came: 0, handedOn: 0 },
    async release() {
      proxy.fault = { kind: 'none' }
      await Promise.all(held.splice(0).map((handOn) => handOn()))
    },
    async gone(gone) {
      if (!gone) return listen()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      drop()
      await closed
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      drop()
      agent.destroy()
      await closed
    },
  }
  return proxy
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

function ask(
  target: string,
  agent: Agent,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const given = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        value === undefined || /^(?:host|connection|transfer-encoding)$/.test(name)
          ? []
          : [[name, String(value)]],
      ),
    )
    const outgoing = forward(
      new URL(url, target),
      { agent, method, headers: { ...given, 'content-length': body.length } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: { 'content-type': answer.headers['content-type'] ?? 'text/plain' },
            body: Buffer.concat(chunks),
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/**
 * @module HTTP to a libSQL server for its client: one deadline for each call, and whether the server can have received it.
 */
import { Agent as PlainAgent, request as plainRequest, type RequestOptions } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import type { Socket } from 'node:net'

/** A call that got no answer. */
export class Unanswered extends Error {
  /** Whether the server can have done what it was asked. */
  readonly sent: boolean

  constructor(message: string, sent: boolean) {
    super(message)
    this.name = 'Unanswered'
    this.sent = sent
  }
}

export interface PrimaryHttp {
  /** As `fetch`, for the requests of the client. Throws {@link Unanswered} for all but an answer in JSON with status 200. */
  fetch(request: Request): Promise<Response>
  close(): void
}

/** Idle connections are dropped before most servers drop them, because a reused one that closes leaves a doubt. */
const IDLE_MS = 4_000
/** A server of libSQL takes 128 at once from all nodes, by default. */
const CONNECTIONS = 32
/** An answer beyond it is none of ours: a page of records is far smaller. */
const MOST_BYTES = 64 * 1024 * 1024

/** What every answer to a call begins with, as JSON. */
const BRACE = 0x7b

/** Statuses that say that nothing was done. */
const REFUSALS = new Set([400, 401, 403, 404, 405, 411, 413, 415, 421, 429])

/**
 * Calls to the one origin of `base`, each within `timeout_ms`; `ca` has the authorities in place of the built-in ones. By `node:http`, because `fetch` follows redirects with the token in
 * hand, obeys proxies of the environment, and tells nobody whether a request had left.
 */
export function openPrimaryHttp(base: string, timeout_ms: number, ca: string | null): PrimaryHttp {
  const { origin, protocol } = new URL(base)
  const secure = protocol === 'https:'
  const options = { keepAlive: true, timeout: IDLE_MS, maxSockets: CONNECTIONS }
  const agent = secure
    ? // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED would switch it off.
      new SecureAgent({
        ...options,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ...(ca !== null && { ca }),
      })
    : new PlainAgent(options)
  const open = secure ? secureRequest : plainRequest

  return {
    async fetch(request) {
      const url = new URL(request.url)
      // An answer may name another place for the next call, which would be given the token.
      if (url.origin !== origin) throw new Unanswered('the server leads elsewhere', false)
      const body = Buffer.from(await request.arrayBuffer())
      return call(open, { url, agent, secure, timeout_ms }, request, body)
    },
    close: () => agent.destroy(),
  }
}

interface Way {
  readonly url: URL
  readonly agent: PlainAgent | SecureAgent
  readonly secure: boolean
  readonly timeout_ms: number
}

function call(
  open: typeof plainRequest,
  { url, agent, secure, timeout_ms }: Way,
  { method, headers }: Request,
  body: Buffer,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    let sent = false
    const fail = (why: string): void => {
      clearTimeout(deadline)
      outgoing.destroy()
      reject(new Unanswered(why, sent))
    }
    const deadline = setTimeout(() => fail('no answer in time'), timeout_ms)
    const given: RequestOptions = {
      agent,
      method,
      headers: { ...Object.fromEntries(headers), 'content-length': body.length },
    }
    const outgoing = open(url, given, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size > MOST_BYTES) fail('the answer is too large')
      })
      response.on('error', (error) => fail(error.message))
      response.on('aborted', () => fail('the answer broke off'))
      response.on('end', () => {
        if (!response.complete) return fail('the answer broke off')
        const status = response.statusCode ?? 0
        if (status !== 200) {
          if (REFUSALS.has(status)) sent = false
          return fail(`the server answered with status ${status}`)
        }
        const answer = Buffer.concat(chunks)
        // A page of whatever stands in front of it, or in its place.
        if (method === 'POST' && answer[0] !== BRACE) return fail('no libSQL server answered')
        clearTimeout(deadline)
        resolve(new Response(answer, { status }))
      })
    })
    outgoing.on('error', (error) => fail(error.message))
    // Until there is a connection nothing has left: head and body go together, from here.
    const ready = (): void => {
      sent = true
      outgoing.end(body)
    }
    outgoing.on('socket', (socket: Socket) => {
      if (outgoing.reusedSocket || !socket.connecting) ready()
      else socket.once(secure ? 'secureConnect' : 'connect', ready)
    })
  })
}

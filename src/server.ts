/**
 * @module Listens, and stops without losing what is under way.
 */
import { createApp } from './app.ts'
import type { Gateway } from './gateway.ts'
import { refusal, routable } from './head.ts'
import { newId } from './id.ts'
import { notePeer } from './peer.ts'
import { errorResponse } from './respond.ts'

export interface Server {
  /** Where it listens: `http://127.0.0.1:8420`. */
  readonly url: string
  readonly port: number
  /** Says `unready`, waits for what is under way, at most `limit` milliseconds, and closes. */
  stop(limit?: number): Promise<void>
}

export interface ListenOptions {
  readonly hostname: string
  /** 0 takes a free one. */
  readonly port: number
}

/** Longer than the longest time a PSP may be given, so that a waiting caller is not cut off. */
const IDLE_SECONDS = 150
const STOP_MS = 130_000
/** How long answers may take to leave, once they are made. */
const FLUSH_MS = 2_000

/** Serves the gateway. Throws when the address is taken. */
export function serve(gateway: Gateway, { hostname, port }: ListenOptions): Server {
  let ready = true
  let running = 0
  const app = createApp(gateway, () => ready)
  const idle = Promise.withResolvers<void>()
  const server = Bun.serve({
    hostname,
    port,
    development: false,
    // Said aloud, because Bun shares the port with any other process where `development` is false.
    reusePort: false,
    idleTimeout: IDLE_SECONDS,
    // The edge counts and stops reading at its own limit; beyond this one Bun answers itself, without a body.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    async fetch(request, listener) {
      running++
      try {
        const routed = routable(request)
        notePeer(routed, listener.requestIP(request)?.address ?? '')
        const response = refuse(gateway, request) ?? (await app.handle(routed))
        if (!ready) response.headers.set('connection', 'close')
        return response
      } finally {
        running--
        if (!ready && running === 0) idle.resolve()
      }
    },
  })
  return {
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${server.port}`,
    port: server.port ?? port,
    async stop(limit = STOP_MS) {
      ready = false
      if (running === 0) idle.resolve()
      const timer = setTimeout(() => idle.resolve(), limit)
      await idle.promise
      clearTimeout(timer)
      // An answer that was made is not yet one that has left: the first stop waits for those, the second for nothing.
      await Promise.race([server.stop(), Bun.sleep(Math.min(limit, FLUSH_MS))])
      await server.stop(true)
    },
  }
}

/** The answer to a request that no route is to see; null for all others. */
function refuse({ clock, log }: Gateway, request: Request): Response | null {
  const refused = refusal(request)
  if (!refused) return null
  const request_id = newId('req', clock())
  const { method } = request
  const { code, status } = refused
  log.info('request', { request_id, method, status, code })
  const response = errorResponse(refused, request_id)
  response.headers.set('x-request-id', request_id)
  response.headers.set('connection', 'close')
  return response
}

/**
 * @module Listens, and stops without losing what is under way.
 */
import { createApp } from './app.ts'
import { GatewayError } from './errors.ts'
import type { Gateway } from './gateway.ts'
import { refusal, routable } from './head.ts'
import { newId } from './id.ts'
import { notePeer } from './peer.ts'
import { errorResponse } from './respond.ts'

export interface Server {
  /** Where it listens: `http://127.0.0.1:8420`. */
  readonly url: string
  readonly port: number
  /**
   * Says `unready`, answers what is under way, at most for `limit` milliseconds, and closes. What could not be finished by
   * then is broken off at the PSP, recorded and answered as far as that is possible, and otherwise told as unknown. The
   * second number is in place of the one it listens with.
   */
  stop(limit?: number, lame_duck_ms?: number): Promise<void>
}

export interface ListenOptions {
  readonly hostname: string
  /** 0 takes a free one. */
  readonly port: number
  /** Whether other processes listen on the same port: the kernel leads each connection to one of them. */
  readonly shared?: boolean
  /**
   * Milliseconds for which it goes on listening at least after it was told to stop, and closes each connection by its next
   * answer, until callers have gone elsewhere: a connection that is closed without a word just as its caller sends a request
   * loses that request. By default none.
   */
  readonly lame_duck_ms?: number
}

/** Longer than the longest time a PSP may be given, so that a waiting caller is not cut off. */
const IDLE_SECONDS = 150
const STOP_MS = 130_000
/** How long answers may take to leave, once they are made. */
const FLUSH_MS = 2_000
/** How long what was broken off may take to be recorded. */
const BREAK_OFF_MS = 1_000
/** Without a request for so long, no caller is about to send one. */
const IDLE_MS = 1_000
/**
 * So many looks in a row without one, while every answer ends its connection: callers have gone elsewhere. Looks and not a
 * time, because a process that did not run for a while has not seen who waits at its door.
 */
const QUIET_LOOKS = 10
const LOOK_MS = 20
/** How long that is waited for: where there is no elsewhere, they come back. */
const LONGEST_DUCK_MS = 5_000

/** Serves the gateway. Throws when the address is taken. */
export function serve(gateway: Gateway, options: ListenOptions): Server {
  const { hostname, port, shared = false, lame_duck_ms = 0 } = options
  let ready = true
  let last = -IDLE_MS
  /** Counted here, because Bun's own count misses some. */
  const waiting = new Set<(response: Response) => void>()
  const idle = Promise.withResolvers<void>()
  const app = createApp(gateway, () => ready)

  /** An answer that may be given before it is made. */
  function tracked(answer: Promise<Response>): Promise<Response> {
    return new Promise((resolve, reject) => {
      const ended = (): void => {
        waiting.delete(resolve)
        if (!ready && waiting.size === 0) idle.resolve()
      }
      waiting.add(resolve)
      answer.then((response) => {
        ended()
        if (!ready) response.headers.set('connection', 'close')
        resolve(response)
      }, reject)
      answer.catch(ended)
    })
  }

  const server = Bun.serve({
    hostname,
    port,
    development: false,
    // Said aloud, because Bun shares the port with any other process where `development` is false.
    reusePort: shared,
    idleTimeout: IDLE_SECONDS,
    // The edge counts and stops reading at its own limit; beyond this one Bun answers itself, without a body.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch(request, listener) {
      last = performance.now()
      const refused = refuse(gateway, request)
      if (refused) return gateway.limits.turns.next().then(() => refused)
      const routed = routable(request)
      notePeer(routed, listener.requestIP(request)?.address ?? '')
      return tracked(app.handle(routed))
    },
  })

  async function callersGone(least: number, most: number): Promise<void> {
    const begun = performance.now()
    if (begun - last > IDLE_MS) return
    await Bun.sleep(least)
    let quiet = 0
    while (quiet < QUIET_LOOKS && performance.now() - begun < most) {
      const before = last
      await Bun.sleep(LOOK_MS)
      quiet = last === before ? quiet + 1 : 0
    }
  }

  async function stop(limit = STOP_MS, duck = lame_duck_ms): Promise<void> {
    const until = performance.now() + limit
    ready = false
    if (duck > 0) await callersGone(Math.min(limit, duck), Math.min(limit, LONGEST_DUCK_MS))
    // From here on nobody connects, and idle connections are closed.
    const closed = server.stop()
    if (waiting.size === 0) idle.resolve()
    if (!(await within(idle.promise, until - performance.now()))) {
      // Each that waits for a PSP now hears that the connection broke off, and ends as any of these does.
      gateway.transport.close()
      await within(idle.promise, Math.min(limit, BREAK_OFF_MS))
      for (const answer of waiting) answer(cutOff(gateway))
    }
    // An answer that was made is not yet one that has left.
    await within(closed, Math.min(limit, FLUSH_MS))
    await server.stop(true)
  }

  return {
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${server.port}`,
    port: server.port ?? port,
    stop,
  }
}

/** Whether it resolved in time. */
async function within(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: Timer | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, milliseconds))
  })
  const inTime = await Promise.race([promise.then(() => true), late])
  clearTimeout(timer)
  return inTime
}

/** The answer to a request that no route is to see; null for all others. */
function refuse({ clock, log, limits }: Gateway, request: Request): Response | null {
  const refused = refusal(request)
  if (!refused) return null
  const { method } = request
  const { code, status } = refused
  const request_id = newId('req', clock())
  log[limits.refusals.add(code) ? 'info' : 'debug']('request', { request_id, method, status, code })
  return closing(refused, request_id)
}

/** The answer to a request that was not done when the time to stop was over. */
function cutOff({ clock, log }: Gateway): Response {
  const error = new GatewayError('unready', 'The program stopped before this was done.', {
    sent: 'unknown',
    hint: 'Look at what came of it before you send it again.',
  })
  const request_id = newId('req', clock())
  log.warn('request.cut_off', { request_id, code: error.code, sent: error.sent })
  return closing(error, request_id)
}

function closing(error: GatewayError, request_id: string): Response {
  const response = errorResponse(error, request_id)
  response.headers.set('x-request-id', request_id)
  response.headers.set('connection', 'close')
  return response
}

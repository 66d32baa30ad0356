/**
 * @module The start of a server whose master key is in shares: both listeners say `sealed` until enough of them were given.
 */
import type { Config } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { newId } from '../id.ts'
import { errorResponse } from '../respond.ts'
import { fault, type Log } from '../telemetry/log.ts'
import type { MasterKey } from '../vault/master_key.ts'
import { collectShares, REFUSALS, type Collected, type Collector } from './collect.ts'
import { ownsDatabase } from './owner.ts'

/** A key that was put together, and how. */
export interface Unsealed {
  readonly master: MasterKey
  /** How many shares made it, and how many were refused before. */
  readonly shares: number
  readonly refused: number
}

const MOST_BYTES = 4096
/** How long an answer may take to leave before its connection is cut. */
const FLUSH_MS = 1_000
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** Waits for shares; null when `stop` resolves first. Throws where it cannot listen. */
export async function waitForShares(
  { server, database }: Pick<Config, 'server' | 'database'>,
  log: Log,
  stop: Promise<void>,
): Promise<Unsealed | null> {
  const collector = collectShares((master) => ownsDatabase(database, master))
  const opened = Promise.withResolvers<Unsealed>()
  let refused = 0

  async function unseal(request: Request): Promise<Response> {
    const text = await shareIn(request, collector)
    if (text === null) return answer(collector.state)
    const collected = await collector.offer(text)
    const { refused: code, have, need, master } = collected
    if (code) {
      refused++
      log.warn('unseal.refused', { code, count: refused })
      const wait = collector.waitSeconds()
      return answer(collected, wait)
    }
    log.info('unseal.share', { count: have })
    if (master) {
      log.info('unsealed', { count: have })
      opened.resolve({ master, shares: need, refused })
    }
    return answer(collected)
  }

  const listeners: ReturnType<typeof listen>[] = []
  try {
    listeners.push(listen(server.listen, log), listen(server.admin_listen, log, unseal))
    log.warn('sealed', { address: `http://${server.admin_listen.host}:${listeners[1]?.port}` })
    return await Promise.race([opened.promise, stop.then(() => null)])
  } finally {
    // The answer to the last share is still on its way; the next server takes the ports.
    await Promise.all(
      listeners.map(async (one) => {
        await Promise.race([one.stop(), Bun.sleep(FLUSH_MS)])
        await one.stop(true)
      }),
    )
  }
}

/** The share that is sent, or null for a look at the state, and after all shares were forgotten as asked. */
async function shareIn(request: Request, collector: Collector): Promise<string | null> {
  if (request.method === 'GET') return null
  // A page in a browser can send no JSON to another origin unasked.
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    throw new GatewayError('unsupported_media_type', 'The body is not declared as JSON.')
  }
  const body: unknown = await request.json().catch(() => null)
  const given = (name: string): unknown =>
    typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  const share = given('share')
  if (typeof share === 'string') return share
  if (given('reset') !== true) {
    throw new GatewayError('invalid_request', 'The body has neither a share nor reset.', {
      hint: 'Run `pangate unseal`, or send {"share": "..."}.',
    })
  }
  collector.forget()
  return null
}

function answer({ refused, master, have, need }: Collected, wait = 0): Response {
  const status = refused === null ? 200 : refused === 'too_often' ? 429 : 400
  return Response.json(
    {
      sealed: master === null,
      have,
      need,
      ...(refused && { refused, message: REFUSALS[refused] }),
    },
    { status, headers: { ...HEADERS, ...(wait > 0 && { 'retry-after': String(wait) }) } },
  )
}

function listen(
  { host, port }: Config['server']['listen'],
  log: Log,
  unseal?: (request: Request) => Promise<Response>,
) {
  return Bun.serve({
    hostname: host,
    port,
    development: false,
    // Said aloud, because Bun shares the port with any other process where `development` is false.
    reusePort: false,
    maxRequestBodySize: MOST_BYTES,
    async fetch(request) {
      const { pathname } = new URL(request.url, 'http://localhost')
      if (pathname === '/healthz' && request.method === 'GET') {
        return Response.json({ status: 'ok' }, { headers: HEADERS })
      }
      const id = newId('req', Date.now())
      try {
        if (unseal && pathname === '/unseal' && /^(?:GET|POST)$/.test(request.method)) {
          return await unseal(request)
        }
        return errorResponse(new GatewayError('sealed', 'The master key is not put together.'), id)
      } catch (error) {
        if (error instanceof GatewayError) return errorResponse(error, id)
        log.error('fault', { request_id: id, ...fault(error) })
        return errorResponse(new GatewayError('storage_unavailable', 'No database answered.'), id)
      }
    },
    error: () => new Response('Fault\n', { status: 500, headers: HEADERS }),
  })
}

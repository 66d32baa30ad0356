/**
 * @module The admin listener: health and numbers, for the operator's own network.
 */
import type { Config } from '../config.ts'
import type { Snapshot } from '../telemetry/metrics.ts'
import { PROMETHEUS_TYPE, prometheus } from '../telemetry/prometheus.ts'
import { cannotListen } from './listen.ts'

export interface AdminListener {
  readonly port: number
  stop(): Promise<void>
}

interface Watched {
  /** Resolves to the numbers of all processes. */
  numbers(): Promise<Snapshot>
  /** Resolves to whether requests can be served. */
  isReady(): Promise<boolean>
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** Listens on `[server] admin_listen`. Throws OperatorError where it cannot. */
export function openAdmin(
  listen: Config['server']['admin_listen'],
  { numbers, isReady }: Watched,
): AdminListener {
  const answers: Readonly<Record<string, () => Promise<Response> | Response>> = {
    '/healthz': () => Response.json({ status: 'ok' }, { headers: HEADERS }),
    '/readyz': async () =>
      (await isReady())
        ? Response.json({ status: 'ready' }, { headers: HEADERS })
        : Response.json({ status: 'unready' }, { status: 503, headers: HEADERS }),
    '/metrics': async () =>
      new Response(prometheus(await numbers()), {
        headers: { ...HEADERS, 'content-type': PROMETHEUS_TYPE },
      }),
  }
  try {
    const server = Bun.serve({
      hostname: listen.host,
      port: listen.port,
      development: false,
      // Said aloud, because Bun shares the port with any other process where `development` is false.
      reusePort: false,
      maxRequestBodySize: 0,
      fetch(request) {
        const { pathname } = new URL(request.url)
        const answer = Object.hasOwn(answers, pathname) ? answers[pathname] : undefined
        return answer?.() ?? new Response('Not found\n', { status: 404, headers: HEADERS })
      },
      error: () => new Response('Fault\n', { status: 500, headers: HEADERS }),
    })
    return { port: server.port ?? listen.port, stop: () => server.stop(true) }
  } catch (error) {
    throw cannotListen(listen, error, '[server] admin_listen')
  }
}

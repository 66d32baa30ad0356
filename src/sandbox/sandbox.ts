/**
 * @module Starts the PSP sandbox: a stand-in for Stripe and Praxis over TLS, for those who have no account at a PSP, and for our own tests.
 */
import type { SeenRequest } from './seen.ts'

export type { SeenRequest } from './seen.ts'

export interface SandboxOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** Where the certificate authority is kept; null keeps it in memory and writes its certificate to a temporary folder. */
  readonly dataDir: string | null
  /** Address to listen on; the machine itself by default. */
  readonly hostname?: string
  /** Milliseconds since 1970, for expiry dates and times in answers. Certificates follow the real clock, as their readers do. */
  readonly clock?: () => number
  /** Gets a line for each request, without card data. */
  readonly log?: (line: string) => void
}

export interface Sandbox {
  /** `https://localhost:PORT`. */
  readonly url: string
  readonly port: number
  /** The authority's certificate, for `curl --cacert` and `[egress] ca_file`. */
  readonly caFile: string
  readonly caPem: string
  /** Ends open connections too. */
  stop(): Promise<void>
  /** What was received, masked: the last 5000, oldest first. */
  requests(): readonly SeenRequest[]
}

/** @throws OperatorError where the port or the folder cannot be used */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  // Loaded when it is wanted: production never is a sandbox.
  const [{ createApp }, { openAuthority }, { createRecord }, { listen }, { createNotifier }] =
    await Promise.all([
      import('./app.ts'),
      import('./authority.ts'),
      import('./seen.ts'),
      import('./server.ts'),
      import('./praxis/notifier.ts'),
    ])
  const { hostname = '127.0.0.1', clock = Date.now, log = () => {} } = options
  const everywhere = hostname === '0.0.0.0' || hostname === '::'
  const authority = await openAuthority(options.dataDir, everywhere ? [] : [hostname])
  const record = createRecord()
  const notifier = createNotifier(clock)
  let url = ''
  const server = await listen({
    port: options.port ?? 0,
    hostname,
    cert: authority.leaf.cert,
    key: authority.leaf.key,
    clock,
    log,
    record,
    unrecorded: new Set(['/requests']),
    answer: createApp(clock, () => url, record, notifier),
  })
  url = `https://localhost:${server.port}`
  return {
    url,
    port: server.port,
    caFile: authority.caFile,
    caPem: authority.caPem,
    stop() {
      notifier.stop()
      return server.stop()
    },
    requests: () => record.list(),
  }
}

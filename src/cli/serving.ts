/**
 * @module What a server of one process and one of several have in common: what they start with, and pieces of start and stop.
 */
import type { Config } from '../config.ts'
import type { Sources } from '../config/load.ts'
import type { Unsealed } from '../custody/sealed_start.ts'
import type { Gateway } from '../gateway.ts'
import { serve, type ListenOptions, type Server } from '../server.ts'
import { markInterrupted } from '../store/forwards.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { cannotListen } from './listen.ts'

/** What is known before anything is opened. */
export interface Serving {
  readonly config: Config
  readonly opened: Unsealed
  readonly telemetry: Telemetry
  /** Resolves when it is to stop: by a signal, or by a fault after which nothing can be relied on. */
  readonly stop: Promise<void>
  /** What the configuration was made of. */
  readonly sources: Sources
  /** Reads the configuration again. Throws OperatorError as the first time. */
  reread(): Reread
}

export interface Reread {
  readonly config: Config
  readonly sources: Sources
}

/**
 * For so long at least a server that stops still takes requests, and closes connections by its answers. Measured with 20
 * restarts under load: without it requests were lost on connections that closed just then.
 */
export const LAME_DUCK_MS = 400

/** Listens before anything is changed, so that a second server on the same port touches nothing. */
export async function listen(
  gateway: Gateway,
  { host, port }: Config['server']['listen'],
  options: Pick<ListenOptions, 'shared' | 'lame_duck_ms'> = {},
): Promise<Server> {
  try {
    return serve(gateway, { hostname: host, port, ...options })
  } catch (error) {
    await gateway.close()
    throw cannotListen({ host, port }, error, '[server] listen')
  }
}

/** Whether the database answers. */
export async function answers({ store }: Pick<Gateway, 'store'>): Promise<boolean> {
  try {
    await store.db.run('select 1')
    return true
  } catch {
    return false
  }
}

type Telling = Pick<Gateway, 'store' | 'clock' | 'log'>

/** Marks what a process that is gone was sending: whether a PSP received it, nobody knows. */
export async function tellInterrupted(
  { store, clock, log }: Telling,
  node: string | null,
): Promise<void> {
  const count = await markInterrupted(store, node, clock())
  if (count > 0) log.warn('forwards.interrupted', { count })
}

/** The same for a whole server, where none of its processes sends: a local file has no other server, whatever it is named. */
export function tellAllInterrupted(server: Telling & Pick<Gateway, 'node'>): Promise<void> {
  return tellInterrupted(server, server.store.state ? server.node : null)
}

/**
 * @module What all processes that serve on this machine have in common: the database, short-lived values, quotas.
 */
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { CircuitShare } from './limits/circuit.ts'
import { memoryLimits } from './limits/memory.ts'
import type { LimitStore } from './limits/store.ts'
import { memoryStore } from './sessions/memory.ts'
import type { SessionStore } from './sessions/store.ts'
import { openStore, type Store } from './store/open.ts'
import type { Log } from './telemetry/log.ts'

export interface Shared {
  readonly store: Store
  /** Security codes and cryptograms, sealed. */
  readonly kept: SessionStore
  readonly quotas: LimitStore
  /** Told of circuits that other processes open and close; absent where there are no others. */
  readonly circuits?: CircuitShare
  /** Whether this process looks after it: erases what has expired. */
  readonly keeper: boolean
  /** Whether the store writes to the database itself: then it needs a chain for the audit log. */
  readonly writer: boolean
  close(): Promise<void>
}

export interface SharedOptions {
  /** Whether this process serves callers itself, and so reads enough that a replica is worth having; by default it does. */
  readonly serves?: boolean
}

/** Opens it for this process, which keeps it. Throws OperatorError with the next command to type. */
export async function openShared(
  config: Config,
  clock: Clock,
  log: Log,
  { serves = true }: SharedOptions = {},
): Promise<Shared> {
  const store = await openStore(config.database, { owner: true, replica: serves, log })
  const kept = memoryStore(clock)
  const quotas = memoryLimits(clock)
  return {
    store,
    kept,
    quotas,
    keeper: true,
    writer: true,
    async close() {
      kept.close()
      quotas.close()
      await store.close()
    },
  }
}

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
  /** Whether this process is the one that looks after it: erases what has expired, and ties the audit log. */
  readonly keeper: boolean
  close(): Promise<void>
}

/** Opens it for this process, which keeps it. Throws OperatorError with the next command to type. */
export async function openShared(config: Config, clock: Clock, log: Log): Promise<Shared> {
  const store = await openStore(config.database, { owner: true, log })
  const kept = memoryStore(clock)
  const quotas = memoryLimits(clock)
  return {
    store,
    kept,
    quotas,
    keeper: true,
    async close() {
      kept.close()
      quotas.close()
      await store.close()
    },
  }
}

/**
 * @module What a worker shares with the others, over its link to the keeper; a database elsewhere it asks itself.
 */
import type { Config } from '../config.ts'
import type { CircuitChange, CircuitShare } from '../limits/circuit.ts'
import type { LimitStore } from '../limits/store.ts'
import type { Shared } from '../shared.ts'
import { databasePath } from '../store/location.ts'
import { openStore } from '../store/open.ts'
import type { Log } from '../telemetry/log.ts'
import type { Link } from './link.ts'
import type { KeeperCalls } from './protocol.ts'
import { linkedSessions } from './sessions.ts'
import { linkedStore } from './store.ts'

export interface LinkedShared extends Shared {
  /** To be called with each circuit that another process opens or closes. */
  heard(change: CircuitChange): void
}

/** Opens it. `known`: circuits that are not closed. Throws OperatorError as the store does. */
export async function openLinkedShared(
  link: Link<KeeperCalls>,
  { database }: Config,
  known: readonly CircuitChange[],
  log: Log,
): Promise<LinkedShared> {
  const file = database.sync_url === null ? databasePath(database.url) : null
  const store =
    file === null ? await openStore(database, { replica: true, log }) : linkedStore(link, file)
  const listeners: ((change: CircuitChange) => void)[] = []
  const circuits: CircuitShare = {
    // What is lost makes another process find out by itself.
    publish: (change) => void link.call('circuit', change).catch(() => undefined),
    subscribe(on) {
      listeners.push(on)
      for (const change of known) on(change)
    },
  }
  return {
    store,
    kept: linkedSessions(link),
    quotas: linkedQuotas(link),
    circuits,
    keeper: false,
    writer: file === null,
    heard: (change) => listeners.forEach((on) => on(change)),
    close: () => store.close(),
  }
}

function linkedQuotas(link: Link<KeeperCalls>): LimitStore {
  return {
    take: (key, rule, cost = 1) => link.call('take', key, rule, cost),
    takeInTurn: (asked) => link.call('takeInTurn', asked),
    close: () => undefined,
  }
}

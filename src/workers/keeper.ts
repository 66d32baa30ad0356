/**
 * @module The keeper's side: what it does for one worker, and the circuits that workers tell each other of through it.
 */
import type { CircuitChange } from '../limits/circuit.ts'
import { takeInTurn } from '../limits/store.ts'
import type { Shared } from '../shared.ts'
import type { KeeperCalls } from './protocol.ts'

/** What is done for a worker. `own` is what is known of this worker alone. */
export function keeperCalls(
  { store, kept, quotas }: Pick<Shared, 'store' | 'kept' | 'quotas'>,
  own: Pick<KeeperCalls, 'circuit' | 'leaving' | 'numbers'>,
): KeeperCalls {
  return {
    write: (writes) => store.write(...writes),
    scrub: () => store.scrubDeleted(),
    'session.set': (key, value, expiresAt) => kept.set(key, value, expiresAt),
    'session.get': (key) => kept.get(key),
    'session.take': (key) => kept.take(key),
    'session.delete': (key) => kept.delete(key),
    take: (key, rule, cost) => quotas.take(key, rule, cost),
    takeInTurn: (asked) => takeInTurn(quotas, asked),
    ...own,
  }
}

/** The circuits that are not closed, so that a worker that starts later knows of them. */
export function openCircuitBoard(): {
  note(change: CircuitChange): void
  list(): readonly CircuitChange[]
} {
  const known = new Map<string, CircuitChange>()
  return {
    note(change) {
      known.delete(change.key)
      if (change.state !== 'closed') known.set(change.key, change)
      if (known.size > MOST) known.delete(known.keys().next().value ?? '')
    },
    list: () => [...known.values()],
  }
}

/** As many as a worker remembers; the one that changed longest ago goes. */
const MOST = 10_000

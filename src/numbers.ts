/**
 * @module The numbers of those parts of a program that do not count themselves: connections, circuits, sessions.
 */
import type { CircuitChange } from './limits/circuit.ts'
import type { SessionStore } from './sessions/store.ts'
import type { Store } from './store/open.ts'
import type { Metrics } from './telemetry/metrics.ts'

interface Counted {
  readonly transport: { connections(): Readonly<Record<'active' | 'idle' | 'waiting', number>> }
  readonly limits: { circuits(): readonly CircuitChange[] }
}

/** `recovering` lets a few calls through. */
const STATES = { closed: 0, recovering: 1, open: 2 } as const satisfies Record<
  CircuitChange['state'],
  number
>

/** Has the numbers of a serving process read whenever they are asked for. */
export function watchGateway(metrics: Metrics, { transport, limits }: Counted): void {
  metrics.watch('pangate_connections', () =>
    Object.entries(transport.connections()).map(([state, count]) => [[state], count]),
  )
  metrics.watch('pangate_circuit_state', () => {
    const hosts = new Map<string, number>()
    for (const { key, state } of limits.circuits()) {
      // A circuit of one tenant is shown as its host's: tenants are no labels.
      const host = key.replace(/:\d+(?: .*)?$/, '')
      hosts.set(host, Math.max(hosts.get(host) ?? 0, STATES[state]))
    }
    return [...hosts].map(([host, state]) => [[host], state])
  })
}

/** Has the state of a database elsewhere read; a local file has none. */
export function watchStore(metrics: Metrics, { state }: Pick<Store, 'state'>): void {
  if (!state) return
  metrics.watch('pangate_primary_up', () => (state().primary === 'up' ? 1 : 0))
  metrics.watch('pangate_replica_lag_seconds', () => {
    const { replica_age_ms } = state()
    return replica_age_ms === null ? [] : replica_age_ms / 1000
  })
}

/** Has the numbers of what one process keeps for all read whenever they are asked for. */
export function watchKept(metrics: Metrics, kept: SessionStore): void {
  const { size } = kept
  if (size) metrics.watch('pangate_sessions', size)
}

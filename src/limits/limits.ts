/**
 * @module All limits of a running program, put together from its configuration.
 */
import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'
import { openCircuits, type CircuitChange, type CircuitShare } from './circuit.ts'
import { openDestinations, type Destinations } from './destinations.ts'
import { openQuotas, type QuotaRules, type Quotas } from './quotas.ts'
import { openRefusals, type Refusals } from './refusals.ts'
import type { LimitStore } from './store.ts'
import { openTurns, type Turns } from './turns.ts'
import { openUnlisted, type Unlisted } from './unlisted.ts'
import { openVisits, type VisitRules, type Visits } from './visits.ts'

/** `[limits]` of the configuration. */
export interface LimitRules extends QuotaRules, VisitRules {
  readonly concurrent_per_destination: number
  readonly circuit_failures: number
  readonly circuit_open_ms: number
}

export interface Limits {
  readonly visits: Visits
  readonly quotas: Quotas
  readonly destinations: Destinations
  readonly refusals: Refusals
  readonly turns: Turns
  readonly unlisted: Unlisted
  /** The circuits that are not closed, for metrics. */
  circuits(): readonly CircuitChange[]
  close(): void
}

export interface LimitParts {
  readonly clock: Clock
  readonly log: Log
  /** Closed by who gave it. */
  readonly store: LimitStore
  readonly share?: CircuitShare
}

/** Opens all limits. */
export function openLimits(rules: LimitRules, parts: LimitParts): Limits {
  const { clock, log, store, share } = parts
  const quotas = openQuotas(store, rules, log)
  const visits = openVisits(rules, quotas)
  const circuits = openCircuits({
    failures: rules.circuit_failures,
    open_ms: rules.circuit_open_ms,
    clock,
    changed: ({ key, state, until, times }) => {
      const [host = '', tenant] = key.split(' ')
      const level = state === 'open' ? 'warn' : 'info'
      log[level](`circuit.${state}`, {
        host,
        count: times,
        ...(tenant !== undefined && { tenant }),
        ...(state === 'open' && { ms: until - clock() }),
      })
    },
    ...(share && { share }),
  })
  const refusals = openRefusals(log)
  return {
    visits,
    quotas,
    destinations: openDestinations(rules.concurrent_per_destination, circuits, visits.waits),
    refusals,
    turns: openTurns(),
    unlisted: openUnlisted(log),
    circuits: () => circuits.list(),
    close: () => refusals.close(),
  }
}

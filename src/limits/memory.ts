/**
 * @module Quotas in this process's memory: the embedded default.
 */
import type { Clock } from '../clock.ts'
import { gcra, type LimitStore } from './store.ts'

/** How many keys of each kind are remembered: about 15 MB in all where every kind is full. */
const KEYS = 50_000
/** How often quotas that are whole again are forgotten. */
const SWEEP_MS = 10_000

/**
 * Quotas in memory. Each kind of key (`address:`, `tenant:`) has a bound of its own, so that a flood of addresses makes
 * nothing forgotten but addresses: beyond it the one that was used longest ago goes.
 */
export function memoryLimits(clock: Clock, most = KEYS): LimitStore {
  /** Kind -> name -> when it is whole again, the one used last at the end. */
  const kinds = new Map<string, Map<string, number>>()

  function ofKind(kind: string): Map<string, number> {
    const known = kinds.get(kind)
    if (known) return known
    const names = new Map<string, number>()
    kinds.set(kind, names)
    return names
  }
  const sweep = setInterval(() => {
    const now = clock()
    for (const names of kinds.values()) {
      for (const [name, full_at] of names) if (full_at <= now) names.delete(name)
    }
  }, SWEEP_MS)
  sweep.unref()

  return {
    take: async (key, rule, cost = 1) => {
      const names = ofKind(key.slice(0, key.indexOf(':')))
      const now = clock()
      const { taken, full_at } = gcra(names.get(key) ?? null, now, rule, cost)
      names.delete(key)
      if (full_at > now) names.set(key, full_at)
      if (names.size > most) names.delete(names.keys().next().value ?? '')
      return taken
    },
    close: () => {
      clearInterval(sweep)
      kinds.clear()
    },
  }
}

/**
 * @module Which reads a replica may answer: none that is older than the bound, and none that would miss what this node wrote.
 */
import type { Statement } from './write.ts'

/**
 * Tables that a replica may be read for: what is looked up for a forward, and may be a moment old. All else is asked of the
 * primary, which alone knows whether a key was used, what came of a forward, and which keys seal.
 */
const LOCAL = new Set([
  'tokens',
  'token_terms',
  'credentials',
  'tenants',
  'api_keys',
  'clients',
  'accounts',
  'destinations',
])
/** In place of a table: the values of one of its columns. */
const FUNCTIONS = new Set(['json_each'])
/** Queries are few, but for searches by many conditions. */
const KEPT = 500

export interface Freshness {
  /** Whether the replica may answer; `get` is a look-up of one row, whose absence is asked of the primary in any case. */
  allows(sql: string, method: string): boolean
  /** To be told of what was written, or may have been. True where a replica is read for it. */
  wrote(statements: readonly Statement[]): boolean
  /** To be called when a synchronisation begins; what it gives, when that has succeeded. */
  began(): () => void
  /** Milliseconds since the last one that succeeded began; null before the first. */
  age(): number | null
}

/** Nothing is read that may be older than `bound` milliseconds by the given clock, which only goes forward. */
export function openFreshness(bound: number, clock: () => number): Freshness {
  const known = new Map<string, readonly string[]>()
  /** By table, the last write that the replica may not have yet. */
  const changed = new Map<string, number>()
  const added = new Map<string, number>()
  let writes = 0
  let asOf: number | null = null

  function tables(sql: string): readonly string[] {
    const found =
      known.get(sql) ??
      [...sql.matchAll(/\b(?:from|join|into|update)\s+"?(\w+)/gi)].flatMap(([, name = '']) =>
        FUNCTIONS.has(name) ? [] : [name],
      )
    if (known.size >= KEPT) known.clear()
    known.set(sql, found)
    return found
  }

  const age = (): number | null => (asOf === null ? null : clock() - asOf)

  return {
    age,
    allows(sql, method) {
      const since = age()
      if (since === null || since > bound) return false
      const named = tables(sql)
      return (
        named.length > 0 &&
        named.every(
          (table) =>
            LOCAL.has(table) && !changed.has(table) && (method === 'get' || !added.has(table)),
        )
      )
    },
    wrote(statements) {
      writes++
      let read = false
      for (const { sql } of statements) {
        for (const table of tables(sql)) {
          if (!LOCAL.has(table)) continue
          read = true
          const adds = /^\s*insert\b/i.test(sql) && !/\bdo update\b/i.test(sql)
          ;(adds ? added : changed).set(table, writes)
        }
      }
      return read
    },
    began() {
      const [at, upTo] = [clock(), writes]
      return () => {
        asOf = at
        for (const map of [changed, added]) {
          for (const [table, write] of map) if (write <= upTo) map.delete(table)
        }
      }
    },
  }
}

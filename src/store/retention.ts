/**
 * @module Deletes records of forwards, and messages of PSPs, once they are as old as the operator keeps them: a few at a time.
 */
import { and, inArray, lt, sql, type SQL } from 'drizzle-orm'
import { auditEntry, byItself } from '../audit/entry.ts'
import { rfc3339, type Clock } from '../clock.ts'
import { firstIdAt } from '../id.ts'
import type { Store } from './open.ts'
import { forwards, notifications, tenants } from './schema.ts'

/** A transaction of so many takes a few milliseconds, for which payments wait. */
const BATCH = 500
const PAUSE_MS = 100
/** How often it is looked for, and when for the first time after the start. */
const EVERY_MS = 3_600_000
const FIRST_MS = 5_000
const DAY_MS = 86_400_000

/** What is over for good. One that is `unknown` stays: only the PSP knows its fate, and somebody may still have to ask. */
const FINAL = ['done', 'not_sent'] as const

interface Pruning {
  readonly store: Store
  readonly clock: Clock
  /** Between two batches; rejects nothing. */
  pause(): Promise<unknown>
  isStopped(): boolean
}

/** What is deleted for its age: its table, which of its rows, and the name of their number in the audit log. */
interface Old {
  readonly table: typeof forwards | typeof notifications
  readonly rows: SQL | undefined
  readonly counted: 'count' | 'notifications'
}

function olderThan({ db }: Store, before: number): readonly Old[] {
  // Every tenant, and both modes, so that the index by which rows are listed leads to the old ones of each.
  const ofAll = db.select({ id: tenants.id }).from(tenants)
  const records = and(
    inArray(forwards.tenant_id, ofAll),
    inArray(forwards.test, [false, true]),
    // Ids begin with their time, and the time itself counts where a clock was set back.
    lt(forwards.id, firstIdAt('fwd', before)),
    lt(forwards.created_at, before),
    inArray(forwards.state, FINAL),
  )
  const messages = and(
    inArray(notifications.tenant_id, ofAll),
    lt(notifications.id, firstIdAt('ntf', before)),
    lt(notifications.created_at, before),
  )
  return [
    { table: forwards, rows: records, counted: 'count' },
    { table: notifications, rows: messages, counted: 'notifications' },
  ]
}

/**
 * Deletes records of before a time that are final, and with them their idempotency keys; and messages of PSPs of before it: one that a PSP
 * sends once more is recorded as if it were the first. Gives how many rows there were; the audit log says when it begins and how many of
 * each it were, where there were any.
 */
export async function pruneRecords(
  before: number,
  { store, clock, pause, isStopped }: Pruning,
): Promise<number> {
  const told = (detail: Readonly<Record<string, string | number>>) =>
    auditEntry('records.prune', byItself(clock()), {
      detail: { before: rfc3339(before), ...detail },
    })
  let begun = false
  const counts = { count: 0, notifications: 0 }
  try {
    for (const { table, rows: old, counted } of olderThan(store, before)) {
      while (!isStopped()) {
        const rows = await store.db
          .select({ number: sql<number>`rowid` })
          .from(table)
          .where(old)
          .limit(BATCH)
        if (rows.length === 0) break
        const numbers = rows.map(({ number }) => number)
        const removal = store.db.delete(table).where(and(inArray(sql`rowid`, numbers), old))
        // With the first rows in one transaction: nothing goes without a line.
        const results = await store.write(...(begun ? [] : [told({ phase: 'begin' })]), removal)
        begun = true
        counts[counted] += results.at(-1)?.rowsAffected ?? 0
        await pause()
      }
    }
  } finally {
    if (begun) await store.write(told({ phase: 'end', ...counts }))
  }
  return counts.count + counts.notifications
}

/**
 * Does so for so many days, each time it is called: of what was old enough already when it was called before. So a clock that is set
 * wrong, as after a start without a time server, takes nothing with it where it is put right between two looks.
 */
export function pruner(days: number, pruning: Pruning): () => Promise<number> {
  let looked: number | null = null
  return async () => {
    const now = pruning.clock()
    const old = Math.min(looked ?? -Infinity, now)
    looked = now
    return old === -Infinity ? 0 : pruneRecords(old - days * DAY_MS, pruning)
  }
}

/** Does so again and again, until it is closed. `failed` is told of a database that does not answer. */
export function keepPruning(
  days: number,
  { store, clock }: Pick<Pruning, 'store' | 'clock'>,
  failed: (error: unknown) => void,
): { close(): Promise<void> } {
  let stopped = false
  let running: Promise<unknown> = Promise.resolve()
  const pause = (): Promise<unknown> => Bun.sleep(PAUSE_MS)
  const prune = pruner(days, { store, clock, pause, isStopped: () => stopped })
  const run = (): void => {
    running = running.then(prune).catch(failed)
  }
  const timers = [setTimeout(run, FIRST_MS), setInterval(run, EVERY_MS)]
  for (const timer of timers) timer.unref()
  return {
    async close() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      await running
    },
  }
}

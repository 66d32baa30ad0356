/**
 * @module The record of forwards: one row each, durable before a byte leaves and again before the answer does.
 */
import { and, desc, eq, lt, or } from 'drizzle-orm'
import type { Store } from './open.ts'
import { forwards } from './schema.ts'
import type { Query } from './write.ts'

export type ForwardRow = typeof forwards.$inferSelect
export type NewForward = typeof forwards.$inferInsert

/** Writes a new row; no row is affected when its idempotency key is taken: exactly one of several at once gets it. */
export function insertForward(store: Store, row: NewForward): Query {
  return inserting(store.db, row)
}

/** Writes what came of a forward. */
export async function finishForward(
  store: Store,
  id: string,
  change: Partial<NewForward>,
): Promise<void> {
  await store.write(finishing(store.db, { ...UNCHANGED, ...change, id }))
}

/** Whose forwards: another tenant, or the other mode, does not see them. */
interface Owner {
  readonly tenant: string
  readonly test: boolean
}

const mine = ({ tenant, test }: Owner) =>
  and(eq(forwards.tenant_id, tenant), eq(forwards.test, test))

/** The owner's forward under an idempotency key. */
export function forwardByKey(
  store: Store,
  owner: Owner,
  key: string,
): Promise<ForwardRow | undefined> {
  return store.db
    .select()
    .from(forwards)
    .where(and(mine(owner), eq(forwards.idempotency_key, key)))
    .get()
}

/** One forward, or undefined where the owner has none of that id. */
export function findForward(
  store: Store,
  owner: Owner,
  id: string,
): Promise<ForwardRow | undefined> {
  return store.db
    .select()
    .from(forwards)
    .where(and(mine(owner), eq(forwards.id, id)))
    .get()
}

/** Newest first; `cursor` is the last id of the page before. */
export function listForwards(
  store: Store,
  owner: Owner,
  limit: number,
  cursor: string | null,
): Promise<readonly ForwardRow[]> {
  return store.db
    .select()
    .from(forwards)
    .where(and(mine(owner), cursor === null ? undefined : lt(forwards.id, cursor)))
    .orderBy(desc(forwards.id))
    .limit(limit)
}

/**
 * At the start of a node: what it was sending when it ended may or may not have reached the PSP, and so what any node was
 * sending for longer than it may. Gives how many there were.
 */
export async function markInterrupted(store: Store, node: string, now: number): Promise<number> {
  const ended = or(eq(forwards.node, node), lt(forwards.deadline_at, now))
  const [result] = await store.write(
    store.db
      .update(forwards)
      .set({ state: 'unknown' })
      .where(and(eq(forwards.state, 'sending'), ended)),
  )
  return result?.rowsAffected ?? 0
}

/**
 * @module The record of forwards: one row each, durable before a byte leaves and again before the answer does.
 */
import { and, desc, eq, gte, lt, or, sql } from 'drizzle-orm'
import { preparedWrite } from './database.ts'
import type { Store } from './open.ts'
import { forwards } from './schema.ts'
import type { Query } from './write.ts'

export type ForwardRow = typeof forwards.$inferSelect

/** A forward that is about to be sent: nothing has come of it yet. */
export type NewForward = Omit<ForwardRow, keyof ForwardEnd>

/** What came of a forward. */
export type ForwardEnd = Pick<
  ForwardRow,
  'psp_status' | 'outcome' | 'error_code' | 'total_ms' | 'psp_ms' | 'sealed_result'
>

/** Whose forwards: another tenant, or the other mode, does not see them. */
interface Owner {
  readonly tenant: string
  readonly test: boolean
}

const mine = ({ tenant, test }: Owner) =>
  and(eq(forwards.tenant_id, tenant), eq(forwards.test, test))

const value = sql.placeholder

const inserting = preparedWrite<NewForward>((db) =>
  db
    .insert(forwards)
    .values({
      id: value('id'),
      tenant_id: value('tenant_id'),
      test: value('test'),
      dialect: value('dialect'),
      node: value('node'),
      state: value('state'),
      token_ids: value('token_ids'),
      account_id: value('account_id'),
      operation: value('operation'),
      method: value('method'),
      host: value('host'),
      idempotency_key: value('idempotency_key'),
      request_hash: value('request_hash'),
      deadline_at: value('deadline_at'),
      created_at: value('created_at'),
      sealed_request: value('sealed_request'),
    })
    .onConflictDoNothing(),
)

/** The columns of a forward's end. What was not sent gives its idempotency key free. */
const finishing = ({ free }: { readonly free: boolean }) =>
  preparedWrite<ForwardEnd & Owner & Pick<ForwardRow, 'id' | 'state'>>((db) =>
    db
      .update(forwards)
      .set({
        state: sql`${value('state')}`,
        psp_status: sql`${value('psp_status')}`,
        outcome: sql`${value('outcome')}`,
        error_code: sql`${value('error_code')}`,
        total_ms: sql`${value('total_ms')}`,
        psp_ms: sql`${value('psp_ms')}`,
        sealed_result: sql`${value('sealed_result')}`,
        ...(free && { idempotency_key: null }),
      })
      .where(
        and(
          eq(forwards.tenant_id, value('tenant')),
          eq(forwards.test, sql.param(value('test'), forwards.test)),
          eq(forwards.id, value('id')),
        ),
      ),
  )
const finishingSent = finishing({ free: false })
const finishingUnsent = finishing({ free: true })

/** Writes a new row; no row is affected when its idempotency key is taken: exactly one of several at once gets it. */
export function insertForward({ db }: Store, row: NewForward): Query {
  return inserting(db, row)
}

/** Writes what came of a forward. */
export function finishForward(
  { db }: Store,
  { tenant, test }: Owner,
  id: string,
  state: Exclude<ForwardRow['state'], 'sending'>,
  end: ForwardEnd,
): Query {
  const finish = state === 'not_sent' ? finishingUnsent : finishingSent
  return finish(db, { tenant, test, id, state, ...end })
}

/** Takes back a row of which nobody knows whether it was written: nothing was sent, and its idempotency key is free. */
export function withdrawForward({ db }: Store, owner: Owner, id: string): Query {
  return db
    .update(forwards)
    .set({ state: 'not_sent', error_code: 'storage_unavailable', idempotency_key: null })
    .where(and(mine(owner), eq(forwards.id, id), eq(forwards.state, 'sending')))
}

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
 * When a node or one of its processes has ended: what it was sending may or may not have reached the PSP, and so what anybody
 * was sending for longer than it may. A node's processes are named `node#..`; null stands for all nodes. Gives how many
 * there were.
 */
export async function markInterrupted(
  store: Store,
  node: string | null,
  now: number,
): Promise<number> {
  // From the sign itself to the one behind it.
  const processes = and(gte(forwards.node, `${node}#`), lt(forwards.node, `${node}$`))
  const late = lt(forwards.deadline_at, now)
  const ended = node === null ? undefined : or(eq(forwards.node, node), processes, late)
  const [result] = await store.write(
    store.db
      .update(forwards)
      .set({ state: 'unknown' })
      .where(and(eq(forwards.state, 'sending'), ended)),
  )
  return result?.rowsAffected ?? 0
}

/**
 * @module Changes the master key: every data key is wrapped anew, in batches, while servers go on; may be killed and called again at any step.
 */
import { and, eq, inArray, notInArray, sql } from 'drizzle-orm'
import { OperatorError } from '../errors.ts'
import type { Store } from '../store/open.ts'
import { dataKeys, meta } from '../store/schema.ts'
import type { Write } from '../store/write.ts'
import { unwrap, wrap } from './keyring.ts'
import type { MasterKey } from './master_key.ts'
import { FACTS, keysChanged, makeBridge, pastOf, readFacts } from './masters.ts'

/** How a rotation is run and told of. */
export interface RotationRun {
  /** Milliseconds that running servers are given to learn of a change: more than they go without looking. */
  readonly wait_ms: number
  readonly clock: () => number
  sleep(ms: number): Promise<void>
  /** How many are done of how many. */
  progress(done: number, total: number): void
  /** Written with the first and with the last step. */
  audit(step: 'begin' | 'end', detail: Readonly<Record<string, string | number>>): readonly Write[]
}

const BATCH = 100

/**
 * Wraps all data keys under `next`, which must be kept safely before. From the first step on, who runs with the present
 * key finds the next one in the database, sealed under the present one; with the last data key the database changes its
 * master key, in one transaction, and that way across is gone. Gives how many keys it wrapped, 0 where all was done before.
 * Throws OperatorError where another rotation is under way, or the present key is not the database's.
 */
export async function rotateMaster(
  store: Store,
  present: MasterKey,
  next: MasterKey,
  run: RotationRun,
): Promise<number> {
  const facts = await readFacts(store)
  const owner = facts.get(FACTS.owner)
  if (owner === next.id) return 0
  if (owner !== present.id) {
    throw new OperatorError(
      `the database was sealed under the master key ${owner ?? 'none'}, not under ${present.id}`,
      'pangate doctor',
    )
  }
  await refuseForeign(store, present, next)
  await announce(store, present, next, run)
  const announced = performance.now()
  let wrapped = 0
  let waited = false
  for (;;) {
    const rows = await rowsUnder(store, present, BATCH)
    const [last] = rows
    // The last one waits for the step that ends it all: there is always one, the installation's.
    const left = await countUnder(store, present)
    if (left > 1) {
      const batch = rows.slice(0, Math.min(rows.length, left - 1))
      await store.write(...batch.map((row) => rewrap(store, present, next, row)))
      wrapped += batch.length
      run.progress(wrapped, wrapped + left - batch.length)
      continue
    }
    if (!waited) {
      waited = true
      await run.sleep(Math.max(0, run.wait_ms - (performance.now() - announced)))
      continue
    }
    if (await finish(store, present, next, last, wrapped, run)) {
      run.progress(wrapped + 1, wrapped + 1)
      return wrapped + 1
    }
  }
}

/** Says in the database which key comes next, and leaves it there for those who run with the present one. */
async function announce(
  store: Store,
  present: MasterKey,
  next: MasterKey,
  run: RotationRun,
): Promise<void> {
  const before = (await readFacts(store)).get(FACTS.next)
  if (before === undefined) {
    await store.write(
      store.db.insert(meta).values({ name: FACTS.next, value: next.id }).onConflictDoNothing(),
      store.db
        .insert(meta)
        .values({ name: FACTS.bridge, value: makeBridge(present, next) })
        .onConflictDoNothing(),
      keysChanged(store),
      ...run.audit('begin', { from: present.id, to: next.id }),
    )
  }
  const agreed = (await readFacts(store)).get(FACTS.next)
  if (agreed === next.id) return
  throw new OperatorError(
    `a change to the master key ${agreed ?? 'none'} is under way, and this one is ${next.id}`,
    'run `pangate master-key rotate` where it was begun, with the same options',
  )
}

type Row = typeof dataKeys.$inferSelect

function rowsUnder(store: Store, { id }: MasterKey, limit: number): Promise<readonly Row[]> {
  return store.db.select().from(dataKeys).where(eq(dataKeys.master_key_id, id)).limit(limit)
}

async function countUnder(store: Store, { id }: MasterKey): Promise<number> {
  const where = eq(dataKeys.master_key_id, id)
  const row = await store.db
    .select({ total: sql<number>`count(*)` })
    .from(dataKeys)
    .where(where)
  return Number(row[0]?.total ?? 0)
}

/** Only while the row is as it was read, so that nothing that changed meanwhile is written over. */
function rewrap(store: Store, present: MasterKey, next: MasterKey, row: Row): Write {
  const { tenant_id: tenant, purpose, version } = row
  const key = unwrap(present, row)
  const wrapped = wrap(next, { tenant, purpose, version }, key)
  key.fill(0)
  return store.db
    .update(dataKeys)
    .set({ wrapped, master_key_id: next.id })
    .where(
      and(
        eq(dataKeys.tenant_id, tenant),
        eq(dataKeys.purpose, purpose),
        eq(dataKeys.version, version),
        eq(dataKeys.master_key_id, present.id),
      ),
    )
}

/** The last key and the change of the database's master key together; false when another key came in between. */
async function finish(
  store: Store,
  present: MasterKey,
  next: MasterKey,
  last: Row | undefined,
  wrapped: number,
  run: RotationRun,
): Promise<boolean> {
  const past = { ...pastOf(await readFacts(store)), [present.id]: run.clock() }
  const value = JSON.stringify(past)
  const elsewhere = sql`exists (select 1 from ${dataKeys} where master_key_id <> ${next.id})`
  try {
    await store.write(
      ...(last ? [rewrap(store, present, next, last)] : []),
      store.db
        .update(meta)
        // No row takes a NULL: while a key is left behind, all of this is undone.
        .set({ value: sql`iif(${elsewhere}, null, ${next.id})` })
        .where(eq(meta.name, FACTS.owner)),
      store.db.delete(meta).where(inArray(meta.name, [FACTS.next, FACTS.bridge])),
      store.db
        .insert(meta)
        .values({ name: FACTS.past, value })
        .onConflictDoUpdate({ target: meta.name, set: { value } }),
      keysChanged(store),
      ...run.audit('end', { from: present.id, to: next.id, count: wrapped + 1 }),
    )
    return true
  } catch (error) {
    if ((await countUnder(store, present)) > 1) return false
    throw error
  }
}

/** Keys under neither of the two could be wrapped by nobody here. */
async function refuseForeign(store: Store, present: MasterKey, next: MasterKey): Promise<void> {
  const [row] = await store.db
    .select({ id: dataKeys.master_key_id, tenant: dataKeys.tenant_id })
    .from(dataKeys)
    .where(notInArray(dataKeys.master_key_id, [present.id, next.id]))
    .limit(1)
  if (!row) return
  throw new OperatorError(
    `a data key of ${row.tenant} is wrapped under the master key ${row.id}, which is neither the present nor the next`,
    'restore the database from a backup in which all keys belong together, then run `pangate doctor`',
  )
}

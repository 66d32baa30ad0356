/**
 * @module Gives a tenant a new data key and seals everything anew under it, in batches, while servers go on; may be killed and called again at any step.
 */
import { randomBytes } from 'node:crypto'
import { and, desc, eq, getTableName, lt, or, sql, type SQL } from 'drizzle-orm'
import { OperatorError } from '../errors.ts'
import type { Store } from '../store/open.ts'
import { dataKeys } from '../store/schema.ts'
import type { Statement, Written } from '../store/write.ts'
import { insertKey, type Keyring } from './keyring.ts'
import type { MasterKey } from './master_key.ts'
import { keysChanged } from './masters.ts'
import type { RotationRun } from './rotate_master.ts'
import { SEALED, type Part, type SealedColumn, type SealedColumns } from './sealed_columns.ts'
import { versionOf } from './seal.ts'

const BATCH = 100

/**
 * Rotates one tenant's data key. An older rotation that was not ended is ended, and no further one begun. Gives how many
 * values were sealed anew. When it resolves, no row is left under an older version, and its wrapped key is gone.
 * Throws `integrity` for a row that does not open, which stays as it is, with the keys of before.
 */
export async function rotateDataKey(
  store: Store,
  keyring: Keyring,
  master: MasterKey,
  tenant: string,
  run: RotationRun,
): Promise<number> {
  const version = await newVersion(store, master, tenant, run)
  await keyring.refresh()
  const announced = performance.now()
  let sealed = await resealAll(store, keyring, tenant, version, run, 0)
  // Servers go by the old version until they look; what they sealed meanwhile is sealed anew after that.
  await run.sleep(Math.max(0, run.wait_ms - (performance.now() - announced)))
  for (;;) {
    const late = await resealAll(store, keyring, tenant, version, run, sealed)
    if (late === 0) break
    sealed += late
  }
  await store.write(
    store.db
      .delete(dataKeys)
      .where(
        and(
          eq(dataKeys.tenant_id, tenant),
          eq(dataKeys.purpose, 'data'),
          lt(dataKeys.version, version),
        ),
      ),
    keysChanged(store),
    ...run.audit('end', { tenant, version, count: sealed }),
  )
  await store.scrubDeleted()
  return sealed
}

/** The version to seal under: a new one, or that of a rotation that was begun. */
async function newVersion(
  store: Store,
  master: MasterKey,
  tenant: string,
  run: RotationRun,
): Promise<number> {
  const rows = await store.db
    .select({ version: dataKeys.version })
    .from(dataKeys)
    .where(and(eq(dataKeys.tenant_id, tenant), eq(dataKeys.purpose, 'data')))
    .orderBy(desc(dataKeys.version))
  const newest = rows[0]?.version ?? 0
  if (rows.length > 1) return newest
  const name = { tenant, purpose: 'data', version: newest + 1 } as const
  await store.write(
    insertKey(store, master, name, randomBytes(32), run.clock()),
    keysChanged(store),
    ...run.audit('begin', { tenant, version: name.version }),
  )
  return name.version
}

/** Goes through all tables once. */
async function resealAll(
  store: Store,
  keyring: Keyring,
  tenant: string,
  version: number,
  run: RotationRun,
  before: number,
): Promise<number> {
  let sealed = 0
  for (const one of SEALED) {
    let after: readonly Part[] | null = null
    do {
      const begun = performance.now()
      const rows: readonly OldRow[] = await oldRows(store, one, tenant, version, after)
      const writes = (
        await Promise.all(rows.map((row) => reseal(keyring, one, tenant, row)))
      ).flat()
      if (writes.length > 0) {
        const results: readonly Written[] = await store.write(...writes)
        sealed += results.reduce((sum, { rowsAffected }) => sum + rowsAffected, 0)
        run.progress(before + sealed, 0)
        // As long as it took, so that a server that writes to the same file has its turns.
        await run.sleep(performance.now() - begun)
      }
      after = rows.length < BATCH ? null : (rows.at(-1)?.key ?? null)
    } while (after !== null)
  }
  return sealed
}

interface OldRow {
  readonly key: readonly Part[]
  readonly values: ReadonlyMap<SealedColumn, Buffer>
}

/** A batch of rows beyond a key that hold a value of another version, in the order of their keys. */
async function oldRows(
  store: Store,
  { table, key, owned, columns }: SealedColumns,
  tenant: string,
  version: number,
  after: readonly Part[] | null,
): Promise<readonly OldRow[]> {
  const own = sql.join([...key], sql`, `)
  const beyond =
    after &&
    sql`(${own}) > (${sql.join(
      after.map((part) => sql`${part}`),
      sql`, `,
    )})`
  const fields = [...key, ...columns.map(({ column }) => column)]
  const rows = await store.db
    .select(Object.fromEntries(fields.map((column) => [column.name, column])))
    .from(table)
    .where(
      and(owned(tenant), beyond ?? undefined, or(...columns.map((one) => isOld(one, version)))),
    )
    .orderBy(...key)
    .limit(BATCH)
  return rows.map((row: Readonly<Record<string, unknown>>) => ({
    key: key.map(({ name }) => part(row[name])),
    values: new Map(
      columns.flatMap((one) => {
        const value = row[one.column.name]
        return Buffer.isBuffer(value) && versionOf(value) !== version ? [[one, value]] : []
      }),
    ),
  }))
}

/** A format byte stands before the four bytes of the version. */
function isOld({ column }: SealedColumn, version: number): SQL {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(version)
  return sql`(${column} is not null and substr(${column}, 2, 4) <> ${bytes})`
}

function part(value: unknown): Part {
  if (typeof value === 'string' || typeof value === 'number') return value
  return value === true ? 1 : 0
}

/** One statement for each old value of a row, which changes it only while it is what was read. */
async function reseal(
  keyring: Keyring,
  { table, key }: SealedColumns,
  tenant: string,
  row: OldRow,
): Promise<readonly Statement[]> {
  const own = key.map(({ name }) => `"${name}" = ?`).join(' and ')
  const writes: Statement[] = []
  for (const [{ column, placeOf }, old] of row.values) {
    const place = placeOf(tenant, row.key)
    const plain = await keyring.unseal(tenant, old, place).catch((): never => {
      throw new OperatorError(
        `a value does not open: ${column.name} of ${getTableName(table)} ${row.key.join(' ')}`,
        'restore that row from a backup, or erase it; then type the command again',
      )
    })
    const sealed = await keyring.seal(tenant, plain, place)
    plain.fill(0)
    writes.push({
      sql: `update "${getTableName(table)}" set "${column.name}" = ? where ${own} and "${column.name}" = ?`,
      params: [sealed, ...row.key, old],
    })
  }
  return writes
}

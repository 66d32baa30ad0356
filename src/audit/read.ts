/**
 * @module Reads the audit log: a chain after the other for its check, or in the order in which it was written.
 */
import { and, eq, gte, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Store } from '../store/open.ts'
import { audit } from '../store/schema.ts'
import type { Line } from './line.ts'

/** A line with its hash in hexadecimal, and its number in the file. */
export interface Row extends Line {
  readonly hash: string
  readonly number: number
}

/** Everything as text, so that no value that somebody wrote there can stop the reading. */
const text = (column: SQLiteColumn) => sql<string | null>`cast(${column} as text)`
const { chain, seq, at, actor, action, tenant, subject, request_id, detail, hash } = audit
const COLUMNS = {
  chain: text(chain),
  seq: text(seq),
  at: text(at),
  actor: text(actor),
  action: text(action),
  tenant: text(tenant),
  subject: text(subject),
  request_id: text(request_id),
  detail: text(detail),
  hash: sql<string>`lower(hex(${hash}))`,
  number: sql<string>`cast(rowid as text)`,
}

const PAGE = 1000

/** All lines, by chain and number. */
export async function* linesByChain(store: Store): AsyncGenerator<Row> {
  let last: Row | undefined
  do {
    const after = sql`(${chain}, ${seq}) > (${last?.chain ?? ''}, ${last?.seq ?? 0})`
    const rows: readonly Row[] = await inChains(store, after, PAGE)
    yield* rows
    last = rows.at(-1)
  } while (last)
}

/** Up to `limit` lines of a chain, from one on. */
export function linesFrom(store: Store, of: string, from: number, limit: number) {
  return inChains(store, sql`${chain} = ${of} and ${seq} >= ${from}`, limit)
}

export interface Filter {
  readonly tenant?: string | null
  readonly action?: string | null
  /** Milliseconds since 1970. */
  readonly since?: number | null
}

/** The lines that fit, oldest first. */
export async function* linesInOrder(store: Store, filter: Filter): AsyncGenerator<Row> {
  let last: Row | undefined
  do {
    const rows: readonly Row[] = await read(
      store,
      and(sql`rowid > ${last?.number ?? 0}`, ...conditions(filter)),
      sql`rowid`,
      PAGE,
    )
    yield* rows
    last = rows.at(-1)
  } while (last)
}

/** A page of the lines that fit, newest first; `before` is `chain:seq` of the last line of the page before. */
export function newestLines(
  store: Store,
  filter: Filter,
  limit: number,
  before: string | null,
): Promise<readonly Row[]> {
  const [of, number] = before?.split(':') ?? []
  const line = sql`(select rowid from audit where chain = ${of} and seq = ${Number(number) || 0})`
  const where = and(before === null ? undefined : sql`rowid < ${line}`, ...conditions(filter))
  return read(store, where, sql`rowid desc`, limit)
}

function conditions(filter: Filter): readonly (SQL | undefined)[] {
  return [
    filter.tenant ? eq(tenant, filter.tenant) : undefined,
    filter.action ? eq(action, filter.action) : undefined,
    filter.since ? gte(at, filter.since) : undefined,
  ]
}

function inChains(store: Store, where: SQL, limit: number): Promise<readonly Row[]> {
  return read(store, where, sql`${chain}, ${seq}`, limit)
}

async function read(
  { db }: Store,
  where: SQL | undefined,
  order: SQL,
  limit: number,
): Promise<readonly Row[]> {
  const rows = await db.select(COLUMNS).from(audit).where(where).orderBy(order).limit(limit)
  return rows.map((row) => ({
    chain: row.chain ?? '',
    seq: Number(row.seq),
    at: Number(row.at),
    actor: row.actor ?? '',
    action: row.action ?? '',
    tenant: row.tenant,
    subject: row.subject,
    request_id: row.request_id,
    detail: row.detail ?? '',
    hash: row.hash,
    number: Number(row.number),
  }))
}

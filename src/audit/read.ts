/**
 * @module Reads the audit log: a chain after the other for its check, or in the order in which it was written.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Store } from '../store/open.ts'
import type { Line } from './line.ts'

/** A line with its hash in hexadecimal, and its number in the file. */
export interface Row extends Line {
  readonly hash: string
  readonly number: number
}

type Raw = Readonly<Record<keyof Row, string | null>>

/** Everything as text, so that no value that somebody wrote there can stop the reading. */
const COLUMNS = sql.raw(
  `${['chain', 'seq', 'at', 'actor', 'action', 'tenant', 'subject', 'request_id', 'detail']
    .map((name) => `cast(${name} as text) as ${name}`)
    .join(', ')}, lower(hex(hash)) as hash, cast(rowid as text) as number`,
)

const PAGE = 1000

/** All lines, by chain and number. */
export async function* linesByChain(store: Store): AsyncGenerator<Row> {
  let last: Row | undefined
  do {
    const rows: readonly Row[] = await read(
      store,
      linesAfter(last?.chain ?? '', last?.seq ?? 0, PAGE),
    )
    yield* rows
    last = rows.at(-1)
  } while (last)
}

/** Up to `limit` lines of a chain, from one on. */
export function linesFrom(store: Store, chain: string, seq: number, limit: number) {
  const where = sql`where chain = ${chain} and seq >= ${seq}`
  return read(store, sql`${where} order by chain, seq limit ${limit}`)
}

export interface Filter {
  readonly tenant?: string | null
  readonly action?: string | null
  /** Milliseconds since 1970. */
  readonly since?: number | null
}

/** The lines that fit, oldest first. */
export async function* linesInOrder(store: Store, filter: Filter): AsyncGenerator<Row> {
  let last = 0
  for (;;) {
    const rows = await read(
      store,
      sql`where rowid > ${last} ${conditions(filter)} order by rowid limit ${PAGE}`,
    )
    yield* rows
    const end = rows.at(-1)
    if (!end) return
    last = end.number
  }
}

/** A page of the lines that fit, newest first; `before` is `chain:seq` of the last line of the page before. */
export function newestLines(
  store: Store,
  filter: Filter,
  limit: number,
  before: string | null,
): Promise<readonly Row[]> {
  const [chain, seq] = before?.split(':') ?? []
  const start =
    before === null
      ? sql`true`
      : sql`rowid < (select rowid from audit where chain = ${chain} and seq = ${Number(seq) || 0})`
  return read(store, sql`where ${start} ${conditions(filter)} order by rowid desc limit ${limit}`)
}

function conditions({ tenant, action, since }: Filter): SQL {
  return sql.join([
    ...(tenant ? [sql`and tenant = ${tenant}`] : []),
    ...(action ? [sql`and action = ${action}`] : []),
    ...(since ? [sql`and at >= ${since}`] : []),
  ])
}

function linesAfter(chain: string, seq: number, limit: number): SQL {
  return sql`where (chain, seq) > (${chain}, ${seq}) order by chain, seq limit ${limit}`
}

async function read(store: Store, rest: SQL): Promise<readonly Row[]> {
  const rows = await store.db.all<Raw>(sql`select ${COLUMNS} from audit ${rest}`)
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
    hash: row.hash ?? '',
    number: Number(row.number),
  }))
}

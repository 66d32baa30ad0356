/**
 * @module What every database of drizzle's can do, wherever it is; and queries that are built once for each.
 */
import { DrizzleQueryError, getTableColumns, is, Param, Placeholder, type SQL } from 'drizzle-orm'
import type { BaseSQLiteDatabase, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Row } from './native.ts'
import type { Query, Statement, Value } from './write.ts'

/** A database to read from, and to make statements with. */
export type Database = BaseSQLiteDatabase<'async', unknown>

/** Gives the rows of a statement, each as its columns in order; with the method `get` one is enough. */
export type Rows = (
  statement: Statement,
  method: string,
) => readonly Row[] | Promise<readonly Row[]>

const sources = new WeakMap<Database, { readonly rows: Rows; readonly kept: Rows }>()

/** Drizzle over whatever gives rows; `kept` may give rows that were read before, where it knows that nobody has changed them. */
export function databaseOver(rows: Rows, kept: Rows = rows): Database {
  // An error in a query is a rejection, also where rows are had at once.
  const db = drizzle(async (sql, params, method) => {
    // Drizzle has already encoded every parameter for a driver.
    const found = await rows({ sql, params: params as readonly Value[] }, method)
    // Drizzle's own contract: `get` takes the row itself.
    return { rows: method === 'get' ? ((found[0] ?? null) as unknown[]) : [...found] }
  })
  sources.set(db, { rows, kept })
  return db
}

/** Something made of a database once: a query that is run often, with placeholders. */
export function oncePer<T>(make: (db: Database) => T): (db: Database) => T {
  const made = new WeakMap<Database, { readonly value: T }>()
  return (db) => {
    const known = made.get(db)
    if (known) return known.value
    const value = make(db)
    made.set(db, { value })
    return value
  }
}

type Values = Readonly<Record<string, unknown>>

/** A write whose SQL is built once; each use gives the values of its placeholders. */
export function preparedWrite<V extends object>(
  build: (db: Database) => Query,
): (db: Database, values: V) => Query {
  const prepared = oncePer((db) => {
    const { sql, params } = build(db).toSQL()
    return { sql, slots: params.map(slotOf) }
  })
  return (db, values) => {
    const { sql, slots } = prepared(db)
    // An object is read by its names and by nothing else.
    const params = slots.map((slot) => slot(values as Values))
    return { toSQL: () => ({ sql, params }) }
  }
}

/** A query whose SQL is built once; each use gives the values of its placeholders. */
export interface PreparedRead<V, R> {
  get(db: Database, values: V): Promise<R | undefined>
  all(db: Database, values: V): Promise<readonly R[]>
}

/**
 * Rows of one table, without what drizzle does for each query and row. `keep` is for tables whose rows may be kept for as
 * long as nobody changes them ({@link databaseOver}).
 */
export function preparedRead<V extends object, T extends SQLiteTable>(
  table: T,
  where: SQL | undefined,
  { keep = false } = {},
): PreparedRead<V, T['$inferSelect']> {
  const columns = Object.entries(getTableColumns(table))
  const prepared = oncePer((db) => {
    const { sql, params } = db.select().from<SQLiteTable>(table).where(where).toSQL()
    const source = sources.get(db)
    if (!source) throw new TypeError('a database of which nobody knows how it gives rows')
    return { sql, slots: params.map(slotOf), read: keep ? source.kept : source.rows }
  })

  async function read(db: Database, given: V, method: string): Promise<readonly Row[]> {
    const { sql, slots, read } = prepared(db)
    // Encoded as the columns want it; an object is read by its names and by nothing else.
    const params = slots.map((slot) => slot(given as Values) as Value)
    try {
      return await read({ sql, params }, method)
    } catch (cause) {
      throw new DrizzleQueryError(sql, [], cause instanceof Error ? cause : undefined)
    }
  }

  function decoded(row: Row): T['$inferSelect'] {
    const values: Record<string, unknown> = {}
    for (const [at, [name, column]] of columns.entries()) {
      const value = row[at] ?? null
      values[name] = value === null ? null : column.mapFromDriverValue(value)
    }
    // The columns of the table in its own order, each as it decodes itself.
    return values as T['$inferSelect']
  }

  return {
    async get(db, values) {
      const [row] = await read(db, values, 'get')
      return row && decoded(row)
    },
    all: async (db, values) => (await read(db, values, 'all')).map(decoded),
  }
}

/** How one parameter is had of the values: as it is, or as its column encodes it. */
function slotOf(param: unknown): (values: Values) => unknown {
  if (is(param, Placeholder)) return (values) => valueOf(values, param.name)
  if (!is(param, Param) || !is(param.value, Placeholder)) return () => param
  const { encoder, value } = param
  return (values) => {
    const given = valueOf(values, value.name)
    return given === null ? null : encoder.mapToDriverValue(given)
  }
}

function valueOf(values: Values, name: string): unknown {
  const value = values[name]
  if (value !== undefined) return value
  throw new TypeError(`no value for ${name}`)
}

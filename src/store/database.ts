/**
 * @module What every database of drizzle's can do, wherever it is; and queries that are built once for each.
 */
import { is, Param, Placeholder } from 'drizzle-orm'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'
import type { Query } from './write.ts'

/** A database to read from, and to make statements with. */
export type Database = BaseSQLiteDatabase<'async', unknown>

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

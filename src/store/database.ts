/**
 * @module What every database of drizzle's can do, wherever it is; and queries that are built once for each.
 */
import { fillPlaceholders } from 'drizzle-orm'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'
import type { Query } from './write.ts'

/** A database to read from, and to make statements with. */
export type Database = BaseSQLiteDatabase<'async', unknown>

/** Something made from a database, once: a query that is run often, with placeholders. */
export function oncePer<T>(make: (db: Database) => T): (db: Database) => T {
  const made = new WeakMap<Database, T>()
  return (db) => {
    const known = made.get(db)
    if (known !== undefined) return known
    const value = make(db)
    made.set(db, value)
    return value
  }
}

/** A write whose SQL is built once; each use fills its placeholders in. */
export function preparedWrite(
  build: (db: Database) => Query,
): (db: Database, values: Readonly<Record<string, unknown>>) => Query {
  const prepared = oncePer((db) => build(db).toSQL())
  return (db, values) => {
    const { sql, params } = prepared(db)
    return { toSQL: () => ({ sql, params: fillPlaceholders([...params], { ...values }) }) }
  }
}

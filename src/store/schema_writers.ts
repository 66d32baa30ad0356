/**
 * @module The table of writers to a shared database; a part of the schema.
 */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * One row a process that writes over a network: the number of its last transaction. A transaction whose answer was lost, and
 * that arrives after a later one, is refused by it.
 */
export const writers = sqliteTable('writers', {
  id: text().primaryKey(),
  batch: integer().notNull(),
  at: integer().notNull(),
})

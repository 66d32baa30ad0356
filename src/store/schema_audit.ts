/**
 * @module The table of the audit log; a part of the schema.
 */
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One row a deed, tied to the one before by its hash. Rows are added and never changed. */
export const audit = sqliteTable(
  'audit',
  {
    chain: text().notNull(),
    seq: integer().notNull(),
    at: integer().notNull(),
    actor: text().notNull(),
    action: text().notNull(),
    tenant: text(),
    subject: text(),
    request_id: text(),
    /** JSON as text, because the hash is over its characters. */
    detail: text().notNull(),
    hash: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.chain, table.seq] }),
    // With the row's number behind it, as every index has: a tenant's lines in the order in which they were written.
    index('audit_tenant').on(table.tenant),
  ],
)

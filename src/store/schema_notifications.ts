/**
 * @module The table of PSPs' messages to us; a part of the schema.
 */
import { sql } from 'drizzle-orm'
import { blob, index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** PSPs' messages to us. Of what was not genuine only the last ones of an account are kept. */
export const notifications = sqliteTable(
  'notifications',
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    account_id: text().notNull(),
    /** Of a sandbox account. */
    test: integer({ mode: 'boolean' }).notNull(),
    /** Whether the signature was the PSP's; if not, nothing in it was believed. */
    verified: integer({ mode: 'boolean' }).notNull(),
    /** An HMAC of the message, so that one that is sent again is recorded once. */
    digest: text().notNull(),
    created_at: integer().notNull(),
    /** The message without what looks like card numbers, and what it says, sealed. */
    sealed_message: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [
    index('notifications_tenant').on(table.tenant_id, table.id),
    uniqueIndex('notifications_digest').on(table.account_id, table.verified, table.digest),
    index('notifications_unverified')
      .on(table.account_id, table.id)
      .where(sql`verified = 0`),
  ],
)

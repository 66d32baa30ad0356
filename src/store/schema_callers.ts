/**
 * @module The tables of callers' credentials.
 */
import { blob, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** API keys: only the SHA-256 of 256 random bits is kept. */
export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    name: text().notNull(),
    hash: blob({ mode: 'buffer' }).notNull().unique(),
    scopes: text({ mode: 'json' }).$type<string[]>().notNull(),
    test: integer({ mode: 'boolean' }).notNull(),
    /** `200/s burst 400`, `none`; null for the one of the configuration. */
    rate: text(),
    created_at: integer().notNull(),
    revoked_at: integer(),
  },
  (table) => [index('api_keys_tenant').on(table.tenant_id, table.id)],
)

/** OAuth clients: as API keys, for the client credentials grant. */
export const clients = sqliteTable(
  'clients',
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    name: text().notNull(),
    hash: blob({ mode: 'buffer' }).notNull(),
    scopes: text({ mode: 'json' }).$type<string[]>().notNull(),
    test: integer({ mode: 'boolean' }).notNull(),
    /** `200/s burst 400`, `none`; null for the one of the configuration. */
    rate: text(),
    created_at: integer().notNull(),
    revoked_at: integer(),
  },
  (table) => [index('clients_tenant').on(table.tenant_id, table.id)],
)

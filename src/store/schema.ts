/**
 * @module The tables. Times are milliseconds since 1970; sealed columns are AES-256-GCM under the tenant's data key.
 */
import { sql } from 'drizzle-orm'
import {
  blob,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import type { Json } from '../adapter.ts'

export { audit } from './schema_audit.ts'
export { apiKeys, clients } from './schema_callers.ts'
export { notifications } from './schema_notifications.ts'
export { writers } from './schema_writers.ts'

/** Facts about the database itself: which master key it belongs to, and which comes next while it is changed. */
export const meta = sqliteTable('meta', {
  name: text().primaryKey(),
  value: text().notNull(),
})

export const tenants = sqliteTable('tenants', {
  id: text().primaryKey(),
  name: text().notNull().unique(),
  created_at: integer().notNull(),
})

/** Keys per tenant, and one of the installation, wrapped by the master key. The highest version of a purpose seals; all open. */
export const dataKeys = sqliteTable(
  'data_keys',
  {
    tenant_id: text().notNull(),
    purpose: text({ enum: ['data', 'fingerprint'] }).notNull(),
    version: integer().notNull(),
    wrapped: blob({ mode: 'buffer' }).notNull(),
    master_key_id: text().notNull(),
    /** How many values were sealed under it; a process that is killed leaves its last ones out. */
    sealed: integer().notNull().default(0),
    created_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant_id, table.purpose, table.version] })],
)

/** Keys that sign our own access tokens, sealed under the installation's key. */
export const signingKeys = sqliteTable('signing_keys', {
  id: text().primaryKey(),
  public_jwk: text().notNull(),
  sealed_private_jwk: blob({ mode: 'buffer' }).notNull(),
  created_at: integer().notNull(),
})

export const destinations = sqliteTable(
  'destinations',
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    host: text().notNull(),
    port: integer().notNull(),
    path_prefix: text().notNull(),
    /** Allowed methods; null allows all. */
    methods: text({ mode: 'json' }).$type<string[]>(),
    created_at: integer().notNull(),
  },
  (table) => [
    uniqueIndex('destinations_place').on(
      table.tenant_id,
      table.host,
      table.port,
      table.path_prefix,
    ),
  ],
)

export const accounts = sqliteTable(
  'accounts',
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    adapter: text().notNull(),
    mode: text({ enum: ['live', 'sandbox'] }).notNull(),
    name: text().notNull(),
    /** Credentials that are not secret, and choices between an adapter's variants. */
    options: text({ mode: 'json' }).$type<Record<string, string>>().notNull(),
    sealed_credentials: blob({ mode: 'buffer' }).notNull(),
    /** A client certificate with its key, and pins. */
    sealed_tls: blob({ mode: 'buffer' }),
    base_url: text(),
    created_at: integer().notNull(),
  },
  (table) => [uniqueIndex('accounts_name').on(table.tenant_id, table.name)],
)

/** Tokens. Ids begin with their time, so that new rows stand together in the file. */
export const tokens = sqliteTable(
  'tokens',
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    test: integer({ mode: 'boolean' }).notNull(),
    type: text({ enum: ['card', 'bank_account', 'data'] }).notNull(),
    /** The id that its creator chose; found as the token's own id is. */
    alias: text(),
    /** What may be shown: brand, bin, last four, expiry, or a bank account's routing number. */
    shown: text({ mode: 'json' }).$type<Record<string, string | null>>().notNull(),
    /** Null where the token is no card or account. */
    sealed_number: blob({ mode: 'buffer' }),
    sealed_holder: blob({ mode: 'buffer' }),
    /** JSON of any shape: all of a `data` token, or what a card has beside its number and expiry. */
    sealed_data: blob({ mode: 'buffer' }),
    /** What a dialect keeps of its own and may show: its type, mask, containers. */
    attributes: text({ mode: 'json' }).$type<Readonly<Record<string, Json>>>(),
    fingerprint: text().notNull(),
    metadata: text({ mode: 'json' }).$type<Record<string, string>>().notNull(),
    /** Hosts this token may be sent to; null allows all that its tenant may send to. */
    allowed_hosts: text({ mode: 'json' }).$type<string[]>(),
    created_at: integer().notNull(),
    expires_at: integer(),
  },
  (table) => [
    index('tokens_tenant').on(table.tenant_id, table.test, table.id),
    index('tokens_fingerprint').on(table.tenant_id, table.fingerprint, table.id),
    uniqueIndex('tokens_alias')
      .on(table.tenant_id, table.test, table.alias)
      .where(sql`alias is not null`),
    index('tokens_expiry')
      .on(table.expires_at)
      .where(sql`expires_at is not null and attributes is not null`),
  ],
)

/** What a token can be searched for: HMACs of values, so that a search finds what nobody can read here. */
export const tokenTerms = sqliteTable(
  'token_terms',
  {
    tenant_id: text().notNull(),
    term: text().notNull(),
    token_id: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant_id, table.term, table.token_id] }),
    index('token_terms_token').on(table.token_id),
  ],
)

/** Answers kept under an idempotency key, to be given again. */
export const replies = sqliteTable(
  'replies',
  {
    tenant_id: text().notNull(),
    test: integer({ mode: 'boolean' }).notNull(),
    key: text().notNull(),
    /** Who is answering, so that one who took too long does not write over the next. */
    claim: text().notNull(),
    request_hash: text().notNull(),
    /** Null while the request is running. */
    sealed_reply: blob({ mode: 'buffer' }),
    /** The tokens it tells of: it is erased with any of them. */
    token_ids: text({ mode: 'json' }).$type<readonly string[]>().notNull(),
    /** When a running request counts as lost, or an answer is forgotten. */
    expires_at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant_id, table.test, table.key] }),
    index('replies_expiry').on(table.expires_at),
  ],
)

/** Further instruments of a token: its virtual card, its network token. */
export const credentials = sqliteTable(
  'credentials',
  {
    token_id: text().notNull(),
    name: text({ enum: ['virtual_card', 'network_token'] }).notNull(),
    shown: text({ mode: 'json' }).$type<Record<string, string | null>>().notNull(),
    sealed_number: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.token_id, table.name] })],
)

/** One row a forward: what was asked, whether it was sent, what came of it. Holds no card value. */
export const forwards = sqliteTable(
  'forwards',
  {
    tenant_id: text().notNull(),
    test: integer({ mode: 'boolean' }).notNull(),
    id: text().notNull(),
    dialect: text().notNull(),
    /** Which of several servers sends it, by its `[server] node`. */
    node: text().notNull(),
    /** `sending` is durable before the first byte leaves. */
    state: text({ enum: ['sending', 'done', 'not_sent', 'unknown'] }).notNull(),
    token_ids: text({ mode: 'json' }).$type<string[]>().notNull(),
    account_id: text(),
    operation: text(),
    method: text().notNull(),
    host: text().notNull(),
    idempotency_key: text(),
    request_hash: text(),
    psp_status: integer(),
    outcome: text(),
    error_code: text(),
    total_ms: integer(),
    psp_ms: integer(),
    /** When a forward that is still `sending` can no longer be running. */
    deadline_at: integer().notNull(),
    created_at: integer().notNull(),
    /** The request with names in place of values, sealed. */
    sealed_request: blob({ mode: 'buffer' }).notNull(),
    /** The scrubbed answer as it was given to the caller, sealed, for replay. */
    sealed_result: blob({ mode: 'buffer' }),
  },
  (table) => [
    // Lists are read by it, too: one index less to write for every forward.
    primaryKey({ columns: [table.tenant_id, table.test, table.id] }),
    // Partial, because most forwards have no key and none but a few are being sent.
    uniqueIndex('forwards_idempotency')
      .on(table.tenant_id, table.test, table.idempotency_key)
      .where(sql`idempotency_key is not null`),
    index('forwards_sending')
      .on(table.deadline_at)
      .where(sql`state = 'sending'`),
  ],
)

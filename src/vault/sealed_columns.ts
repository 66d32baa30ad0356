/**
 * @module Every column that is sealed under a tenant's data key, and the place it is sealed for: what a new key must reach.
 */
import { eq, inArray, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { accounts, credentials, forwards, notifications, replies, tokens } from '../store/schema.ts'

/** A value of a row's own key; a truth value as 0 or 1. */
export type Part = string | number

export interface SealedColumns {
  readonly table: SQLiteTable
  /** The columns of its primary key; rows are gone through in their order. */
  readonly key: readonly SQLiteColumn[]
  /** Which rows are the tenant's. */
  readonly owned: (tenant: string) => SQL
  readonly columns: readonly SealedColumn[]
}

export interface SealedColumn {
  readonly column: SQLiteColumn
  /** The place of its value in the row of this key. */
  readonly placeOf: (tenant: string, key: readonly Part[]) => readonly string[]
}

/** A value whose place is its row's id, the last of its key, and its own name. */
const field = (column: SQLiteColumn, name: string): SealedColumn => ({
  column,
  placeOf: (tenant, key) => [tenant, String(key.at(-1)), name],
})

export const SEALED: readonly SealedColumns[] = [
  {
    table: tokens,
    key: [tokens.id],
    owned: (tenant) => eq(tokens.tenant_id, tenant),
    columns: [
      field(tokens.sealed_number, 'number'),
      field(tokens.sealed_holder, 'holder'),
      field(tokens.sealed_data, 'data'),
    ],
  },
  {
    table: credentials,
    key: [credentials.token_id, credentials.name],
    owned: (tenant) =>
      inArray(
        credentials.token_id,
        sql`(select ${tokens.id} from ${tokens} where ${tokens.tenant_id} = ${tenant})`,
      ),
    columns: [
      {
        column: credentials.sealed_number,
        placeOf: (tenant, [token, name]) => [tenant, String(token), `${name}.number`],
      },
    ],
  },
  {
    table: accounts,
    key: [accounts.id],
    owned: (tenant) => eq(accounts.tenant_id, tenant),
    columns: [field(accounts.sealed_credentials, 'credentials'), field(accounts.sealed_tls, 'tls')],
  },
  {
    table: forwards,
    key: [forwards.tenant_id, forwards.test, forwards.id],
    owned: (tenant) => eq(forwards.tenant_id, tenant),
    columns: [field(forwards.sealed_request, 'request'), field(forwards.sealed_result, 'result')],
  },
  {
    table: notifications,
    key: [notifications.id],
    owned: (tenant) => eq(notifications.tenant_id, tenant),
    columns: [field(notifications.sealed_message, 'notification')],
  },
  {
    table: replies,
    key: [replies.tenant_id, replies.test, replies.key],
    owned: (tenant) => eq(replies.tenant_id, tenant),
    columns: [
      {
        column: replies.sealed_reply,
        placeOf: (tenant, [, test, key]) => [
          tenant,
          test === 1 ? 'test' : 'live',
          String(key),
          'reply',
        ],
      },
    ],
  },
]

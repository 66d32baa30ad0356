/**
 * @module Transactions over a local connection, in the form in which migrations want them.
 */
import type { Migrating } from './migrations.ts'
import type { Connection } from './native.ts'

/** Write transactions, one at a time. */
export function localTransactions(connection: Connection): Migrating {
  return {
    async transaction() {
      connection.exec('begin immediate')
      let open = true
      return {
        execute: async (statement) => ({
          rows:
            typeof statement === 'string'
              ? connection.named(statement, [])
              : connection.named(statement.sql, statement.args),
        }),
        async commit() {
          connection.exec('commit')
          open = false
        },
        close() {
          if (open) connection.exec('rollback')
          open = false
        },
      }
    },
  }
}

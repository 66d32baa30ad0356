/**
 * @module Transactions over a local connection, in the form in which migrations want them.
 */
import type { Migrating } from './migrations.ts'
import type { Connection } from './native.ts'

/** Write transactions, one at a time. */
export function localTransactions(connection: Connection): Migrating {
  const run = (sql: string, args: readonly unknown[] = []) => connection.named(sql, args)
  return {
    async transaction() {
      run('begin immediate')
      let open = true
      return {
        execute: async (statement) => ({
          rows: typeof statement === 'string' ? run(statement) : run(statement.sql, statement.args),
        }),
        async commit() {
          run('commit')
          open = false
        },
        close() {
          if (open) run('rollback')
          open = false
        },
      }
    },
  }
}

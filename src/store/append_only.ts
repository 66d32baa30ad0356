/**
 * @module The audit log is only added to: the database itself refuses everything else.
 */
import type { MigrationTransaction } from './migrations.ts'

/**
 * Run at every start, so that a trigger that was taken away is there again. It stops mistakes and injected statements; who
 * can write to the file can take it away, and is found by the chain.
 */
export async function keepAppendOnly(transaction: MigrationTransaction): Promise<void> {
  const table = "select 1 from sqlite_schema where type = 'table' and name = 'audit'"
  if ((await transaction.execute(table)).rows.length === 0) return
  for (const verb of ['update', 'delete']) {
    await transaction.execute(
      `create trigger if not exists audit_no_${verb} before ${verb} on audit
      begin select raise(abort, 'the audit log is only added to'); end`,
    )
  }
}

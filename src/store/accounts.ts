/**
 * @module Accounts: a tenant's credentials at one PSP, sealed.
 */
import { and, asc, eq, sql } from 'drizzle-orm'
import { auditEntry, type By } from '../audit/entry.ts'
import { oncePer } from './database.ts'
import { exact } from './exact.ts'
import type { Store } from './open.ts'
import { accounts } from './schema.ts'

export type AccountRow = typeof accounts.$inferSelect

const oneOf = oncePer((db) =>
  db
    .select()
    .from(accounts)
    .where(
      and(
        eq(accounts.tenant_id, sql.placeholder('tenant')),
        eq(accounts.id, sql.placeholder('id')),
      ),
    )
    .prepare(),
)

/** One account, or undefined where the tenant has none of that id. */
export function findAccount(
  { db }: Pick<Store, 'db'>,
  tenant: string,
  id: string,
): Promise<AccountRow | undefined> {
  return oneOf(db).get({ tenant, id })
}

/** One account by its id alone, for a PSP that has no other way to name it. */
export function accountById(store: Store, id: string): Promise<AccountRow | undefined> {
  return store.db.select().from(accounts).where(eq(accounts.id, id)).get()
}

/** All accounts of a tenant, oldest first. */
export function listAccounts(store: Store, tenant: string): Promise<readonly AccountRow[]> {
  return exact(store)
    .select()
    .from(accounts)
    .where(eq(accounts.tenant_id, tenant))
    .orderBy(asc(accounts.id))
}

/** Adds an account. Throws `conflict` when its name is taken. */
export async function addAccount(store: Store, account: AccountRow, by: By): Promise<void> {
  await store.write(
    store.db.insert(accounts).values(account),
    auditEntry('account.add', by, aboutOf(account)),
  )
}

/** Whether there was such an account. */
export async function removeAccount(
  store: Store,
  tenant: string,
  id: string,
  by: By,
): Promise<boolean> {
  const row = await findAccount({ db: exact(store) }, tenant, id)
  if (!row) return false
  const [result] = await store.write(
    store.db.delete(accounts).where(and(eq(accounts.tenant_id, tenant), eq(accounts.id, id))),
    auditEntry('account.remove', by, aboutOf(row)),
  )
  return (result?.rowsAffected ?? 0) > 0
}

/** Without its options: credentials that are not secret stand among them. */
function aboutOf({ id, tenant_id, adapter, mode, name, base_url }: AccountRow) {
  return { tenant: tenant_id, subject: id, detail: { adapter, mode, name, base_url } }
}

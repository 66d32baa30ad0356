/**
 * @module Tenants: the merchants that own everything else.
 */
import { asc, eq } from 'drizzle-orm'
import { auditEntry, type By } from '../audit/entry.ts'
import { OperatorError } from '../errors.ts'
import { newId } from '../id.ts'
import type { Keyring } from '../vault/keyring.ts'
import type { Store } from './open.ts'
import { tenants } from './schema.ts'

export type Tenant = typeof tenants.$inferSelect

/** Makes a tenant and its first data keys, together. Throws `conflict` when the name is taken. */
export async function createTenant(
  store: Store,
  keyring: Keyring,
  name: string,
  by: By,
): Promise<Tenant> {
  const tenant: Tenant = { id: newId('ten', by.at), name, created_at: by.at }
  await store.write(
    store.db.insert(tenants).values(tenant),
    ...(await keyring.firstKeys(tenant.id, by.at)),
    auditEntry('tenant.create', by, { tenant: tenant.id, subject: tenant.id, detail: { name } }),
  )
  return tenant
}

export function listTenants(store: Store): Promise<readonly Tenant[]> {
  return store.db.select().from(tenants).orderBy(asc(tenants.id))
}

/** The tenant of that name or id. Throws OperatorError naming the command that makes one. */
export async function tenantNamed(store: Store, nameOrId: string): Promise<Tenant> {
  const tenant =
    (await store.db.select().from(tenants).where(eq(tenants.name, nameOrId)).get()) ??
    (await store.db.select().from(tenants).where(eq(tenants.id, nameOrId)).get())
  if (tenant) return tenant
  throw new OperatorError(
    `there is no tenant called ${nameOrId}`,
    `run: pangate tenant create ${nameOrId}`,
  )
}

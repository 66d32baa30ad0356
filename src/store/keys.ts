/**
 * @module API keys and OAuth clients: both are a hash, scopes and a mode; neither can be read back.
 */
import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Store } from './open.ts'
import { apiKeys, clients } from './schema.ts'

export type KeyRow = typeof apiKeys.$inferSelect
export type ClientRow = typeof clients.$inferSelect

/** The living key with this hash. */
export function keyByHash(store: Store, hash: Buffer): Promise<KeyRow | undefined> {
  return store.db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revoked_at)))
    .get()
}

/** The living client with this id. */
export function clientById(store: Store, id: string): Promise<ClientRow | undefined> {
  return store.db
    .select()
    .from(clients)
    .where(and(eq(clients.id, id), isNull(clients.revoked_at)))
    .get()
}

export async function addKey(store: Store, row: KeyRow): Promise<void> {
  await store.write(store.db.insert(apiKeys).values(row))
}

export async function addClient(store: Store, row: ClientRow): Promise<void> {
  await store.write(store.db.insert(clients).values(row))
}

/** All keys of a tenant, revoked ones too, oldest first. */
export function listKeys(store: Store, tenant: string): Promise<readonly KeyRow[]> {
  return store.db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.tenant_id, tenant))
    .orderBy(asc(apiKeys.id))
}

export function listClients(store: Store, tenant: string): Promise<readonly ClientRow[]> {
  return store.db
    .select()
    .from(clients)
    .where(eq(clients.tenant_id, tenant))
    .orderBy(asc(clients.id))
}

/** Whether there was a living key of that id; it stops working with this write. */
export async function revokeKey(
  store: Store,
  tenant: string,
  id: string,
  now: number,
): Promise<boolean> {
  const [result] = await store.write(
    store.db
      .update(apiKeys)
      .set({ revoked_at: now })
      .where(and(eq(apiKeys.tenant_id, tenant), eq(apiKeys.id, id), isNull(apiKeys.revoked_at))),
  )
  return (result?.rowsAffected ?? 0) > 0
}

export async function revokeClient(
  store: Store,
  tenant: string,
  id: string,
  now: number,
): Promise<boolean> {
  const [result] = await store.write(
    store.db
      .update(clients)
      .set({ revoked_at: now })
      .where(and(eq(clients.tenant_id, tenant), eq(clients.id, id), isNull(clients.revoked_at))),
  )
  return (result?.rowsAffected ?? 0) > 0
}

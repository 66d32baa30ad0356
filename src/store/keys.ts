/**
 * @module API keys and OAuth clients: both are a hash, scopes and a mode; neither can be read back.
 */
import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { auditEntry, type By } from '../audit/entry.ts'
import { preparedRead } from './database.ts'
import { exact } from './exact.ts'
import type { Store } from './open.ts'
import { apiKeys, clients } from './schema.ts'

export type KeyRow = typeof apiKeys.$inferSelect
export type ClientRow = typeof clients.$inferSelect

const livingKey = preparedRead<{ hash: Buffer }, typeof apiKeys>(
  apiKeys,
  and(eq(apiKeys.hash, sql.placeholder('hash')), isNull(apiKeys.revoked_at)),
  { keep: true },
)

const livingClient = preparedRead<{ id: string }, typeof clients>(
  clients,
  and(eq(clients.id, sql.placeholder('id')), isNull(clients.revoked_at)),
)

/** The living key with this hash. How long the index takes tells of a hash, and nobody can make a key to a hash. */
export function keyByHash({ db }: Store, hash: Buffer): Promise<KeyRow | undefined> {
  return livingKey.get(db, { hash })
}

/** The living client with this id. */
export function clientById({ db }: Store, id: string): Promise<ClientRow | undefined> {
  return livingClient.get(db, { id })
}

export async function addKey(store: Store, row: KeyRow, by: By): Promise<void> {
  await store.write(
    store.db.insert(apiKeys).values(row),
    auditEntry('key.create', by, creation(row)),
  )
}

export async function addClient(store: Store, row: ClientRow, by: By): Promise<void> {
  await store.write(
    store.db.insert(clients).values(row),
    auditEntry('client.create', by, creation(row)),
  )
}

function creation({ id, tenant_id, name, scopes, test }: KeyRow | ClientRow) {
  return { tenant: tenant_id, subject: id, detail: { name, scopes, test } }
}

/** All keys of a tenant, revoked ones too, oldest first. */
export function listKeys(store: Store, tenant: string): Promise<readonly KeyRow[]> {
  return exact(store)
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.tenant_id, tenant))
    .orderBy(asc(apiKeys.id))
}

export function listClients(store: Store, tenant: string): Promise<readonly ClientRow[]> {
  return exact(store)
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
  by: By,
): Promise<boolean> {
  const living = and(eq(apiKeys.tenant_id, tenant), eq(apiKeys.id, id), isNull(apiKeys.revoked_at))
  if (!(await exact(store).select({ id: apiKeys.id }).from(apiKeys).where(living).get()))
    return false
  const [result] = await store.write(
    store.db.update(apiKeys).set({ revoked_at: by.at }).where(living),
    auditEntry('key.revoke', by, { tenant, subject: id }),
  )
  return (result?.rowsAffected ?? 0) > 0
}

export async function revokeClient(
  store: Store,
  tenant: string,
  id: string,
  by: By,
): Promise<boolean> {
  const living = and(eq(clients.tenant_id, tenant), eq(clients.id, id), isNull(clients.revoked_at))
  if (!(await exact(store).select({ id: clients.id }).from(clients).where(living).get()))
    return false
  const [result] = await store.write(
    store.db.update(clients).set({ revoked_at: by.at }).where(living),
    auditEntry('client.revoke', by, { tenant, subject: id }),
  )
  return (result?.rowsAffected ?? 0) > 0
}

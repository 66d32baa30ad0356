/**
 * @module The data keys there are, without the keys: whose, how old, how much used, under which master key.
 */
import { asc } from 'drizzle-orm'
import type { Store } from '../store/open.ts'
import { dataKeys } from '../store/schema.ts'

/** Every tenant's, and the installation's; the oldest version first. */
export function listDataKeys(store: Store) {
  const { tenant_id, purpose, version, master_key_id, sealed, created_at } = dataKeys
  return store.db
    .select({ tenant_id, purpose, version, master_key_id, sealed, created_at })
    .from(dataKeys)
    .orderBy(asc(tenant_id), asc(purpose), asc(version))
}

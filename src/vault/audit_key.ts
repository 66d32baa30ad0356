/**
 * @module The key of the audit log's hashes: made once, sealed by the master key, the same when that changes.
 */
import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Clock } from '../clock.ts'
import { openChain, type AuditChain } from '../audit/chain.ts'
import { unnamedHeads } from '../audit/heads.ts'
import type { Store } from '../store/open.ts'
import { ownKeys } from '../store/schema.ts'
import type { Keyring } from './keyring.ts'

const NAME = 'audit'

/** The key. Makes it in a new database; of two programs that do so at once both get the one that was first. */
export async function auditKey(store: Store, keyring: Keyring, now: number): Promise<Buffer> {
  const row = store.db.select().from(ownKeys).where(eq(ownKeys.name, NAME))
  if (!(await row.get())) {
    const sealed = keyring.sealOwn(randomBytes(32).toString('base64'), ['own key', NAME])
    await store.write(
      store.db
        .insert(ownKeys)
        .values({ name: NAME, sealed, created_at: now })
        .onConflictDoNothing(),
    )
  }
  const made = await row.get()
  if (!made) throw new TypeError('an audit key was written and is not there')
  return Buffer.from(keyring.unsealOwn(made.sealed, ['own key', NAME]).toString(), 'base64')
}

/** Gives the store a chain of this process, after which audit entries can be written. */
export async function attachAudit(
  store: Store,
  keyring: Keyring,
  clock: Clock,
): Promise<AuditChain> {
  const key = await auditKey(store, keyring, clock())
  const chain = openChain(key, await unnamedHeads(store), clock)
  store.attachChain(chain)
  return chain
}

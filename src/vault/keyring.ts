/**
 * @module Data keys: made per tenant, wrapped by the master key, unwrapped once and kept in memory.
 */
import { randomBytes } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { GatewayError, OperatorError } from '../errors.ts'
import { dataKeys, meta } from '../store/schema.ts'
import type { Store } from '../store/open.ts'
import type { Query } from '../store/write.ts'
import type { MasterKey } from './master_key.ts'
import { seal, unseal, type SealingKey } from './seal.ts'

export type Purpose = 'data' | 'fingerprint'

/** All versions of one tenant's key for one purpose. */
export interface KeySet {
  /** The newest: what is sealed now. */
  readonly current: SealingKey
  keyOf(version: number): Buffer | undefined
}

export interface Keyring {
  /** The tenant's keys. Throws `integrity` when they do not open. */
  keys(tenant: string, purpose: Purpose): Promise<KeySet>
  /** The rows that give a new tenant its first keys. */
  firstKeys(tenant: string, now: number): readonly Query[]
  /** Seals what belongs to the installation and not to a tenant. */
  sealOwn(plain: string, place: readonly string[]): Buffer
  unsealOwn(sealed: Uint8Array, place: readonly string[]): Buffer
}

const PURPOSES: readonly Purpose[] = ['data', 'fingerprint']

/** Opens the keyring. Throws OperatorError when the database belongs to another master key: nothing was changed then. */
export async function openKeyring(store: Store, master: MasterKey): Promise<Keyring> {
  await claimDatabase(store, master)
  const known = new Map<string, KeySet>()
  const wrapping: SealingKey = { version: 0, key: master.key }
  const masterOf = (): Buffer => master.key

  return {
    async keys(tenant, purpose) {
      const name = `${purpose}:${tenant}`
      const cached = known.get(name)
      if (cached) return cached
      const rows = await store.db
        .select()
        .from(dataKeys)
        .where(and(eq(dataKeys.tenant_id, tenant), eq(dataKeys.purpose, purpose)))
        .orderBy(dataKeys.version)
      const versions = new Map(
        rows.map((row) => [
          row.version,
          unseal(masterOf, row.wrapped, [tenant, purpose, `data key ${row.version}`]),
        ]),
      )
      const newest = rows.at(-1)?.version
      const key = newest === undefined ? undefined : versions.get(newest)
      if (newest === undefined || !key) {
        throw new GatewayError('integrity', 'The tenant has no data key.')
      }
      const set: KeySet = {
        current: { version: newest, key },
        keyOf: (version) => versions.get(version),
      }
      known.set(name, set)
      return set
    },
    firstKeys: (tenant, now) =>
      PURPOSES.map((purpose) =>
        store.db.insert(dataKeys).values({
          tenant_id: tenant,
          purpose,
          version: 1,
          wrapped: seal(wrapping, randomBytes(32), [tenant, purpose, 'data key 1']),
          master_key_id: master.id,
          created_at: now,
        }),
      ),
    sealOwn: (plain, place) => seal(wrapping, plain, ['installation', ...place]),
    unsealOwn: (sealed, place) => unseal(masterOf, sealed, ['installation', ...place]),
  }
}

/** Notes which master key a new database belongs to, and refuses one that belongs to another. */
async function claimDatabase(store: Store, master: MasterKey): Promise<void> {
  const row = store.db.select().from(meta).where(eq(meta.name, 'master_key_id'))
  if (!(await row.get())) {
    await store.write(
      store.db
        .insert(meta)
        .values({ name: 'master_key_id', value: master.id })
        .onConflictDoNothing(),
    )
  }
  const owner = (await row.get())?.value
  if (owner !== master.id) {
    throw new OperatorError(
      `this is the wrong master key: the database was sealed under key ${owner}, this one is ${master.id}`,
      'set [vault] master_key_file to the key of this database, then run `pangate doctor`',
    )
  }
}

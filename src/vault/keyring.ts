/**
 * @module Data keys: made per tenant, wrapped by a master key, unwrapped once and kept in memory; changes are followed while serving.
 */
import { randomBytes } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { GatewayError } from '../errors.ts'
import { dataKeys } from '../store/schema.ts'
import type { Store } from '../store/open.ts'
import type { Query } from '../store/write.ts'
import { fault, type Log } from '../telemetry/log.ts'
import { deriveKey, type MasterKey } from './master_key.ts'
import { openMasters, stillKnown, type Masters } from './masters.ts'
import { seal, unseal, versionOf, type SealingKey } from './seal.ts'
import { wearOf, type KeyName, type Wear } from './wear.ts'

export type Purpose = KeyName['purpose']

/** All versions of one tenant's key for one purpose. For use at once: a moment later there may be newer ones. */
export interface KeySet {
  /** The newest: what is sealed now. */
  readonly current: SealingKey
  keyOf(version: number): Buffer | undefined
}

export interface Keyring {
  /** The tenant's keys, not older than {@link FRESH_MS}. Throws `integrity` when they do not open. */
  keys(tenant: string, purpose: Purpose): Promise<KeySet>
  /** Seals a value of a tenant for one place. */
  seal(tenant: string, plain: string | Uint8Array, place: readonly string[]): Promise<Buffer>
  /** Opens what {@link Keyring.seal} sealed for the same place, under any version. Throws `integrity`. */
  unseal(tenant: string, sealed: Uint8Array, place: readonly string[]): Promise<Buffer>
  /** The rows that give a new tenant its first keys. */
  firstKeys(tenant: string, now: number): Promise<readonly Query[]>
  /** A key of the installation for one purpose of its own. It stays the same when the master key is changed. */
  ownKey(purpose: string): Buffer
  /** Seals what belongs to the installation and not to a tenant. */
  sealOwn(plain: string, place: readonly string[]): Buffer
  unsealOwn(sealed: Uint8Array, place: readonly string[]): Buffer
  /** The master keys that this process has, the one to use first: for another process of the same server. */
  masters(): readonly MasterKey[]
  /** Looks for changes of keys now. */
  refresh(): Promise<void>
  /** Looks for changes of keys from now on, also when nobody asks for keys, until it is closed. */
  watch(log: Log): void
  /** Stops looking, and writes down how much the keys have sealed. */
  close(): Promise<void>
}

/** Milliseconds a running program may go without knowing of a change of keys. */
const FRESH_MS = 5_000
const LOOK_MS = 2_000
/** A process that is killed forgets fewer than this many sealed values a key. */
const SETTLE_AT = 65_536

const PURPOSES: readonly Purpose[] = ['data', 'fingerprint']
/** Stands for the tenant where a key is the installation's. */
export const INSTALLATION = 'installation'

interface Known {
  readonly set: KeySet
  readonly versions: ReadonlyMap<number, Buffer>
  readonly wear: Wear
  /** Of the database when it was read. */
  readonly generation: number
}

/** Opens the keyring. Throws OperatorError when the database belongs to another master key: nothing was changed then. */
export async function openKeyring(store: Store, master: MasterKey): Promise<Keyring> {
  const masters = await openMasters(store, master)
  const known = { data: new Map<string, Known>(), fingerprint: new Map<string, Known>() }
  const loading = new Map<string, Promise<KeySet>>()
  let generation = await masters.look()
  let looked = performance.now()
  let looking: Promise<void> | null = null
  let log: Log | null = null
  let timer: Timer | null = null
  const own = await installationKey(store, masters)
  const owning: SealingKey = { version: 0, key: deriveKey({ key: own }, 'own') }

  /** Once for all who ask at the same time. */
  function look(): Promise<void> {
    looking ??= (async () => {
      try {
        const begun = performance.now()
        const now = await masters.look()
        if (now < generation) log?.error('keys.older_database', { count: generation - now })
        // With the keys in memory it goes on; what is new it cannot open, until it is started with the new master key.
        if (masters.lost && now !== generation) log?.error('master_key.unknown')
        generation = now
        looked = begun
      } finally {
        looking = null
      }
    })()
    return looking
  }

  async function load(tenant: string, purpose: Purpose): Promise<KeySet> {
    const cached = known[purpose].get(tenant)
    const rows = await store.db
      .select()
      .from(dataKeys)
      .where(and(eq(dataKeys.tenant_id, tenant), eq(dataKeys.purpose, purpose)))
      .orderBy(dataKeys.version)
    if (rows.some((row) => !masters.byId(row.master_key_id))) await look()
    const versions = new Map(
      rows.map((row) => {
        const by = masters.byId(row.master_key_id)
        // Wrapped under a key this process was never told of: the key itself is the same.
        const key = by ? unwrap(by, row) : cached?.versions.get(row.version)
        return [row.version, key ?? unopened(row.master_key_id)]
      }),
    )
    const newest = rows.at(-1)
    const key = newest && versions.get(newest.version)
    if (!newest || !key) throw new GatewayError('integrity', 'The tenant has no data key.')
    const { version } = newest
    const wear =
      cached?.set.current.version === version
        ? cached.wear
        : wearOf({ tenant, purpose, version }, newest.sealed, log)
    const spend = (): void => {
      wear.spend()
      if (wear.owed() % SETTLE_AT === 0) void settle(wear)
    }
    const set: KeySet = {
      current: { version, key, spend },
      keyOf: (one) => versions.get(one),
    }
    known[purpose].set(tenant, { set, versions, wear, generation })
    return set
  }

  /** The keys as they are in memory; null where they are to be looked for. */
  function atHand(tenant: string, purpose: Purpose): KeySet | null {
    if (performance.now() - looked > FRESH_MS) return null
    const cached = known[purpose].get(tenant)
    return cached?.generation === generation ? cached.set : null
  }

  async function keys(tenant: string, purpose: Purpose): Promise<KeySet> {
    if (performance.now() - looked > FRESH_MS) await look()
    return atHand(tenant, purpose) ?? loadOnce(tenant, purpose)
  }

  /** Once for all who ask at the same time. */
  function loadOnce(tenant: string, purpose: Purpose): Promise<KeySet> {
    const name = `${purpose}:${tenant}`
    const running = loading.get(name) ?? load(tenant, purpose).finally(() => loading.delete(name))
    loading.set(name, running)
    return running
  }

  async function settle(wear: Wear): Promise<void> {
    try {
      await wear.settle(store)
    } catch (error) {
      // The count is a bound of 2^32 that nobody comes near in the time that a database is away.
      log?.warn('data_key.uncounted', fault(error))
    }
  }

  return {
    keys,
    async seal(tenant, plain, place) {
      const set = atHand(tenant, 'data') ?? (await keys(tenant, 'data'))
      return seal(set.current, plain, place)
    },
    async unseal(tenant, sealed, place) {
      const set = atHand(tenant, 'data') ?? (await keys(tenant, 'data'))
      const version = versionOf(sealed)
      // Sealed by another process under a version that is newer than our last look.
      const newer = version !== null && set.keyOf(version) === undefined
      return unseal((newer ? await load(tenant, 'data') : set).keyOf, sealed, place)
    },
    async firstKeys(tenant, now) {
      await look()
      return PURPOSES.map((purpose) =>
        insertKey(store, masters.current, { tenant, purpose, version: 1 }, randomBytes(32), now),
      )
    },
    ownKey: (purpose) => deriveKey({ key: own }, purpose),
    sealOwn: (plain, place) => seal(owning, plain, [INSTALLATION, ...place]),
    unsealOwn: (sealed, place) => unseal(() => owning.key, sealed, [INSTALLATION, ...place]),
    masters: () => masters.held(),
    refresh: look,
    watch(to) {
      log = to
      timer ??= setInterval(() => {
        look().catch((error: unknown) => to.warn('keys.not_looked_at', fault(error)))
      }, LOOK_MS)
      timer.unref()
    },
    async close() {
      if (timer) clearInterval(timer)
      const all = PURPOSES.flatMap((purpose) => [...known[purpose].values()])
      await Promise.all(all.map(({ wear }) => settle(wear)))
    },
  }
}

/** The row of a new data key, which the database takes only while it still goes by that master key. */
export function insertKey(
  store: Store,
  master: MasterKey,
  name: KeyName,
  key: Uint8Array,
  now: number,
): Query {
  return store.db.insert(dataKeys).values({
    tenant_id: name.tenant,
    purpose: name.purpose,
    version: name.version,
    wrapped: wrap(master, name, key),
    master_key_id: stillKnown(master),
    created_at: now,
  })
}

/** A data key under a master key. */
export function wrap({ key: wrapping }: MasterKey, name: KeyName, key: Uint8Array): Buffer {
  return seal({ version: 0, key: wrapping }, key, wrappedPlace(name))
}

/** The opposite of {@link wrap}. Throws `integrity`. */
export function unwrap({ key }: MasterKey, row: typeof dataKeys.$inferSelect): Buffer {
  const { tenant_id: tenant, purpose, version, wrapped } = row
  return unseal(() => key, wrapped, wrappedPlace({ tenant, purpose, version }))
}

const wrappedPlace = ({ tenant, purpose, version }: KeyName): readonly string[] => [
  tenant,
  purpose,
  `data key ${version}`,
]

/** The installation's own key, made in a new database. */
async function installationKey(store: Store, masters: Masters): Promise<Buffer> {
  const name = { tenant: INSTALLATION, purpose: 'data', version: 1 } as const
  const find = () =>
    store.db.select().from(dataKeys).where(eq(dataKeys.tenant_id, INSTALLATION)).get()
  if (!(await find())) {
    const insert = insertKey(store, masters.current, name, randomBytes(32), Date.now())
    await store.write(insert).catch(async (error: unknown) => {
      // Another program was first.
      if (!(await find())) throw error
    })
  }
  const row = await find()
  const master = row && masters.byId(row.master_key_id)
  return master ? unwrap(master, row) : unopened(row?.master_key_id ?? 'none')
}

function unopened(master: string): never {
  throw new GatewayError('integrity', `A data key is wrapped under the master key ${master}.`, {
    hint: 'Give this program the newest master key, and start it anew.',
  })
}

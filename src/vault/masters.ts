/**
 * @module The master keys that a database knows: the one it belongs to and, while that is changed, the one that comes next.
 */
import { inArray, sql, type SQL } from 'drizzle-orm'
import { OperatorError } from '../errors.ts'
import type { Store } from '../store/open.ts'
import { meta } from '../store/schema.ts'
import { masterKeyOf, type MasterKey } from './master_key.ts'
import { seal, unseal } from './seal.ts'

/** Names of facts in the table `meta`. */
export const FACTS = {
  /** The id of the key that the database belongs to. */
  owner: 'master_key_id',
  /** The id of the key that comes next. */
  next: 'master_key_next',
  /** The next key, sealed under the present one, so that whoever runs with the present one can follow. */
  bridge: 'master_key_bridge',
  /** Keys of the past: JSON, id to the time in milliseconds at which it was replaced. */
  past: 'master_keys_past',
  /** Counts changes of keys, so that a running program sees that there was one. */
  generation: 'keys_generation',
} as const

export interface Masters {
  /** What new keys are wrapped under. */
  readonly current: MasterKey
  byId(id: string): MasterKey | undefined
  /** All that this process has, for another one. */
  held(): readonly MasterKey[]
  /** Whether the database has gone on to a key that this program was never told of. */
  readonly lost: boolean
  /** Looks at what the database says now. Gives its count of changes. */
  look(): Promise<number>
}

/** The facts that are there, by their names. */
export async function readFacts(store: Store): Promise<ReadonlyMap<string, string>> {
  const rows = await store.db
    .select()
    .from(meta)
    .where(inArray(meta.name, Object.values(FACTS)))
  return new Map(rows.map(({ name, value }) => [name, value]))
}

/**
 * Opens the master keys of a database; a new one belongs to the key given from then on. Throws OperatorError when it
 * belongs to another one: nothing was changed then.
 */
export async function openMasters(store: Store, given: MasterKey): Promise<Masters> {
  const known = new Map([given, ...(given.others ?? [])].map((key) => [key.id, key]))
  await claim(store, given)
  let current = given
  let lost = false

  async function look(): Promise<number> {
    const facts = await readFacts(store)
    const owner = known.get(facts.get(FACTS.owner) ?? '')
    const next = facts.get(FACTS.next)
    const bridge = facts.get(FACTS.bridge)
    if (owner && next !== undefined && bridge !== undefined && !known.has(next)) {
      known.set(next, crossBridge(owner, next, bridge))
    }
    lost = !owner
    current = (next === undefined ? undefined : known.get(next)) ?? owner ?? current
    return Number(facts.get(FACTS.generation) ?? 0)
  }

  const facts = await readFacts(store)
  const owner = facts.get(FACTS.owner) ?? ''
  if (!known.has(owner)) throw foreign(given, owner, facts)
  await look()
  return {
    get current() {
      return current
    },
    get lost() {
      return lost
    },
    byId: (id) => known.get(id),
    held: () => [current, ...[...known.values()].filter((key) => key !== current)],
    look,
  }
}

/** The next key as the present one keeps it. */
export function makeBridge(owner: MasterKey, next: MasterKey): string {
  const wrapping = { version: 0, key: owner.key }
  return seal(wrapping, next.key, bridgePlace(next.id)).toString('base64')
}

/** The opposite of {@link makeBridge}. Throws `integrity` when it was changed. */
export function crossBridge(owner: MasterKey, next: string, bridge: string): MasterKey {
  const key = unseal(() => owner.key, Buffer.from(bridge, 'base64'), bridgePlace(next))
  return masterKeyOf(key)
}

/**
 * The id of a master key as a value of a row, or NULL, which no row takes, when the database has gone on to another key
 * meanwhile: what is wrapped under a key of the past would be lost with it.
 */
export function stillKnown({ id }: MasterKey): SQL<string> {
  return sql<string>`(select value from ${meta} where name in (${FACTS.owner}, ${FACTS.next}) and value = ${id} limit 1)`
}

/** Tells running programs that keys have changed. */
export function keysChanged(store: Store) {
  return store.db
    .insert(meta)
    .values({ name: FACTS.generation, value: '1' })
    .onConflictDoUpdate({ target: meta.name, set: { value: sql`cast(value as integer) + 1` } })
}

const bridgePlace = (next: string): readonly string[] => ['installation', 'master key', next]

/** Notes which master key a new database belongs to. */
async function claim(store: Store, given: MasterKey): Promise<void> {
  if ((await readFacts(store)).has(FACTS.owner)) return
  await store.write(
    store.db.insert(meta).values({ name: FACTS.owner, value: given.id }).onConflictDoNothing(),
  )
}

/** Why a key is not this database's, as far as the ids tell. */
function foreign(
  given: MasterKey,
  owner: string,
  facts: ReadonlyMap<string, string>,
): OperatorError {
  const since = pastOf(facts)[given.id]
  const head = `this is the wrong master key: the database was sealed under key ${owner}, this one is ${given.id}`
  if (since !== undefined) {
    return new OperatorError(
      `${head}, which it had until ${new Date(since).toISOString()}`,
      'set [vault] to the key that `pangate master-key rotate` made (the new file, the new command, the new shares), then run `pangate doctor`',
    )
  }
  return new OperatorError(
    `${head}, which it never had: it is another installation's, or an older copy from before the key was changed`,
    `set [vault] master_key_file to the key of this database (of an older copy: master.key.old-${owner}), then run \`pangate doctor\``,
  )
}

/** Keys that the database had before. */
export function pastOf(facts: ReadonlyMap<string, string>): Readonly<Record<string, number>> {
  // Written by src/vault/rotate_master.ts, so ids with times.
  return JSON.parse(facts.get(FACTS.past) ?? '{}') as Record<string, number>
}

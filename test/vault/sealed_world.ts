/**
 * @module A database with a value in every column that is sealed, a server's keyring over it, and ways to fail at its nth call.
 */
import { join } from 'node:path'
import type { MasterKey } from '../../src/vault/master_key.ts'
import { generateMasterKey, parse } from '../../src/vault/master_key.ts'
import { attachAudit } from '../../src/vault/audit_chain.ts'
import { openKeyring, type Keyring } from '../../src/vault/keyring.ts'
import { SEALED } from '../../src/vault/sealed_columns.ts'
import type { RotationRun } from '../../src/vault/rotate_master.ts'
import { auditEntry, byItself } from '../../src/audit/entry.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import {
  accounts,
  credentials,
  forwards,
  notifications,
  replies,
  tokens,
} from '../../src/store/schema.ts'
import { createTenant } from '../../src/store/tenants.ts'
import { freshFolder } from '../support/run.ts'

export interface World {
  readonly folder: string
  readonly store: Store
  readonly master: MasterKey
  /** Of a server that runs all the time. */
  readonly server: Keyring
  readonly tenants: readonly string[]
  close(): Promise<void>
}

export const plainOf = (tenant: string, place: readonly string[]): string =>
  `${tenant} ${place.join('/')}`

/** Some tenants, each with `rows` rows of every table that holds something sealed. */
export async function sealedWorld(count: number, rows: number): Promise<World> {
  const folder = freshFolder('keys')
  const store = await openStore({
    url: `file:${join(folder, 'pangate.db')}`,
    durability: 'process',
  })
  const master = parse(generateMasterKey())
  const server = await openKeyring(store, master)
  await attachAudit(store, server, Date.now)
  const made: string[] = []
  for (let at = 0; at < count; at++) {
    const { id } = await createTenant(store, server, `shop-${at}`, byItself(Date.now()))
    made.push(id)
    for (let row = 0; row < rows; row++) await addRows(store, server, id, `${at}-${row}`)
  }
  return {
    folder,
    store,
    master,
    server,
    tenants: made,
    async close() {
      await server.close()
      await store.close()
    },
  }
}

/** One row of each table, named by a suffix. */
export async function addRows(
  store: Store,
  keyring: Keyring,
  tenant: string,
  suffix: string,
): Promise<void> {
  const seal = (...place: string[]) => keyring.seal(tenant, plainOf(tenant, place), place)
  const id = `id_${suffix}`
  const base = { tenant_id: tenant, test: false, created_at: 1 }
  const { db } = store
  await store.write(
    db.insert(tokens).values({
      ...base,
      id,
      type: 'card',
      shown: {},
      fingerprint: 'f',
      metadata: {},
      sealed_number: await seal(tenant, id, 'number'),
      sealed_holder: await seal(tenant, id, 'holder'),
      sealed_data: await seal(tenant, id, 'data'),
    }),
    db.insert(credentials).values({
      token_id: id,
      name: 'virtual_card',
      shown: {},
      sealed_number: await seal(tenant, id, 'virtual_card.number'),
    }),
    db.insert(accounts).values({
      id,
      tenant_id: tenant,
      adapter: 'stripe',
      mode: 'live',
      name: id,
      options: {},
      created_at: 1,
      sealed_credentials: await seal(tenant, id, 'credentials'),
    }),
    db.insert(forwards).values({
      ...base,
      id,
      node: '',
      dialect: 'native',
      state: 'done',
      token_ids: [],
      method: 'POST',
      host: 'h',
      deadline_at: 1,
      sealed_request: await seal(tenant, id, 'request'),
      sealed_result: await seal(tenant, id, 'result'),
    }),
    db.insert(notifications).values({
      ...base,
      id,
      account_id: id,
      verified: true,
      digest: id,
      sealed_message: await seal(tenant, id, 'notification'),
    }),
    db.insert(replies).values({
      tenant_id: tenant,
      test: suffix.endsWith('1'),
      key: id,
      claim: 'c',
      request_hash: 'h',
      token_ids: [],
      expires_at: 1,
      sealed_reply: await seal(tenant, suffix.endsWith('1') ? 'test' : 'live', id, 'reply'),
    }),
  )
}

/** Opens every sealed value of a tenant; gives how many, and the key versions they name. */
export async function openAll(
  store: Store,
  keyring: Keyring,
  tenant: string,
): Promise<{ readonly count: number; readonly versions: readonly number[] }> {
  const versions = new Set<number>()
  let count = 0
  for (const { table, key, owned, columns } of SEALED) {
    const fields = Object.fromEntries(
      [...key, ...columns.map(({ column }) => column)].map((one) => [one.name, one]),
    )
    for (const row of await store.db.select(fields).from(table).where(owned(tenant))) {
      const parts = key.map(({ name }) =>
        row[name] === true ? 1 : row[name] === false ? 0 : String(row[name]),
      )
      for (const { column, placeOf } of columns) {
        const sealed = row[column.name]
        if (!Buffer.isBuffer(sealed)) continue
        const place = placeOf(tenant, parts)
        const plain = (await keyring.unseal(tenant, sealed, place)).toString()
        if (plain !== plainOf(tenant, place))
          throw new Error(`${place.join('/')} opened as ${plain}`)
        versions.add(sealed.readUInt32BE(1))
        count++
      }
    }
  }
  return { count, versions: [...versions].sort() }
}

/** How a call fails: before anything is done, or done and not told. */
export type Failure = 'before' | 'after' | 'read'

/** A store whose nth call of one kind fails; `hit` tells whether it came to that. */
export function failing(store: Store, kind: Failure, nth: number) {
  let calls = 0
  const state = { hit: false }
  const fails = (): boolean => {
    if (++calls !== nth) return false
    state.hit = true
    return true
  }
  const failed = () => new Error('the power went')
  const broken: Store = {
    ...store,
    async write(...writes) {
      if (kind === 'read' || !fails()) return store.write(...writes)
      if (kind === 'after') await store.write(...writes)
      throw failed()
    },
    db: new Proxy(store.db, {
      get(db, name) {
        if (name === 'select' && kind === 'read' && fails()) throw failed()
        const value: unknown = Reflect.get(db, name)
        return typeof value === 'function' ? value.bind(db) : value
      },
    }),
  }
  return { store: broken, state }
}

/** A rotation that waits for nothing; `pause` is what happens while servers are given time. */
export function atOnce(
  pause: () => Promise<void> = async () => undefined,
): RotationRun & { readonly told: string[] } {
  const told: string[] = []
  return {
    told,
    wait_ms: 1000,
    clock: Date.now,
    sleep: async () => pause(),
    progress: (done, total) => void told.push(`${done}/${total}`),
    audit: (step, { tenant, ...detail }) => [
      auditEntry(tenant === undefined ? 'master_key.rotate' : 'data_key.rotate', byItself(1), {
        tenant: tenant === undefined ? null : String(tenant),
        detail: { step, ...detail },
      }),
    ],
  }
}

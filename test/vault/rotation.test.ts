/**
 * @module Rotations that fail at every step, beside a server that goes on: everything opens at every moment, and the next try ends it.
 */
import { expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { OperatorError } from '../../src/errors.ts'
import * as schema from '../../src/store/schema.ts'
import { audit, dataKeys } from '../../src/store/schema.ts'
import { createTenant } from '../../src/store/tenants.ts'
import { byItself } from '../../src/audit/entry.ts'
import { INSTALLATION, insertKey, openKeyring } from '../../src/vault/keyring.ts'
import { generateMasterKey, parse, type MasterKey } from '../../src/vault/master_key.ts'
import { FACTS, readFacts } from '../../src/vault/masters.ts'
import { rotateDataKey } from '../../src/vault/rotate_data.ts'
import { rotateMaster } from '../../src/vault/rotate_master.ts'
import { SEALED } from '../../src/vault/sealed_columns.ts'
import {
  addRows,
  atOnce,
  failing,
  openAll,
  sealedWorld,
  type Failure,
  type World,
} from './sealed_world.ts'

const KINDS: readonly Failure[] = ['before', 'after', 'read']
/** Values in the nine sealed columns of one row of each table. */
const VALUES = 9

/** What must hold at every moment, for the server and for any that starts now. */
async function allOpens(world: World, masters: readonly MasterKey[], rows: number): Promise<void> {
  const owner = (await readFacts(world.store)).get(FACTS.owner)
  for (const tenant of world.tenants) {
    expect((await openAll(world.store, world.server, tenant)).count).toBe(rows * VALUES)
  }
  for (const master of masters) {
    if (master.id !== owner) continue
    // Also with this key alone: the way to the next one is in the database.
    const started = await openKeyring(world.store, master)
    for (const tenant of world.tenants) {
      expect((await openAll(world.store, started, tenant)).count).toBe(rows * VALUES)
    }
  }
}

const masterIds = async ({ store }: World): Promise<readonly string[]> => [
  ...new Set((await store.db.select().from(dataKeys)).map((row) => row.master_key_id)),
]

/** What a promise is rejected with. By hand, because `rejects` holds up the very loop in which writes are done. */
const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

/** How often a rotation told the audit log that it was done. */
const endings = async ({ store }: World, action: string): Promise<number> =>
  (await store.db.select().from(audit).where(eq(audit.action, action))).filter(({ detail }) =>
    detail.includes('"step":"end"'),
  ).length

test("the table of sealed columns has all that there are, but for the installation's own", () => {
  const known = SEALED.flatMap(({ table, columns }) =>
    columns.map(({ column }) => `${getTableConfig(table).name}.${column.name}`),
  )
  const all = Object.values(schema).flatMap((table) => {
    if (!(table instanceof SQLiteTable)) return []
    const { name, columns } = getTableConfig(table)
    return columns
      .filter((one) => one.name.startsWith('sealed_'))
      .map((one) => `${name}.${one.name}`)
  })
  expect(known.toSorted()).toEqual(
    all.filter((name) => name !== 'signing_keys.sealed_private_jwk').toSorted(),
  )
})

test.each(KINDS)(
  'K04 master key: the nth call fails (%s), n = 1, 2, ..',
  async (kind) => {
    let steps = 0
    for (let nth = 1; ; nth++) {
      const world = await sealedWorld(2, 1)
      const next = parse(generateMasterKey())
      const { store, state } = failing(world.store, kind, nth)
      const failed = await rotateMaster(
        store,
        world.master,
        next,
        atOnce(() => world.server.refresh()),
      ).catch((error: unknown) => error)
      if (state.hit && kind !== 'read') expect(failed).toBeInstanceOf(Error)
      await allOpens(world, [world.master, next], 1)
      // Servers make tenants all the while.
      await createTenant(world.store, world.server, `between-${nth}`, byItself(1))
      const again = atOnce(() => world.server.refresh())
      await rotateMaster(world.store, world.master, next, again)
      expect(await masterIds(world)).toEqual([next.id])
      const facts = await readFacts(world.store)
      expect(facts.get(FACTS.owner)).toBe(next.id)
      expect([facts.get(FACTS.next), facts.get(FACTS.bridge)]).toEqual([undefined, undefined])
      expect(Object.keys(JSON.parse(facts.get(FACTS.past) ?? ''))).toEqual([world.master.id])
      expect(await endings(world, 'master_key.rotate')).toBe(1)
      await allOpens(world, [next], 1)
      expect(String(await refusal(openKeyring(world.store, world.master)))).toContain(
        'which it had until',
      )
      await createTenant(world.store, world.server, 'after', byItself(1))
      await world.close()
      if (!state.hit) break
      steps = nth
    }
    console.log(`K04 master key, ${kind}: ${steps} steps failed in turn`)
    expect(steps).toBeGreaterThan(2)
  },
  60_000,
)

test.each(KINDS)(
  'K04 data key: the nth call fails (%s), n = 1, 2, ..',
  async (kind) => {
    let steps = 0
    for (let nth = 1; ; nth++) {
      const world = await sealedWorld(1, 2)
      const [tenant = ''] = world.tenants
      const { store, state } = failing(world.store, kind, nth)
      // The command's own program, which ends with its failure.
      const command = await openKeyring(store, world.master).catch(() => null)
      if (command) {
        await rotateDataKey(store, command, world.master, tenant, atOnce()).catch(() => undefined)
      }
      await allOpens(world, [world.master], 2)
      await addRows(world.store, world.server, tenant, `between-${nth}`)
      let late = false
      const second = await openKeyring(world.store, world.master)
      await rotateDataKey(
        world.store,
        second,
        world.master,
        tenant,
        atOnce(async () => {
          if (late) return
          late = true
          // A server that has not looked yet still seals under the old key.
          await addRows(world.store, world.server, tenant, `late-${nth}`)
          await world.server.refresh()
        }),
      )
      const { count, versions } = await openAll(world.store, world.server, tenant)
      expect(count).toBe(4 * VALUES)
      expect(versions).toHaveLength(1)
      const rows = await world.store.db
        .select()
        .from(dataKeys)
        .where(eq(dataKeys.tenant_id, tenant))
      expect(
        rows.filter(({ purpose }) => purpose === 'data').map(({ version }) => version),
      ).toEqual([versions[0] ?? 0])
      await allOpens(world, [world.master], 4)
      await world.close()
      if (!state.hit) break
      steps = nth
    }
    console.log(`K04 data key, ${kind}: ${steps} steps failed in turn`)
    expect(steps).toBeGreaterThan(2)
  },
  60_000,
)

test('K04 a rotation to another key than the one that was begun is refused', async () => {
  const world = await sealedWorld(1, 1)
  const { store } = failing(world.store, 'before', 2)
  const next = parse(generateMasterKey())
  await rotateMaster(store, world.master, next, atOnce()).catch(() => undefined)
  const other = rotateMaster(world.store, world.master, parse(generateMasterKey()), atOnce())
  const error = await refusal(other)
  expect(error).toBeInstanceOf(OperatorError)
  expect(String(error)).toContain(`a change to the master key ${next.id} is under way`)
  await world.close()
})

test('K04 nothing new is wrapped under a master key of the past', async () => {
  const world = await sealedWorld(1, 1)
  const next = parse(generateMasterKey())
  // The server learns of nothing.
  await rotateMaster(world.store, world.master, next, atOnce())
  const name = { tenant: 'ten_late', purpose: 'data', version: 1 } as const
  const late = world.store.write(insertKey(world.store, world.master, name, Buffer.alloc(32), 1))
  expect(await refusal(late)).toMatchObject({ code: 'storage_unavailable' })
  expect(await masterIds(world)).toEqual([next.id])
  await world.close()
})

test('K04 a server that missed the whole change goes on with the keys it has', async () => {
  const world = await sealedWorld(2, 1)
  await allOpens(world, [], 1)
  await rotateMaster(world.store, world.master, parse(generateMasterKey()), atOnce())
  await world.server.refresh()
  await allOpens(world, [], 1)
  await world.close()
})

test('K04 batches: 250 tenants, 250 rows', async () => {
  const many = await sealedWorld(0, 0)
  for (let at = 0; at < 250; at++) {
    await createTenant(many.store, many.server, `t${at}`, byItself(1))
  }
  const next = parse(generateMasterKey())
  const run = atOnce()
  expect(await rotateMaster(many.store, many.master, next, run)).toBe(501)
  expect(run.told).toEqual(['100/501', '200/501', '300/501', '400/501', '500/501', '501/501'])
  expect(await masterIds(many)).toEqual([next.id])
  await many.close()
  const world = await sealedWorld(1, 250)
  const [tenant = ''] = world.tenants
  const command = await openKeyring(world.store, world.master)
  expect(await rotateDataKey(world.store, command, world.master, tenant, atOnce())).toBe(
    250 * VALUES,
  )
  expect(await openAll(world.store, command, tenant)).toEqual({
    count: 250 * VALUES,
    versions: [2],
  })
  await world.close()
})

test("the installation's key is one row, and stays the same", async () => {
  const world = await sealedWorld(1, 0)
  const before = world.server.ownKey('audit')
  const next = parse(generateMasterKey())
  await rotateMaster(world.store, world.master, next, atOnce())
  const after = await openKeyring(world.store, next)
  expect(after.ownKey('audit')).toEqual(before)
  expect(after.ownKey('sessions')).not.toEqual(before)
  const own = eq(dataKeys.tenant_id, INSTALLATION)
  expect(await world.store.db.select().from(dataKeys).where(own)).toHaveLength(1)
  await world.close()
})

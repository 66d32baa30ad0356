/**
 * @module `pangate doctor` on changes of keys that were begun, and keys that are worn.
 */
import { expect, test } from 'bun:test'
import { checkKeyChanges } from '../../src/cli/doctor_keys.ts'
import { dataKeys } from '../../src/store/schema.ts'
import { openKeyring } from '../../src/vault/keyring.ts'
import { generateMasterKey, parse } from '../../src/vault/master_key.ts'
import { rotateDataKey } from '../../src/vault/rotate_data.ts'
import { rotateMaster } from '../../src/vault/rotate_master.ts'
import { WORN } from '../../src/vault/wear.ts'
import { atOnce, failing, sealedWorld } from '../vault/sealed_world.ts'

test('a change that was begun, and a key that is worn, are told with the command', async () => {
  const world = await sealedWorld(1, 1)
  const [tenant = ''] = world.tenants
  expect(await checkKeyChanges(world.store)).toEqual([])
  await world.store.write(world.store.db.update(dataKeys).set({ sealed: WORN }))
  expect(await checkKeyChanges(world.store)).toMatchObject([
    { level: 'warning', check: 'tenant shop-0', next: 'pangate data-key rotate --tenant shop-0' },
  ])
  // The second write fails: the key is there, and nothing is sealed under it.
  const { store } = failing(world.store, 'before', 2)
  const command = await openKeyring(store, world.master)
  await rotateDataKey(store, command, world.master, tenant, atOnce()).catch(() => undefined)
  expect((await checkKeyChanges(world.store)).map(({ message }) => message)).toContain(
    'a change of its data key was begun and not ended',
  )
  const next = parse(generateMasterKey())
  const again = failing(world.store, 'before', 2)
  await rotateMaster(again.store, world.master, next, atOnce()).catch(() => undefined)
  expect(await checkKeyChanges(world.store)).toContainEqual({
    level: 'warning',
    check: 'master key',
    message: `a change to the master key ${next.id} was begun and not ended`,
    next: 'pangate master-key rotate',
  })
  await world.close()
})

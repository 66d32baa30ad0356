/**
 * @module The database belongs to one master key, and each tenant's data to its own keys.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createClient, type Client } from '@libsql/client'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../../src/errors.ts'
import { generateMasterKey } from '../../src/vault/master_key.ts'
import { canaryCard } from '../support/canary.ts'
import { digests } from '../support/files.ts'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { freshFolder } from '../support/run.ts'

const masterKey = generateMasterKey()
const number = canaryCard()
const folder = freshFolder('keyring')
let made: Answered

/** A database with one token, closed. */
beforeAll(async () => {
  const shop = await startGateway({ folder, masterKey })
  made = await store(shop)
  await shop.close()
})

const open: TestGateway[] = []
afterAll(async () => {
  for (const shop of open) await shop.close()
})

function store(shop: TestGateway, headers = {}): Promise<Answered> {
  const card = { number, exp_month: 1, exp_year: 2040 }
  return shop.call('POST', '/v1/tokens', { type: 'card', card }, headers)
}

/** A gateway over a copy of the database, changed by hand. */
async function reopened(change: (client: Client) => Promise<unknown>): Promise<TestGateway> {
  const copy = freshFolder('keyring')
  cpSync(folder, copy, { recursive: true })
  const client = createClient({ url: `file:${join(copy, 'pangate.db')}` })
  await change(client)
  client.close()
  const shop = await startGateway({ folder: copy, masterKey })
  open.push(shop)
  return shop
}
const reveal = (shop: TestGateway) => shop.call('POST', `/v1/tokens/${made.textAt('id')}/reveal`)

test('the right key opens what it sealed before', async () => {
  const shop = await reopened(async () => undefined)
  expect((await reveal(shop)).at('card', 'number')).toBe(number)
  expect((await store(shop)).at('fingerprint')).toBe(made.textAt('fingerprint'))
})

test('a wrong master key is refused at the start, and nothing is changed', async () => {
  const before = digests(folder)
  const error = await startGateway({ folder, masterKey: generateMasterKey() }).catch(
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OperatorError)
  expect(String(error)).toContain('wrong master key')
  expect(Object(error).next).toContain('master_key_file')
  expect(String(error)).not.toContain(masterKey)
  expect(digests(folder)).toEqual(before)
})

test('a wrong master key under a forged name still opens nothing', async () => {
  const other = generateMasterKey()
  const copy = freshFolder('keyring')
  // A database made by the other key says how that key is called.
  const stranger = await startGateway({ masterKey: other })
  const { rows } = await createClient({
    url: `file:${join(stranger.folder, 'pangate.db')}`,
  }).execute("select value from meta where name = 'master_key_id'")
  await stranger.close()
  cpSync(folder, copy, { recursive: true })
  const client = createClient({ url: `file:${join(copy, 'pangate.db')}` })
  await client.execute({
    sql: "update meta set value = ? where name = 'master_key_id'",
    args: [rows[0]?.[0] ?? ''],
  })
  client.close()
  const error = await startGateway({ folder: copy, masterKey: other }).catch(
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: 'integrity' })
})

test("another tenant's data key in place of one's own opens nothing", async () => {
  const shop = await reopened(async (client) => {
    await client.execute(
      "update data_keys set tenant_id = 'ten_x' where purpose = 'data' and tenant_id like 'ten_%'",
    )
  })
  const other = await shop.newTenant('other')
  const key = as(await shop.newKey(['tokens:write'], { tenant: other }))
  expect((await store(shop, key)).status).toBe(201)
  expect((await reveal(shop)).at('error')).toMatchObject({ code: 'integrity', sent: 'no' })
})

test.each([
  [
    'moved to another tenant',
    "update data_keys set wrapped = (select wrapped from data_keys where purpose = 'fingerprint') where purpose = 'data' and tenant_id like 'ten_%'",
  ],
  [
    'changed',
    "update data_keys set wrapped = cast(x'01' || substr(wrapped, 2, 40) || iif(substr(wrapped, 42, 1) = x'00', x'01', x'00') || substr(wrapped, 43) as blob) where purpose = 'data' and tenant_id like 'ten_%'",
  ],
  [
    'given another version',
    "update data_keys set version = 2 where purpose = 'data' and tenant_id like 'ten_%'",
  ],
  ['deleted', "delete from data_keys where purpose = 'data' and tenant_id like 'ten_%'"],
])('a data key that was %s opens nothing, and nothing is sealed without it', async (_, sql) => {
  const shop = await reopened((client) => client.execute(sql))
  for (const answer of [await reveal(shop), await store(shop)]) {
    expect(answer.status).toBe(500)
    expect(answer.at('error')).toMatchObject({ code: 'integrity', sent: 'no' })
    expect(answer.text).not.toContain(number)
  }
})

test('the same number has one fingerprint in one tenant, and another in another', async () => {
  const shop = await reopened(async () => undefined)
  const key = as(await shop.newKey(['tokens:write'], { tenant: await shop.newTenant('apart') }))
  const [one, again, other] = [await store(shop), await store(shop), await store(shop, key)]
  expect(again.textAt('fingerprint')).toBe(one.textAt('fingerprint'))
  expect(other.textAt('fingerprint')).toMatch(/^[\w-]{43}$/)
  expect(other.textAt('fingerprint')).not.toBe(one.textAt('fingerprint'))
})

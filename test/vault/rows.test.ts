/**
 * @module Rows that somebody changed in the database: what was moved does not open, and nothing is sent for it.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { createClient, type Client } from '@libsql/client'
import { join } from 'node:path'
import { canaryAccountNumber, canaryCard, canarySecret } from '../support/canary.ts'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

let psp: FakePsp
let shop: TestGateway
let database: Client
let one: string
let two: string

beforeAll(async () => {
  psp = await startPsp()
  shop = await startGateway({ psp })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  database = createClient({ url: `file:${join(shop.folder, 'pangate.db')}` })
})
beforeEach(async () => {
  ;[one, two] = [await store(), await store()]
})
afterAll(async () => {
  expect(psp.arrivals).toHaveLength(0)
  database.close()
  await shop.close()
  await psp.stop()
})

async function store(headers = {}): Promise<string> {
  const expiry = { exp_month: 1, exp_year: 2040 }
  const body = {
    type: 'card',
    card: { number: canaryCard(), ...expiry, holder: 'Ada' },
    credentials: { virtual_card: { number: canaryCard(), ...expiry } },
  }
  return (await shop.call('POST', '/v1/tokens', body, headers)).textAt('id')
}

const reveal = (id: string, headers = {}): Promise<Answered> =>
  shop.call('POST', `/v1/tokens/${id}/reveal`, undefined, headers)

function forward(token: string, placeholder = 'card.number'): Promise<Answered> {
  const request = { url: `${psp.url}/pay`, body: { n: `{{ ${placeholder} }}` } }
  return shop.call('POST', '/v1/forward', { token, request })
}

function expectIntegrity(answer: Answered): void {
  expect(answer.status).toBe(500)
  expect(answer.at('error')).toMatchObject({ code: 'integrity', sent: 'no' })
}

describe('a sealed number', () => {
  test.each([
    [
      'of another token',
      `update tokens set sealed_number = (select sealed_number from tokens where id = 'TWO') where id = 'ONE'`,
    ],
    [
      'of the same token, in another column',
      `update tokens set sealed_number = sealed_holder where id = 'ONE'`,
    ],
    [
      'of its virtual card',
      `update tokens set sealed_number = (select sealed_number from credentials where token_id = 'ONE') where id = 'ONE'`,
    ],
    [
      'cut short',
      `update tokens set sealed_number = substr(sealed_number, 1, 20) where id = 'ONE'`,
    ],
    ['made empty', `update tokens set sealed_number = x'' where id = 'ONE'`],
  ])('%s does not open', async (_, sql) => {
    await database.execute(sql.replaceAll('ONE', one).replaceAll('TWO', two))
    expectIntegrity(await reveal(one))
    expectIntegrity(await forward(one))
    expect((await reveal(two)).status).toBe(200)
  })

  test('does not open under the id of another token', async () => {
    await database.execute({ sql: 'delete from tokens where id = ?', args: [two] })
    await database.execute({ sql: 'update tokens set id = ? where id = ?', args: [two, one] })
    expectIntegrity(await forward(two))
    expect((await reveal(one)).status).toBe(404)
  })

  test('does not open for another tenant that the row was given to', async () => {
    const tenant = await shop.newTenant(`thief ${one}`)
    const key = as(await shop.newKey(['tokens:write', 'tokens:reveal'], { tenant }))
    await store(key)
    await database.execute({
      sql: 'update tokens set tenant_id = ? where id = ?',
      args: [tenant, one],
    })
    expectIntegrity(await reveal(one, key))
    expect((await reveal(one)).status).toBe(404)
  })
})

test('a virtual card of another token does not open, and the card itself still does', async () => {
  await database.execute({
    sql: 'update credentials set sealed_number = (select sealed_number from credentials where token_id = ?) where token_id = ?',
    args: [two, one],
  })
  expectIntegrity(await forward(one, 'virtual_card.number'))
  expect((await reveal(one)).status).toBe(200)
})

test('a holder of another token does not open, in lists neither', async () => {
  const tenant = await shop.newTenant('holders')
  const key = as(await shop.newKey(['tokens:write', 'tokens:read'], { tenant }))
  const [mine, other] = [await store(key), await store(key)]
  await database.execute({
    sql: 'update tokens set sealed_holder = (select sealed_holder from tokens where id = ?) where id = ?',
    args: [other, mine],
  })
  expectIntegrity(await shop.call('GET', `/v1/tokens/${mine}`, undefined, key))
  expectIntegrity(await shop.call('GET', '/v1/tokens', undefined, key))
})

test('the number of a card does not open as that of a bank account', async () => {
  const bank_account = { account_number: canaryAccountNumber() }
  const made = await shop.call('POST', '/v1/tokens', { type: 'bank_account', bank_account })
  const args = [made.textAt('id'), one]
  await database.execute({
    sql: 'update tokens set sealed_number = (select sealed_number from tokens where id = ?) where id = ?',
    args,
  })
  expectIntegrity(await reveal(one))
})

test("another account's credentials do not open", async () => {
  const account = async (name: string): Promise<string> => {
    const credentials = { api_key: canarySecret() }
    const body = { adapter: 'stripe', mode: 'live', name, credentials, base_url: psp.url }
    return (await shop.call('POST', '/v1/accounts', body)).textAt('id')
  }
  const [first, second] = [await account('first'), await account('second')]
  await database.execute({
    sql: 'update accounts set sealed_credentials = (select sealed_credentials from accounts where id = ?) where id = ?',
    args: [second, first],
  })
  const amount = { minor: 100, currency: 'EUR' }
  const wish = { account: first, operation: 'purchase', token: one, amount }
  expectIntegrity(await shop.call('POST', '/v1/forward', wish))
})

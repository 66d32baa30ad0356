/**
 * @module Accounts by the API: credentials go in and never come out; what is wrong with them is said all at once.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Adapter } from '../../src/adapter.ts'
import { openRegistry } from '../../src/registry.ts'
import { canarySecret } from '../support/canary.ts'
import { as, startGateway, type TestGateway } from '../support/gateway.ts'

const PATH = '/v1/accounts'
let shop: TestGateway

beforeAll(async () => {
  shop = await startGateway({
    clock: () => Date.parse('2027-03-01T12:00:00Z'),
    registry: openRegistry([({ define }): Adapter => define(acme)]),
  })
  await shop.call('POST', '/v1/destinations', { host: 'psp.example', path_prefix: '/v1' })
})
afterAll(() => shop.close())

/** A PSP with every kind of credential. */
const acme: Adapter = {
  contract: 1,
  id: 'acme',
  name: 'Acme',
  docs: 'https://acme.example/docs',
  api_version: '1',
  hosts: { live: 'https://api.acme.example', sandbox: 'https://sandbox.acme.example' },
  credentials: {
    merchant: { label: 'Merchant number', secret: false },
    password: { label: 'Password', secret: true },
    second: { label: 'Second password', secret: true, optional: true },
  },
  idempotency: 'unsupported',
  private_in_answer: [],
  operations: {},
}

let count = 0
const account = (more: object = {}) => ({
  adapter: 'acme',
  mode: 'live',
  name: `account ${count++}`,
  credentials: { merchant: 'M-1', password: canarySecret() },
  ...more,
})

test('an account is made, read, listed, removed, and shows no secret', async () => {
  const password = canarySecret()
  const body = account({
    credentials: { merchant: 'M-1', password },
    base_url: 'https://PSP.example/v1/',
  })
  const made = await shop.call('POST', PATH, body)
  expect(made.status).toBe(201)
  expect(made.json).toEqual({
    id: expect.stringMatching(/^acct_/),
    adapter: 'acme',
    mode: 'live',
    name: body.name,
    credentials: { merchant: 'M-1', password: '[secret]', second: '[secret]' },
    options: {},
    base_url: 'https://psp.example/v1',
    tls: false,
    created_at: '2027-03-01T12:00:00Z',
  })
  const one = `${PATH}/${made.textAt('id')}`
  const [read, list] = [await shop.call('GET', one), await shop.call('GET', PATH)]
  expect(read.text).toBe(made.text)
  expect(list.at('data')).toContainEqual(made.json)
  for (const text of [made.text, list.text, shop.log()]) expect(text).not.toContain(password)
  for (const file of ['pangate.db', 'pangate.db-wal']) {
    expect(readFileSync(join(shop.folder, file)).includes(password)).toBe(false)
  }
  expect((await shop.call('DELETE', one)).status).toBe(204)
  expect((await shop.call('DELETE', one)).at('error', 'code')).toBe('account_unknown')
  expect((await shop.call('GET', one)).status).toBe(404)
})

test('a name is taken once, within a tenant', async () => {
  const body = account()
  expect((await shop.call('POST', PATH, body)).status).toBe(201)
  const again = await shop.call('POST', PATH, body)
  expect([again.status, again.at('error', 'code')]).toEqual([409, 'conflict'])
  const key = as(await shop.newKey(['admin'], { tenant: await shop.newTenant('other') }))
  expect((await shop.call('POST', PATH, body, key)).status).toBe(201)
})

test('an account of one tenant is none of another', async () => {
  const made = await shop.call('POST', PATH, account())
  const tenant = await shop.newTenant('third')
  const key = as(await shop.newKey(['admin', 'forward'], { tenant }))
  const one = `${PATH}/${made.textAt('id')}`
  expect((await shop.call('GET', one, undefined, key)).at('error', 'code')).toBe('account_unknown')
  expect((await shop.call('DELETE', one, undefined, key)).status).toBe(404)
  expect((await shop.call('GET', PATH, undefined, key)).at('data')).toEqual([])
  const wish = { account: made.at('id'), operation: 'purchase', dry_run: true }
  const forward = await shop.call('POST', '/v1/forward', wish, key)
  expect(forward.at('error', 'code')).toBe('account_unknown')
})

test('a test key makes and sees sandbox accounts only', async () => {
  const key = as(await shop.newKey(['admin'], { test: true }))
  const live = await shop.call('POST', PATH, account())
  const refused = await shop.call('POST', PATH, account(), key)
  expect(refused.at('error')).toMatchObject({ code: 'forbidden', param: 'mode' })
  const sandbox = await shop.call('POST', PATH, account({ mode: 'sandbox' }), key)
  expect(sandbox.status).toBe(201)
  const list = await shop.call('GET', PATH, undefined, key)
  expect(list.text).toContain(sandbox.textAt('id'))
  expect(list.text).not.toContain(live.textAt('id'))
  const one = `${PATH}/${live.textAt('id')}`
  expect((await shop.call('GET', one, undefined, key)).status).toBe(404)
  expect((await shop.call('DELETE', one, undefined, key)).status).toBe(404)
  expect((await shop.call('GET', one)).status).toBe(200)
})

describe('credentials', () => {
  test('that are missing, empty or unknown are all named at once', async () => {
    const credentials = { password: '', user: 'x', token: 'y' }
    const answer = await shop.call('POST', PATH, account({ credentials }))
    expect(answer.at('error')).toMatchObject({
      code: 'invalid_request',
      param: 'credentials',
      message:
        'Credentials of Acme: missing: merchant (Merchant number), password (Password); not known: user, token.',
      hint: 'Acme wants: merchant, password, second.',
    })
  })

  test('are not taken as options, where they would be kept in the clear', async () => {
    const password = canarySecret()
    const answer = await shop.call('POST', PATH, account({ options: { password } }))
    expect(answer.status).toBe(400)
    expect(answer.textAt('error', 'param')).toStartWith('options')
    expect(answer.text).not.toContain(password)
  })

  test('with names of JavaScript are unknown ones', async () => {
    const credentials = JSON.parse(
      '{"merchant":"M","password":"p","__proto__":"x","constructor":"y"}',
    )
    const answer = await shop.call('POST', PATH, account({ credentials }))
    expect(answer.textAt('error', 'message')).toContain('not known: __proto__, constructor')
  })
})

test('an unknown adapter is answered with those there are', async () => {
  const answer = await shop.call('POST', PATH, account({ adapter: 'nope' }))
  expect(answer.at('error')).toMatchObject({
    code: 'invalid_request',
    param: 'adapter',
    hint: 'Use one of: acme.',
  })
  const list = await shop.call('GET', '/v1/adapters')
  expect(list.at('data', 0)).toMatchObject({ id: 'acme', credentials: acme.credentials })
})

test.each([
  'http://psp.example/v1',
  'psp.example',
  'https://u:p@psp.example/v1',
  'https://psp.example/v1?a=b',
  'https://psp.example/v1#a',
  'ftp://psp.example/v1',
  '',
])('the base_url %j is none', async (base_url) => {
  const answer = await shop.call('POST', PATH, account({ base_url }))
  expect(answer.status).toBe(400)
  expect(answer.at('error')).toMatchObject({ code: 'invalid_request', param: 'base_url' })
})

test.each([
  'https://elsewhere.example/v1',
  'https://psp.example',
  'https://psp.example/v2',
  'https://psp.example/v10',
  'https://psp.example:8443/v1',
])('the base_url %s is not on the list of destinations', async (base_url) => {
  const answer = await shop.call('POST', PATH, account({ base_url }))
  expect(answer.status).toBe(403)
  expect(answer.at('error')).toMatchObject({ code: 'destination_denied', sent: 'no' })
})

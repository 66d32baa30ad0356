/**
 * @module Tokens by the API: stored, read, listed, changed, revealed, expired, erased; and who does not see them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { canaryAccountNumber, canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'

const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/
const START = Date.parse('2027-03-01T12:00:00Z')
let now = START
let shop: TestGateway

beforeAll(async () => {
  shop = await startGateway({ clock: () => now })
  await shop.call('POST', '/v1/destinations', { host: 'psp.example' })
})
afterAll(() => shop.close())

/** Stores a card; `more` goes beside it, `card` into it. */
function store(more: object = {}, card: object = {}, headers = {}): Promise<Answered> {
  const given = { number: canaryCard(), exp_month: 3, exp_year: 2031, holder: 'Ada', ...card }
  return shop.call('POST', '/v1/tokens', { type: 'card', card: given, ...more }, headers)
}

describe('a card', () => {
  test('is stored, and shows what may be shown', async () => {
    const number = canaryCard('amex')
    const cvc = canaryCvc('amex')
    const spaced = number.replace(/^(.{4})(.{6})/, '$1 $2 ')
    const made = await store({ cvc, metadata: { order: '7' } }, { number: spaced, exp_year: '31' })
    expect(made.status).toBe(201)
    expect(made.json).toEqual({
      id: expect.stringMatching(/^tok_[0-9a-hjkmnp-tv-z]{26}$/),
      type: 'card',
      card: {
        brand: 'amex',
        bin: number.slice(0, 6),
        last4: number.slice(-4),
        exp_month: '03',
        exp_year: '2031',
        holder: 'Ada',
      },
      fingerprint: expect.stringMatching(/^[\w-]{43}$/),
      credentials: {},
      metadata: { order: '7' },
      allowed_hosts: null,
      created_at: '2027-03-01T12:00:00Z',
      expires_at: null,
      cvc_session: { id: expect.stringMatching(UUID), expires_at: '2027-03-01T12:01:30Z' },
    })
    const { cvc_session: _, ...rest } = Object(made.json)
    const read = await shop.call('GET', `/v1/tokens/${made.textAt('id')}`)
    expect(read.json).toEqual(rest)
  })

  test('without a holder and a security code has null for them', async () => {
    const made = await store({}, { holder: null })
    expect(made.at('card', 'holder')).toBeNull()
    expect(made.at('cvc_session')).toBeNull()
  })

  test('with credentials shows what may be shown of those', async () => {
    const [virtual, network] = [canaryCard(), canaryCard('mastercard')]
    const expiry = { exp_month: 1, exp_year: 2030 }
    const made = await store({
      credentials: {
        virtual_card: { number: virtual, ...expiry, cvc: canaryCvc() },
        network_token: { number: network, ...expiry, cryptogram: canarySecret(), eci: '05' },
      },
    })
    const shown = (number: string, brand: string) => ({
      brand,
      bin: number.slice(0, 6),
      last4: number.slice(-4),
      exp_month: '01',
      exp_year: '2030',
    })
    expect(made.at('credentials')).toEqual({
      virtual_card: shown(virtual, 'visa'),
      network_token: { ...shown(network, 'mastercard'), eci: '05' },
    })
    const read = await shop.call('GET', `/v1/tokens/${made.textAt('id')}`)
    expect(read.at('credentials')).toEqual(Object(made.at('credentials')))
  })

  test.each([
    [{}, { number: '4242424242424241' }, 422, 'card.number'],
    [{}, { number: '4242' }, 422, 'card.number'],
    [{}, { exp_month: 13 }, 400, 'card.exp_month'],
    [{}, { exp_month: '13' }, 422, 'card.exp_month'],
    [{}, { exp_month: 1, exp_year: 2027 }, 422, 'card.exp_month'],
    [{}, { exp_year: 2026 }, 422, 'card.exp_year'],
    [{ cvc: '1234' }, {}, 422, 'cvc'],
    [{ cvc: '12' }, {}, 422, 'cvc'],
    [{ bank_account: { account_number: '12345678' } }, {}, 400, 'bank_account'],
    [{ type: 'bank_account' }, {}, 400, 'card'],
    [{ type: 'coupon' }, {}, 400, 'type'],
    [{ expires_at: '2027-03-01T12:00:00Z' }, {}, 400, 'expires_at'],
    [{ expires_at: 'tomorrow' }, {}, 400, 'expires_at'],
    [{ expires_at: '2030-01-31' }, {}, 400, 'expires_at'],
    [{ expires_at: '2030-13-31T00:00:00Z' }, {}, 400, 'expires_at'],
    [{ allowed_hosts: ['https://a.example'] }, {}, 400, 'allowed_hosts[0]'],
    [{ allowed_hosts: ['a.example', 'b.example:8443'] }, {}, 400, 'allowed_hosts[1]'],
    [{ allowed_hosts: ['*.example'] }, {}, 400, 'allowed_hosts[0]'],
    [
      { credentials: { virtual_card: { exp_month: 1 } } },
      {},
      400,
      'credentials.virtual_card.number',
    ],
  ])('%j with %j is refused with %d for %s', async (more, card, status, param) => {
    const before = await shop.call('GET', '/v1/tokens?limit=1')
    const made = await store(more, card)
    expect(made.status).toBe(status)
    expect(made.at('error', 'param')).toBe(param)
    expect((await shop.call('GET', '/v1/tokens?limit=1')).text).toBe(before.text)
  })

  test.each([
    [{ order: canaryCard() }],
    [{ order: `number ${canaryCard().replace(/(.{4})/g, '$1-')}` }],
    [{ [canaryCard()]: 'x' }],
    [{ order: 'x'.repeat(501) }],
    [{ ['x'.repeat(65)]: '1' }],
    [Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`n${at}`, 'v']))],
    [{ order: 1 }],
  ])('metadata %# is refused', async (metadata) => {
    const made = await store({ metadata })
    expect(made.status).toBe(400)
    expect(made.textAt('error', 'param')).toStartWith('metadata')
  })

  test('metadata up to its limits is kept as it is', async () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`${at}`.padEnd(64, 'n'), '“€”'.padEnd(500, 'v')]),
    )
    expect((await store({ metadata })).at('metadata')).toEqual(metadata)
    const own = JSON.parse('{"__proto__":"a","constructor":"b"}')
    expect((await store({ metadata: own })).text).toContain(
      '"metadata":{"__proto__":"a","constructor":"b"}',
    )
  })
})

test('a bank account is stored with its routing number', async () => {
  const account_number = canaryAccountNumber()
  const made = await shop.call('POST', '/v1/tokens', {
    type: 'bank_account',
    bank_account: {
      account_number,
      routing_number: '110000000',
      account_type: 'checking',
      holder: 'B',
    },
  })
  expect(made.at('bank_account')).toEqual({
    last4: account_number.slice(-4),
    routing_number: '110000000',
    account_type: 'checking',
    country: null,
    holder: 'B',
  })
  expect(made.text).not.toContain(account_number)
  const answer = await shop.call('POST', `/v1/tokens/${made.textAt('id')}/reveal`)
  expect(answer.at('bank_account', 'account_number')).toBe(account_number)
  const change = { card: { exp_month: 1, exp_year: 2035 } }
  const refused = await shop.call('PATCH', `/v1/tokens/${made.textAt('id')}`, change)
  expect(refused.at('error')).toMatchObject({ code: 'invalid_request', param: 'card' })
})

describe('a list', () => {
  test('goes through every token once, newest first', async () => {
    const key = await shop.newKey(['tokens:write', 'tokens:read'], {
      tenant: await shop.newTenant('lister'),
    })
    const made: string[] = []
    for (let i = 0; i < 5; i++) {
      now += 1000
      made.unshift((await store({}, {}, as(key))).textAt('id'))
    }
    const seen: unknown[] = []
    for (let cursor = ''; ;) {
      const page = await shop.call('GET', `/v1/tokens?limit=2${cursor}`, undefined, as(key))
      const data = page.at('data')
      seen.push(...(Array.isArray(data) ? data : []).map((one) => one.id))
      if (page.at('next_cursor') === null) break
      cursor = `&cursor=${page.textAt('next_cursor')}`
    }
    expect(seen).toEqual(made)
    const whole = await shop.call('GET', '/v1/tokens?limit=5', undefined, as(key))
    expect(whole.at('next_cursor')).toBeNull()
  })

  test('by fingerprint finds every token of one number, within the tenant', async () => {
    const number = canaryCard()
    const first = await store({}, { number })
    now += 1000
    const second = await store({}, { number, exp_year: 2032 })
    await store()
    const fingerprint = first.textAt('fingerprint')
    expect(second.at('fingerprint')).toBe(fingerprint)
    const found = await shop.call('GET', `/v1/tokens?fingerprint=${fingerprint}`)
    expect([found.at('data', 0, 'id'), found.at('data', 1, 'id'), found.at('data', 2)]).toEqual([
      second.at('id'),
      first.at('id'),
      undefined,
    ])
  })
})

describe('a change', () => {
  test('of expiry and metadata', async () => {
    const path = `/v1/tokens/${(await store({ metadata: { a: '1' } })).textAt('id')}`
    const expires_at = '2030-01-01T00:00:00.5+02:00'
    const changed = await shop.call('PATCH', path, {
      card: { exp_month: '4', exp_year: 33 },
      metadata: { b: '2' },
      expires_at,
    })
    expect(changed.json).toMatchObject({
      card: { exp_month: '04', exp_year: '2033', holder: 'Ada', brand: 'visa' },
      metadata: { b: '2' },
      expires_at: '2029-12-31T22:00:00Z',
    })
    const cleared = await shop.call('PATCH', path, { expires_at: null })
    expect(cleared.at('expires_at')).toBeNull()
    expect(cleared.at('metadata')).toEqual({ b: '2' })
  })

  test('of nothing changes nothing', async () => {
    const path = `/v1/tokens/${(await store()).textAt('id')}`
    const before = await shop.call('GET', path)
    const same = await shop.call('PATCH', path, {})
    expect([same.status, same.text]).toEqual([200, before.text])
  })

  test.each([
    [{ metadata: { a: canaryCard() } }, 400],
    [{ card: { exp_month: 1, exp_year: 2020 } }, 422],
    [{ card: { exp_month: 1 } }, 400],
    [{ card: { number: canaryCard() } }, 400],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 400],
    [{ type: 'bank_account' }, 400],
  ])('%# is refused and changes nothing', async (change, status) => {
    const path = `/v1/tokens/${(await store()).textAt('id')}`
    const before = await shop.call('GET', path)
    expect((await shop.call('PATCH', path, change)).status).toBe(status)
    expect((await shop.call('GET', path)).text).toBe(before.text)
  })
})

test('a deleted token is gone', async () => {
  const path = `/v1/tokens/${(await store()).textAt('id')}`
  const answer = await shop.call('DELETE', path)
  expect([answer.status, answer.text]).toEqual([204, ''])
  expect((await shop.call('GET', path)).at('error', 'code')).toBe('token_unknown')
  expect((await shop.call('DELETE', path)).status).toBe(404)
})

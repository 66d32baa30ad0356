/**
 * @module PSPs' webhooks: believed when they are signed, recorded once, answered in the PSP's form; the record is its owner's.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canaryCard, canarySecret } from '../support/canary.ts'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'

const SECRET = canarySecret().slice(0, 32)
const number = canaryCard()
let shop: TestGateway
let account: string

beforeAll(async () => {
  shop = await startGateway({ toml: '[server]\npublic_url = "https://pay.shop.test"\n' })
  account = (await makeAccount({ merchant_secret: SECRET })).textAt('id')
})
afterAll(() => shop.close())

let accounts = 0

function makeAccount(credentials: object, more: object = {}, headers = {}): Promise<Answered> {
  const ids = { merchant_id: 'm-1', application_key: 'shop' }
  const body = {
    adapter: 'praxis',
    mode: 'sandbox',
    name: `praxis ${++accounts}`,
    credentials: { ...ids, ...credentials },
    ...more,
  }
  return shop.call('POST', '/v1/accounts', body, headers)
}

function signed(message: Readonly<Record<string, unknown>>, secret = SECRET): object {
  const names = Object.keys(message).toSorted()
  const text = names.map((name) => String(message[name] ?? '')).join('')
  const signature = createHash('sha384')
    .update(text + secret)
    .digest('hex')
  return { ...message, signature }
}

let orders = 0
const message = (more: object = {}) => ({
  merchant_id: 'm-1',
  application_key: 'shop',
  transaction_type: 'sale',
  transaction_status: 'approved',
  trace_id: 1_000_000_001,
  order_id: `order-${++orders}`,
  version: '1.2',
  ...more,
})

/** Sends a message as a PSP would: without a key of ours. */
function notify(body: object | string, to = account, headers = {}): Promise<Answered> {
  return shop.call('POST', `/v1/notifications/${to}`, body, { authorization: '', ...headers })
}

async function newest(): Promise<Answered> {
  const list = await shop.call('GET', '/v1/notifications?limit=1')
  return shop.call('GET', `/v1/notifications/${list.textAt('data', 0, 'id')}`)
}

describe('a message', () => {
  test('that is signed is recorded with what it says, and acknowledged signed', async () => {
    const sent = signed(message({ order_id: 'order-a' }))
    const answer = await notify(sent)
    expect(answer.status).toBe(200)
    expect(answer.at('status')).toBe(0)
    const { signature, ...said } = answer.json as Readonly<Record<string, unknown>>
    expect(signed(said)).toHaveProperty('signature', signature)
    const kept = await newest()
    expect(kept.json).toEqual({
      id: kept.at('id'),
      account,
      verified: true,
      reference: '1000000001',
      merchant_reference: 'order-a',
      outcome: {
        kind: 'approved',
        reference: '1000000001',
        psp: { code: 'approved', message: null },
      },
      received_at: kept.at('received_at'),
      body: sent,
    })
    expect(kept.textAt('id')).toStartWith('ntf_')
  })

  test('that is not signed right is refused in the PSP’s form, and nothing in it is believed', async () => {
    for (const body of [
      signed(message(), 'other'),
      { ...signed(message()), transaction_status: 'chargeback' },
      message(),
      signed(message({ merchant_id: 'm-2' })),
      { a: 1 },
      [1],
      'not JSON at all',
      '',
    ]) {
      const answer = await notify(body)
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({ status: 400, description: 'Invalid signature.' })
      expect(answer.text).not.toContain('signature"')
      const kept = await newest()
      expect(kept.json).toMatchObject({
        verified: false,
        reference: null,
        merchant_reference: null,
        outcome: null,
      })
    }
  })

  test('that is sent again is acknowledged again and recorded once', async () => {
    const sent = signed(message())
    await notify(sent)
    const first = await newest()
    expect((await notify(sent)).at('status')).toBe(0)
    expect((await newest()).at('id')).toBe(first.at('id'))
  })

  test('loses what looks like a card number, wherever it stands', async () => {
    const sent = signed(message({ order_id: number, card_number: `PAN ${number}` }))
    await notify(sent)
    await notify({ ...sent, pan: Number(number) })
    const page = await shop.call('GET', '/v1/notifications?limit=2')
    expect(page.text).not.toContain(number)
    expect(page.at('data', 1)).toMatchObject({ verified: true })
    expect(page.textAt('data', 1, 'merchant_reference')).toContain('****')
    const file = readFileSync(join(shop.folder, 'pangate.db'))
    expect(file.includes('order-a')).toBe(false)
    expect(shop.log()).not.toContain('order-')
  })

  test('to an account of 1.3 is checked by its header', async () => {
    const options = { version: '1.3' }
    const direct = (await makeAccount({ merchant_secret: SECRET }, { options })).textAt('id')
    const body =
      '{"merchant_id":"m-1","application_key":"shop","timestamp":1700000000,"customer":{"customer_token":"c"},' +
      '"session":{"order_id":"o-13"},"transaction":{"tid":77,"currency":"USD","amount":10.00,"conversion_rate":null,' +
      '"processed_currency":"USD","processed_amount":10.00,"transaction_status":"rejected"},"version":"1.3"}'
    const text = `m-1shop1700000000co-1377USD10.00USD10.00${SECRET}`
    const right = createHash('sha384').update(text).digest('hex')
    const good = await notify(body, direct, { 'GT-Authentication': right })
    expect(good.json).toMatchObject({ status: 0, version: '1.3' })
    expect(good.headers.get('gt-authentication')).toMatch(/^[0-9a-f]{96}$/)
    expect((await newest()).json).toMatchObject({
      verified: true,
      reference: '77',
      merchant_reference: 'o-13',
      outcome: { kind: 'declined' },
    })
    const wrong = await notify(body, direct, { 'GT-Authentication': right.replace(/^./, 'x') })
    expect(wrong.status).toBe(400)
    expect(wrong.headers.get('gt-authentication')).toBeNull()
  })
})

describe('is refused', () => {
  test('where there is no such account, or its PSP sends none', async () => {
    expect((await notify({}, 'acct_none')).at('error', 'code')).toBe('not_found')
    const stripe = await shop.call('POST', '/v1/accounts', {
      adapter: 'stripe',
      mode: 'sandbox',
      name: 'stripe',
      credentials: { api_key: canarySecret() },
    })
    const { status } = await notify({}, stripe.textAt('id'))
    expect([200, 404]).toContain(status)
  })

  test('what is too large for a notification, and what is compressed', async () => {
    const before = (await newest()).at('id')
    const large = await notify(signed(message({ filler: 'x'.repeat(65_536) })))
    expect([large.status, large.at('error', 'code')]).toEqual([413, 'body_too_large'])
    const packed = await notify('x', account, { 'content-encoding': 'gzip' })
    expect(packed.status).toBe(415)
    expect((await newest()).at('id')).toBe(before)
  })
})

describe('the record', () => {
  test('holds the last hundred that were not genuine, and every one that was', async () => {
    const own = (await makeAccount({ merchant_secret: SECRET })).textAt('id')
    await notify(signed(message({ order_id: 'kept' })), own)
    for (let at = 0; at < 105; at++) await notify({ at }, own)
    const seen: unknown[] = []
    let cursor = ''
    do {
      const page = await shop.call('GET', `/v1/notifications?limit=100${cursor}`)
      // A page of the API.
      seen.push(...(page.at('data') as { account: string }[]).filter((one) => one.account === own))
      cursor = page.at('next_cursor') === null ? '' : `&cursor=${page.textAt('next_cursor')}`
    } while (cursor !== '')
    expect(seen).toHaveLength(101)
    expect(seen.at(-1)).toMatchObject({ merchant_reference: 'kept' })
  })

  test("is its tenant's, and a test key does not see live accounts", async () => {
    await notify(signed(message({ order_id: 'own' })))
    const { id } = (await newest()).json as { id: string }
    const other = await shop.newKey(['forwards:read'], { tenant: await shop.newTenant('other') })
    expect((await shop.call('GET', '/v1/notifications', undefined, as(other))).at('data')).toEqual(
      [],
    )
    const path = `/v1/notifications/${id}`
    expect((await shop.call('GET', path, undefined, as(other))).status).toBe(404)
    const live = (await makeAccount({ merchant_secret: SECRET }, { mode: 'live' })).textAt('id')
    await notify(signed(message({ order_id: 'live' })), live)
    expect((await newest()).at('merchant_reference')).toBe('live')
    const test = as(await shop.newKey(['forwards:read'], { test: true }))
    const seen = await shop.call('GET', '/v1/notifications?limit=1', undefined, test)
    expect(seen.at('data', 0, 'merchant_reference')).toBe('own')
  })
})

test('a secret of more than 32 bytes is refused when the account is made', async () => {
  const refused = await makeAccount({ merchant_secret: 'ä'.repeat(17) })
  expect(refused.status).toBe(400)
  expect(refused.at('error')).toMatchObject({
    code: 'invalid_request',
    param: 'credentials',
    message: 'Credentials of Praxis: merchant_secret is over 32 bytes.',
  })
})

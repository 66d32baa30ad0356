/** @module Ozura's API in this process: time running out, tokens given again, sessions of test cards, and nothing of a card left behind. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { canaryCard, canaryCvc } from '../../support/canary.ts'
import { startGateway, type Answered, type TestGateway } from '../../support/gateway.ts'
import { startPsp, type FakePsp } from '../../support/psp.ts'

let psp: FakePsp
let shop: TestGateway
let testKey: string
beforeAll(async () => {
  psp = await startPsp()
  shop = await startGateway({ psp, toml: '[egress]\ntimeout_ms = 400\n' })
  testKey = await shop.newKey(['forward', 'tokens:write'], { test: true })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
})
beforeEach(() => {
  psp.reply = () => ({})
  psp.arrivals.length = 0
})
afterAll(async () => {
  await shop.close()
  await psp.stop()
})

const card = (number: string, more = {}) => ({
  type: 'card',
  data: { cardNumber: number, expirationMonth: '12', expirationYear: '2034', ...more },
})

function send(path: string, body: unknown, key = shop.key, headers = {}): Promise<Answered> {
  return shop.call('POST', path, body, { authorization: '', 'x-api-key': key, ...headers })
}

function transaction(token: string, session: string, data: unknown, key = shop.key) {
  const body = { token, cvc_session_id: session, proxy_url: `${psp.url}/pay`, request_data: data }
  return send('/proxy/transaction', body, key)
}

test('a PSP that does not answer in time: 504, and nobody knows whether it was received', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  psp.reply = async () => {
    await promise
    return {}
  }
  const made = await send('/tokenize', card(canaryCard(), { cvv: canaryCvc() }))
  const [token, session] = [made.textAt('token'), made.textAt('cvc_session_id')]
  const late = await transaction(token, session, { c: '${cvv}' })
  resolve()
  expect(late.status).toBe(504)
  expect(late.json).toMatchObject({
    success: false,
    message: 'Request timeout',
    data: null,
    code: 'psp_timeout',
    sent: 'unknown',
  })
  const again = await transaction(token, session, { c: '${cvv}' })
  expect([again.status, again.at('message')]).toEqual([404, 'CVC session expired or not found'])
})

test('two calls at once with one session: one is sent', async () => {
  const made = await send('/tokenize', card(canaryCard(), { cvv: canaryCvc() }))
  const [token, session] = [made.textAt('token'), made.textAt('cvc_session_id')]
  const both = await Promise.all([1, 2].map(() => transaction(token, session, { c: '${cvv}' })))
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 404])
  expect(psp.arrivals).toHaveLength(1)
})

describe('test tokens', () => {
  const body = (number: string, cvc: string) => ({
    cardNumber: number,
    expirationMonth: '12',
    expirationYear: '34',
    cvc,
  })

  test('ten calls at once with one session: all are sent', async () => {
    const cvc = canaryCvc()
    const made = await send('/test-tokens', body(canaryCard(), cvc), testKey)
    const [token, session] = [made.textAt('token'), made.textAt('cvc_session_id')]
    const all = await Promise.all(
      Array.from({ length: 10 }, () => transaction(token, session, { c: '${cvv}' }, testKey)),
    )
    expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(psp.arrivals.map((arrival) => arrival.body)).toEqual(
      Array.from({ length: 10 }, () => `{"c":"${cvc}"}`),
    )
  })

  test('each is a token of its own, since each has a session of its own', async () => {
    const number = canaryCard()
    const first = await send('/test-tokens', body(number, canaryCvc()), testKey)
    const second = await send('/test-tokens', body(number, canaryCvc()), testKey)
    expect(first.status).toBe(201)
    expect(second.textAt('token')).not.toBe(first.textAt('token'))
  })
})

describe('the same card again', () => {
  const tokenOf = async (body: unknown, key?: string) => {
    const answer = await send('/tokenize', body, key)
    expect(answer.status).toBe(201)
    return { token: answer.textAt('token'), again: answer.at('deduplicated') }
  }

  test('is the same token, within one mode and one tenant', async () => {
    const number = canaryCard()
    const first = await tokenOf(card(number))
    expect(first.again).toBe(false)
    expect(await tokenOf(card(number.replace(/(.{4})/g, '$1 ').trim()))).toEqual({
      token: first.token,
      again: true,
    })
    expect((await tokenOf(card(number), testKey)).again).toBe(false)
    const other = await shop.newTenant(`other-${crypto.randomUUID()}`)
    const theirs = await shop.newKey(['tokens:write'], { tenant: other })
    expect((await tokenOf(card(number), theirs)).again).toBe(false)
  })

  test.each([
    ['another month', { expirationMonth: '11' }],
    ['another year', { expirationYear: '2035' }],
    ['a name', { firstName: 'Ann', lastName: 'Example' }],
  ])('with %s is another token', async (_, more) => {
    const number = canaryCard()
    const first = await tokenOf(card(number))
    const second = await tokenOf(card(number, more))
    expect([second.again, second.token === first.token]).toEqual([false, false])
  })

  test('does not give out a token that was stored for a purpose', async () => {
    const number = canaryCard()
    const own = { number, exp_month: 12, exp_year: 2034 }
    for (const more of [
      { metadata: { order: '1' } },
      { expires_at: '2040-01-01T00:00:00Z' },
      { allowed_hosts: ['psp.example'] },
    ]) {
      const answer = await shop.call('POST', '/v1/tokens', { type: 'card', card: own, ...more })
      expect(answer.status).toBe(201)
    }
    expect((await tokenOf(card(number))).again).toBe(false)
    const erased = await tokenOf(card(number))
    expect(erased.again).toBe(true)
    await shop.call('DELETE', `/v1/tokens/${erased.token}`)
    expect((await tokenOf(card(number))).again).toBe(false)
  })

  test('a bank account too', async () => {
    const body = {
      type: 'bank',
      data: { accountNumber: '987654321012', routingNumber: '110000000' },
    }
    const first = await tokenOf(body)
    expect(await tokenOf(body)).toEqual({ token: first.token, again: true })
  })
})

describe('a form', () => {
  const form = (body: string, headers: Readonly<Record<string, string>>) =>
    send('/proxy/transaction', body, shop.key, {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    })

  test('that is not UTF-8 is refused, and XML in UTF-16', async () => {
    const headers = { 'x-token': 'tok_a', 'x-proxy-url': `${psp.url}/pay` }
    const bytes = Uint8Array.of(0x61, 0x3d, 0xff)
    const one = await send('/proxy/transaction', bytes, shop.key, {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    })
    const two = await send(
      '/proxy/transaction',
      Uint8Array.from(Buffer.from('\ufeff<a>ü\ud83d\ude00</a>', 'utf16le')),
      shop.key,
      { 'content-type': 'application/xml', ...headers },
    )
    expect([one.status, one.at('message')]).toEqual([400, 'The body is not UTF-8.'])
    expect(two.status).toBe(400)
    expect(psp.arrivals).toHaveLength(0)
  })

  test('with a card number as the name of a query value: the answer does not repeat it', async () => {
    const number = canaryCard()
    const answer = await send(`/proxy/transaction?${number}=1`, 'a=b', shop.key, {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain(number)
  })

  test('of nothing but control fields is a request without a body', async () => {
    const made = await send('/tokenize', card(canaryCard()))
    const answer = await form(
      `token=${made.textAt('token')}&proxy_url=${encodeURIComponent(`${psp.url}/pay`)}&http_method=GET`,
      {},
    )
    expect(answer.status).toBe(200)
    expect(psp.arrivals[0]).toMatchObject({ method: 'GET', path: '/pay', body: '' })
  })
})

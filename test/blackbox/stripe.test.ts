/**
 * @module Stripe by account on the executable, built in and the same file from a folder: payments, refusals, answers that say nothing,
 * and every request by Stripe's own OpenAPI document.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { unknownToStripe } from '../adapters/stripe_document.ts'
import { stopAll } from '../support/binary.ts'
import { bothWays, makeAccount, putInFolder, trusting } from '../support/both_ways.ts'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import {
  install,
  startSandboxProgram,
  type Installed,
  type Reply,
  type SandboxProgram,
  type Served,
} from '../support/installed.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

setDefaultTimeout(60_000)

const ADAPTERS = bothWays('stripe')

let sandbox: SandboxProgram
let fake: FakePsp
let shop: Installed
let server: Served
/** By adapter: an account at the sandbox, and one at the PSP that answers as a test says. */
const accounts = new Map<string, { readonly sandbox: string; readonly fake: string }>()
const api_key = canarySecret().replace(/^canary/, 'sk_test_')

beforeAll(async () => {
  sandbox = await startSandboxProgram()
  fake = await startPsp()
  shop = await install(sandbox)
  server = await shop.serve({ ...trusting(shop, sandbox, fake), ...putInFolder(shop, 'stripe') })
  await server.call('POST', '/v1/destinations', { host: 'localhost', port: fake.port })
  for (const adapter of ADAPTERS) {
    const at = {
      sandbox: await account(adapter, sandbox.url),
      fake: await account(adapter, fake.url),
    }
    accounts.set(adapter, at)
  }
})
afterAll(async () => {
  await stopAll()
  await fake.stop()
})

const account = (adapter: string, base_url: string): Promise<string> =>
  makeAccount(server, {
    ...{ adapter, name: `${adapter} at ${base_url}`, options: {}, base_url },
    credentials: { api_key },
  })

async function store(number: string, cvc = '123') {
  const card = { number, exp_month: 12, exp_year: 2034, holder: 'Zoë & Co' }
  const made = await server.call('POST', '/v1/tokens', { type: 'card', card, cvc })
  return { token: made.textAt('id'), cvc_session: made.textAt('cvc_session', 'id') }
}

const forward = (to: string, operation: string, more: object, headers = {}): Promise<Reply> =>
  server.call('POST', '/v1/forward', { account: to, operation, ...more }, headers)
const EUR = { amount: { minor: 1999, currency: 'EUR' } }
const of = (adapter: string) => accounts.get(adapter) ?? { sandbox: '', fake: '' }

describe.each(ADAPTERS)('%s', (adapter) => {
  const pay = async (number: string, operation = 'purchase', more: object = {}) =>
    forward(of(adapter).sandbox, operation, { ...(await store(number)), ...EUR, ...more })

  test('authorize, capture, refund; void; purchase', async () => {
    const to = of(adapter).sandbox
    const held = await pay('4242424242424242', 'authorize')
    expect(held.at('outcome')).toMatchObject({
      kind: 'approved',
      psp: { code: 'requires_capture' },
    })
    const reference = held.textAt('outcome', 'reference')
    const taken = await forward(to, 'capture', {
      reference,
      amount: { minor: 1500, currency: 'EUR' },
    })
    expect(taken.at('outcome')).toMatchObject({ kind: 'approved', reference })
    const back = await forward(to, 'refund', { reference, amount: { minor: 500, currency: 'EUR' } })
    expect(back.at('outcome', 'kind')).toBe('approved')
    const other = (await pay('4242424242424242', 'authorize')).textAt('outcome', 'reference')
    const voided = await forward(to, 'void', { reference: other })
    expect(voided.at('outcome')).toMatchObject({ kind: 'approved', psp: { code: 'canceled' } })
    expect((await pay('4242424242424242')).at('outcome', 'kind')).toBe('approved')
  })

  test("a decline, a refusal and 3-D Secure, in Stripe's own code and words", async () => {
    const poor = await pay('4000000000009995')
    expect(poor.at('outcome')).toMatchObject({
      kind: 'declined',
      code: 'insufficient_funds',
      psp: { code: 'insufficient_funds', message: poor.at('response', 'body', 'error', 'message') },
    })
    const asked = await pay('4000002760003184', 'purchase', {
      return_url: 'https://shop.test/back',
    })
    expect(asked.at('outcome')).toMatchObject({
      kind: 'action_required',
      url: expect.stringMatching(/^https:/),
    })
    const none = await forward(of(adapter).sandbox, 'capture', { reference: 'pi_none' })
    expect(none.at('outcome')).toMatchObject({
      kind: 'refused',
      code: 'request',
      psp: {
        code: none.at('response', 'body', 'error', 'code'),
        message: none.at('response', 'body', 'error', 'message'),
      },
    })
  })

  test("every request is one that Stripe's OpenAPI document knows", async () => {
    const [number, cvc] = [canaryCard(), canaryCvc()]
    const to = of(adapter).fake
    fake.reply = () => ({ body: '{"id":"pi_1","status":"succeeded"}' })
    const most = {
      ...EUR,
      reference: 'pi_1',
      return_url: 'https://shop.test/back?a=1&b=2',
      customer: { id: '7', email: 'a+b@shop.test', phone: '+49 30 1', first_name: 'Zoë' },
      billing_address: { line1: 'Straße 1', line2: 'Hof', city: 'Berlin', country: 'DE' },
      device: { ip: '203.0.113.7' },
      extra: { metadata: { order: '7' } },
    }
    const runs: readonly (readonly [string, object])[] = [
      ['purchase', { ...(await store(number, cvc)), ...EUR }],
      ['purchase', { ...(await store(number, cvc)), ...most }],
      ['authorize', { ...(await store(number, cvc)), ...most, extra: { off_session: true } }],
      ['purchase', { ...(await store(number, cvc)), amount: { minor: 5120, currency: 'KWD' } }],
      ['capture', { reference: 'pi_1' }],
      ['capture', { reference: 'pi_1', ...EUR, extra: { statement_descriptor: 'SHOP' } }],
      ['void', { reference: 'pi_1', extra: { cancellation_reason: 'duplicate' } }],
      ['refund', { reference: 'pi_1' }],
      ['refund', { reference: 'pi_1', ...EUR, extra: { reason: 'duplicate' } }],
    ]
    for (const [operation, more] of runs) {
      fake.arrivals.length = 0
      const said = await forward(to, operation, more, {
        'idempotency-key': `${adapter}-${Bun.randomUUIDv7()}`,
      })
      expect(said.at('sent'), said.text).toBe('yes')
      const [arrived] = fake.arrivals
      expect(unknownToStripe(arrived ?? { method: '', path: '', body: '' })).toEqual([])
      expect(arrived?.headers).toMatchObject({
        authorization: `Bearer ${api_key}`,
        'content-type': 'application/x-www-form-urlencoded',
        'idempotency-key': expect.stringMatching(/./),
      })
      const form = new URLSearchParams(arrived?.body)
      if ('token' in more) expect(form.get('payment_method_data[card][number]')).toBe(number)
      else expect(arrived?.body).not.toContain('card')
    }
    // The check itself finds what is not Stripe's.
    const extra = { amont: 5 }
    fake.arrivals.length = 0
    await forward(to, 'purchase', { ...(await store(number, cvc)), ...EUR, extra })
    expect(fake.arrivals.flatMap(unknownToStripe)).toEqual(['amont: not known'])
  })

  test("amounts follow ISO 4217 and Stripe's exceptions", async () => {
    const { token } = await store('4242424242424242')
    for (const [minor, currency, sent] of [
      [1999, 'EUR', '1999'],
      [730, 'JPY', '730'],
      [5120, 'KWD', '5120'],
      [12, 'ISK', '1200'],
      [1200, 'MGA', '12'],
    ] as const) {
      const body = { token, amount: { minor, currency }, dry_run: true }
      const shown = await forward(of(adapter).sandbox, 'purchase', body)
      expect(new URLSearchParams(shown.textAt('request', 'body')).get('amount'), currency).toBe(
        sent,
      )
    }
  })

  test('an answer that says nothing for certain is neither approved nor declined', async () => {
    const cards = await store('4242424242424242')
    for (const reply of [
      { status: 200, body: '<!doctype html><h1>succeeded</h1>' },
      { status: 200, body: '' },
      { status: 200, body: '{"id":"pi_1","status":"succ' },
      { status: 200, body: 'null' },
      { status: 200, body: '[]' },
      { status: 200, body: '{"status":"succeeded"}' },
      { status: 200, body: '{"id":"pi_1","status":"a new one"}' },
      { status: 502, body: '<html>Bad gateway</html>' },
      { status: 500, body: '{"id":"pi_1","status":"succeeded"}' },
      { status: 402, body: '{}' },
    ]) {
      fake.reply = () => reply
      const said = await forward(of(adapter).fake, 'purchase', { token: cards.token, ...EUR })
      expect(said.at('sent')).toBe('yes')
      expect(['unrecognised', 'refused']).toContain(said.textAt('outcome', 'kind'))
      if (reply.status === 200) {
        expect(said.at('outcome')).toMatchObject({
          kind: 'unrecognised',
          reason: expect.stringMatching(/\w/),
        })
      }
    }
  })
})

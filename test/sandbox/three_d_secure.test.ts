/**
 * @module 3-D Secure: the page asks, the answer settles the payment, the cardholder goes back to the shop.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Stripe } from './support.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { client, refusal, send, start } from './support.ts'

let sandbox: Sandbox
let stripe: Stripe
beforeAll(async () => {
  sandbox = await start()
  stripe = client(sandbox)
})
afterAll(() => sandbox.stop())

/** Card data of one's own: Stripe's types leave it out, its API takes it. */
const cardData = (number: string) => ({
  type: 'card' as const,
  card: { number, exp_month: 12, exp_year: 2030, cvc: '123' },
})
const pay = (number: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2000,
    currency: 'eur',
    confirm: true,
    return_url: 'https://shop.example/back?order=7',
    payment_method_data: cardData(number),
    ...more,
  })

/** The path of the bank's page. */
const page = (intent: { next_action: unknown }): string => {
  const action = intent.next_action as Stripe.PaymentIntent.NextAction
  const url = new URL(action.redirect_to_url?.url ?? '')
  expect(url.origin).toBe(sandbox.url)
  return url.pathname
}
const answer = (path: string, action: string) =>
  send(sandbox, path, {
    body: `action=${action}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })

test.each(['4000002500003155', '4000002760003184', '4000000000003220'])(
  '%s: yes pays',
  async (number) => {
    const intent = await pay(number)
    expect([intent.status, intent.latest_charge, intent.amount_received]).toEqual([
      'requires_action',
      null,
      0,
    ])
    const path = page(intent)
    const form = await send(sandbox, path)
    expect([
      form.status,
      form.headers['content-type'],
      form.text.includes('<form method="post">'),
    ]).toEqual([200, 'text/html; charset=utf-8', true])
    const back = await answer(path, 'complete')
    const to = new URL(back.headers.location ?? '')
    expect([
      back.status,
      to.origin,
      to.searchParams.get('order'),
      to.searchParams.get('payment_intent'),
      to.searchParams.get('redirect_status'),
    ]).toEqual([303, 'https://shop.example', '7', intent.id, 'succeeded'])
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'succeeded',
      amount_received: 2000,
      next_action: null,
    })
    expect((await answer(path, 'complete')).status).toBe(404)
  },
)

test('no fails, and the payment can be tried again', async () => {
  const intent = await pay('4000002760003184')
  const back = await answer(page(intent), 'fail')
  expect(back.headers.location).toContain('redirect_status=failed')
  const failed = await stripe.paymentIntents.retrieve(intent.id)
  expect([failed.status, failed.last_payment_error?.code]).toEqual([
    'requires_payment_method',
    'payment_intent_authentication_failure',
  ])
  expect(
    (await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' })).status,
  ).toBe('succeeded')
})

test.each([
  ['4000008400001629', 'generic_decline'],
  ['4000008260003178', 'insufficient_funds'],
])('%s is declined after a yes', async (number, reason) => {
  const intent = await pay(number)
  expect((await answer(page(intent), 'complete')).headers.location).toContain(
    'redirect_status=failed',
  )
  const failed = await stripe.paymentIntents.retrieve(intent.id)
  expect([failed.status, failed.last_payment_error?.decline_code]).toEqual([
    'requires_payment_method',
    reason,
  ])
})

test('manual capture holds the amount after a yes', async () => {
  const intent = await pay('4000000000003220', { capture_method: 'manual' })
  await answer(page(intent), 'complete')
  expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_capture')
})

test('without the cardholder it is declined, unless the card allows that', async () => {
  for (const more of [{ off_session: true }, { error_on_requires_action: true }]) {
    const error = await refusal(pay('4000002760003184', more))
    expect([error.statusCode, error.code, error.charge]).toEqual([
      402,
      'authentication_required',
      undefined,
    ])
  }
  expect((await pay('4000003800000446', { off_session: true })).status).toBe('succeeded')
  expect((await pay('4000003800000446')).status).toBe('requires_action')
})

test('without a return_url it is left to the client library', async () => {
  const params = { return_url: undefined } as unknown as Partial<Stripe.PaymentIntentCreateParams>
  expect((await pay('4000002760003184', params)).next_action?.type).toBe('use_stripe_sdk')
})

test('a page is closed when the payment is cancelled or confirmed anew, and takes nothing but its two answers', async () => {
  const cancelled = await pay('4000002760003184')
  await stripe.paymentIntents.cancel(cancelled.id)
  expect((await answer(page(cancelled), 'complete')).status).toBe(404)
  const first = await pay('4000002760003184')
  expect((await answer(page(first), 'perhaps')).status).toBe(400)
  const second = await stripe.paymentIntents.confirm(first.id, {
    return_url: 'https://shop.example/',
  })
  expect((await answer(page(first), 'complete')).status).toBe(404)
  expect((await answer(page(second), 'complete')).status).toBe(303)
})

test('setups ask too', async () => {
  const setup = await stripe.setupIntents.create({
    confirm: true,
    payment_method: 'pm_card_authenticationRequired',
    return_url: 'https://shop.example/',
  })
  expect(setup.status).toBe('requires_action')
  const back = await answer(page(setup), 'complete')
  expect(back.headers.location).toContain(`setup_intent=${setup.id}`)
  expect((await stripe.setupIntents.retrieve(setup.id)).status).toBe('succeeded')
})

/**
 * @module The PaymentIntents API. https://docs.stripe.com/api/payment_intents
 */
import { atLeastOne, readAmount } from './amount.ts'
import { attempt } from './attempt.ts'
import type { Cardholder } from './attempt.ts'
import { openChallenge, readReturnUrl } from './challenge.ts'
import { makeCharge } from './charge.ts'
import { declined, invalid, noSuch, unexpectedState } from './error.ts'
import type { StripeError } from './error.ts'
import { readMetadata, readWords } from './metadata.ts'
import type { Params } from './params.ts'
import { CANCELLATIONS, showIntent } from './payment_intent.ts'
import type { PaymentIntent } from './payment_intent.ts'
import { readMethod, showMethod } from './payment_method.ts'
import { newId } from './state.ts'
import type { State } from './state.ts'

const CAPTURES = ['automatic', 'automatic_async', 'manual'] as const
const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action']
const CANCELABLE = [...CONFIRMABLE, 'requires_capture']

/** `POST /v1/payment_intents`, with `confirm=true` the payment as well. */
export function createIntent(state: State, params: Params): PaymentIntent {
  const money = readAmount(params)
  const confirm = params.flag('confirm') ?? false
  for (const name of ['return_url', 'off_session', 'error_on_requires_action']) {
    if (confirm || !params.has(name)) continue
    throw invalid(
      `The parameter \`${name}\` cannot be passed when creating a PaymentIntent unless \`confirm\` is set to true.`,
      { param: name },
    )
  }
  const types = [
    ...params.list('payment_method_types'),
    ...params.list('allowed_payment_method_types'),
  ]
  const id = newId('pi')
  const given = {
    ...money,
    capture_method: params.choice('capture_method', CAPTURES) ?? 'automatic_async',
    confirmation_method: params.choice('confirmation_method', ['automatic', 'manual']),
    setup_future_usage: params.choice('setup_future_usage', ['off_session', 'on_session']) ?? null,
    metadata: readMetadata(params),
    words: readWords(params),
  }
  readReturnUrl(params)
  // Read last, so that no card is kept for a call that is refused.
  const method = readMethod(state, params)
  const intent: PaymentIntent = {
    ...given,
    confirmation_method: given.confirmation_method ?? 'automatic',
    id,
    created: state.now(),
    client_secret: `${id}_secret_${newId('x').slice(2)}`,
    types: types.length > 0 ? types : ['card'],
    method,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    next_action: null,
    last_payment_error: null,
    latest_charge: null,
    amount_capturable: 0,
    amount_received: 0,
    canceled_at: null,
    cancellation_reason: null,
  }
  state.intents.set(id, intent)
  return confirm ? confirmWith(state, intent, params) : intent
}

/** `GET /v1/payment_intents/:id`. */
export function getIntent(state: State, id: string): PaymentIntent {
  const intent = state.intents.get(id)
  if (!intent) throw noSuch('payment_intent', id, 'intent', 404)
  return intent
}

/** `POST /v1/payment_intents/:id/confirm`. */
export function confirmIntent(state: State, id: string, params: Params): PaymentIntent {
  const intent = getIntent(state, id)
  expectStatus(intent, CONFIRMABLE, 'confirmed')
  readReturnUrl(params)
  const method = readMethod(state, params)
  intent.capture_method = params.choice('capture_method', CAPTURES) ?? intent.capture_method
  if (method) intent.method = method
  return confirmWith(state, intent, params)
}

function confirmWith(state: State, intent: PaymentIntent, params: Params): PaymentIntent {
  if (!intent.method) {
    throw unexpectedState(
      'payment_intent',
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
      showIntent(intent),
    )
  }
  if (!intent.types.includes('card')) {
    throw invalid(
      `The PaymentMethod provided (card) is not allowed for this PaymentIntent. Please attach a PaymentMethod of one of the following types: ${intent.types.join(', ')}.`,
      { param: 'payment_method', acted: true },
    )
  }
  const absent = params.flag('error_on_requires_action') || isOffSession(params)
  return pay(state, intent, absent ? 'absent' : 'present', readReturnUrl(params))
}

/** Tries the card. Also called when the cardholder has proved who they are. */
export function pay(
  state: State,
  intent: PaymentIntent,
  cardholder: Cardholder,
  returnUrl: string | null,
): PaymentIntent {
  const { amount, currency, metadata, method, words } = intent
  // Both callers have checked that there is a method; without one there is nothing to try.
  if (!method) return intent
  const result = attempt(method.card, cardholder, 'charge')
  if (result.kind === 'authenticate') {
    intent.status = 'requires_action'
    intent.next_action = openChallenge(state, 'payment', intent.id, returnUrl)
    return intent
  }
  const capture = intent.capture_method !== 'manual'
  const failure = result.kind === 'declined' ? result.reason : null
  intent.next_action = null
  const attempted = failure !== 'authentication_required'
  if (attempted) {
    const money = { amount, currency, metadata, words, card: method.card }
    const charge = makeCharge(state, { ...money, method, intent: intent.id, capture, failure })
    intent.latest_charge = charge.id
  }
  if (failure) {
    const charge = attempted && intent.latest_charge ? { charge: intent.latest_charge } : {}
    const objects = { ...charge, payment_method: showMethod(method) }
    throw fail(intent, declined(failure, objects))
  }
  intent.status = capture ? 'succeeded' : 'requires_capture'
  intent.amount_received = capture ? amount : 0
  intent.amount_capturable = capture ? 0 : amount
  intent.last_payment_error = null
  return intent
}

/** Puts the intent back to the start. @returns the error as a caller gets it, with the intent in it */
export function fail(intent: PaymentIntent, error: StripeError): StripeError {
  intent.status = 'requires_payment_method'
  intent.next_action = null
  intent.last_payment_error = error
  intent.method = null
  return error.with({ payment_intent: showIntent(intent) })
}

/** `POST /v1/payment_intents/:id/capture`, perhaps of less; the rest is released. */
export function captureIntent(state: State, id: string, params: Params): PaymentIntent {
  const intent = getIntent(state, id)
  const amount = params.integer('amount_to_capture') ?? intent.amount
  if (intent.status === 'succeeded') {
    throw unexpectedState(
      'payment_intent',
      'The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount has been released.',
      showIntent(intent),
    )
  }
  expectStatus(intent, ['requires_capture'], 'captured')
  atLeastOne(amount, 'amount_to_capture')
  if (amount > intent.amount_capturable) {
    throw invalid(
      'The payment could not be captured because the requested capture amount is greater than the amount you can capture for this charge.',
      { code: 'amount_too_large', acted: true, objects: { payment_intent: showIntent(intent) } },
    )
  }
  const charge = state.charges.get(intent.latest_charge ?? '')
  if (charge) {
    charge.captured = true
    charge.amount_captured = amount
  }
  intent.status = 'succeeded'
  intent.amount_received = amount
  intent.amount_capturable = 0
  return intent
}

/** `POST /v1/payment_intents/:id/cancel`; what was held is released. */
export function cancelIntent(state: State, id: string, params: Params): PaymentIntent {
  const intent = getIntent(state, id)
  const reason = params.choice('cancellation_reason', CANCELLATIONS) ?? null
  if (!CANCELABLE.includes(intent.status)) {
    throw unexpectedState(
      'payment_intent',
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${CANCELABLE.join(', ')}.`,
      showIntent(intent),
    )
  }
  intent.status = 'canceled'
  intent.canceled_at = state.now()
  intent.cancellation_reason = reason
  intent.amount_capturable = 0
  intent.next_action = null
  return intent
}

function expectStatus(intent: PaymentIntent, allowed: readonly string[], done: string): void {
  if (allowed.includes(intent.status)) return
  throw unexpectedState(
    'payment_intent',
    `This PaymentIntent could not be ${done} because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be ${done}: ${allowed.join(', ')}.`,
    showIntent(intent),
  )
}

/** `off_session` is a flag, or says why: `one_off`, `recurring`. */
function isOffSession(params: Params): boolean {
  const why = params.choice('off_session', ['true', 'false', 'one_off', 'recurring'])
  return why !== undefined && why !== 'false'
}

/**
 * @module Stripe: Payment Intents with card data. https://docs.stripe.com/api/payment_intents
 */
import type {
  Answer,
  DeclineCode,
  Field,
  Intent,
  Json,
  Kit,
  Outcome,
  Plan,
} from '../src/adapter.ts'

/** https://docs.stripe.com/declines/codes */
const DECLINES: ReadonlyMap<string, DeclineCode> = new Map(
  Object.entries({
    authentication_required: 'authentication_required',
    payment_intent_authentication_failure: 'authentication_required',
    card_not_supported: 'not_permitted',
    card_velocity_exceeded: 'limit_exceeded',
    do_not_honor: 'do_not_honor',
    expired_card: 'expired_card',
    fraudulent: 'suspected_fraud',
    generic_decline: 'do_not_honor',
    highest_risk_level: 'suspected_fraud',
    incorrect_cvc: 'invalid_cvc',
    incorrect_number: 'invalid_number',
    insufficient_funds: 'insufficient_funds',
    invalid_cvc: 'invalid_cvc',
    invalid_expiry_month: 'invalid_expiry',
    invalid_expiry_year: 'invalid_expiry',
    invalid_number: 'invalid_number',
    issuer_not_available: 'try_again',
    lost_card: 'lost_or_stolen',
    merchant_blacklist: 'suspected_fraud',
    not_permitted: 'not_permitted',
    pickup_card: 'lost_or_stolen',
    processing_error: 'try_again',
    reenter_transaction: 'try_again',
    restricted_card: 'lost_or_stolen',
    stolen_card: 'lost_or_stolen',
    transaction_not_allowed: 'not_permitted',
    try_again_later: 'try_again',
    withdrawal_count_limit_exceeded: 'limit_exceeded',
  } as const),
)

/** HTTP statuses of errors that are no declines. https://docs.stripe.com/api/errors */
const REFUSALS: { readonly [status: number]: 'credentials' | 'request' | 'rate' | 'unavailable' } =
  {
    400: 'request',
    401: 'credentials',
    403: 'credentials',
    404: 'request',
    409: 'unavailable',
    429: 'rate',
    500: 'unavailable',
    502: 'unavailable',
    503: 'unavailable',
    504: 'unavailable',
  }

/** Stripe's units in one of ISO 4217, where they differ. https://docs.stripe.com/currencies#zero-decimal */
const FINER: { readonly [currency: string]: number } = { ISK: 100, UGX: 100 }

/** Units of ISO 4217 in one of Stripe's, where they differ. */
const COARSER: { readonly [currency: string]: number } = { MGA: 100 }

/** The statuses that mean success; another operation's success is none. */
const PAID = ['succeeded', 'requires_capture']
const MOVED = ['succeeded']
const CANCELLED = ['canceled']

type Fields = { readonly [name: string]: Field<'api_key'> }

export default ({ define, card, credential }: Kit) => {
  const payment = (intent: Intent, capture: 'automatic' | 'manual'): Plan<'api_key'> =>
    post('/v1/payment_intents', {
      amount: units(intent),
      currency: intent.amount?.currency.toLowerCase(),
      capture_method: capture,
      confirm: true,
      payment_method_data: {
        type: 'card',
        card: {
          number: card('number'),
          exp_month: card('exp_month'),
          exp_year: card('exp_year'),
          cvc: card('cvc'),
        },
        billing_details: {
          name: card('holder'),
          email: intent.customer?.email,
          phone: intent.customer?.phone,
          address: intent.billing_address && { ...intent.billing_address },
        },
      },
      payment_method_types: ['card'],
      return_url: intent.return_url,
      metadata: intent.reference === undefined ? undefined : { reference: intent.reference },
      ...intent.extra,
    })

  return define({
    contract: 1,
    id: 'stripe',
    name: 'Stripe',
    docs: 'https://docs.stripe.com/api/payment_intents',
    api_version: '2025-03-31.basil',
    // Stripe has one host: the key decides between test and live.
    hosts: { live: 'https://api.stripe.com', sandbox: 'https://api.stripe.com' },
    credentials: { api_key: { label: 'Secret key (sk_..)', secret: true } },
    idempotency: { header: 'idempotency-key' },
    headers: {
      authorization: ['Bearer ', credential('api_key')],
      'stripe-version': '2025-03-31.basil',
    },
    private_in_answer: ['/client_secret'],
    operations: {
      purchase: {
        needs: ['card', 'amount'],
        check: amountComplaints,
        build: (intent) => payment(intent, 'automatic'),
        parse: (answer) => outcome(answer, PAID),
      },
      authorize: {
        needs: ['card', 'amount'],
        check: amountComplaints,
        build: (intent) => payment(intent, 'manual'),
        parse: (answer) => outcome(answer, PAID),
      },
      capture: {
        needs: ['reference'],
        check: (intent) => [...referenceComplaints(intent), ...amountComplaints(intent)],
        build: (intent) =>
          post(`/v1/payment_intents/${intent.reference}/capture`, {
            amount_to_capture: units(intent),
            ...intent.extra,
          }),
        parse: (answer) => outcome(answer, MOVED),
      },
      void: {
        needs: ['reference'],
        check: referenceComplaints,
        build: (intent) =>
          post(`/v1/payment_intents/${intent.reference}/cancel`, { ...intent.extra }),
        parse: (answer) => outcome(answer, CANCELLED),
      },
      refund: {
        needs: ['reference'],
        check: (intent) => [...referenceComplaints(intent), ...amountComplaints(intent)],
        build: (intent) =>
          post('/v1/refunds', {
            payment_intent: intent.reference,
            amount: units(intent),
            ...intent.extra,
          }),
        parse: (answer) => outcome(answer, MOVED),
      },
    },
  })
}

function post(path: string, fields: Fields): Plan<'api_key'> {
  return { method: 'POST', path, body: { encoding: 'form', fields } }
}

function units({ amount }: Intent): number | undefined {
  if (!amount) return undefined
  const { minor, currency } = amount
  return (minor * (FINER[currency] ?? 1)) / (COARSER[currency] ?? 1)
}

/** Half of one of Stripe's units cannot be paid. */
function amountComplaints(intent: Intent): readonly string[] {
  const coarser = COARSER[intent.amount?.currency ?? ''] ?? 1
  return Number.isInteger(units(intent) ?? 0) ? [] : [`amount.minor: a multiple of ${coarser}`]
}

/** It becomes a part of the path, where dots and slashes would lead elsewhere. */
function referenceComplaints({ reference = '' }: Intent): readonly string[] {
  return /^\w{1,255}$/.test(reference) ? [] : ['reference: an id of Stripe, such as pi_123']
}

/** The status of a payment intent or refund. https://docs.stripe.com/payments/paymentintents/lifecycle */
function outcome(answer: Answer, success: readonly string[]): Outcome {
  const body = record(answer.json)
  const error = record(body['error'])
  if (answer.status >= 300) return failed(answer.status, error)
  const reference = text(body['id'])
  const status = text(body['status'])
  const psp = { code: status, message: null }
  if (reference === null) return unrecognised(psp, 'the answer has no id')
  if (status !== null && success.includes(status)) return { psp, kind: 'approved', reference }
  switch (status) {
    case 'processing':
    case 'pending':
      return { psp, kind: 'pending', reference }
    case 'requires_action': {
      const action = record(body['next_action'])
      return {
        psp,
        kind: 'action_required',
        reference,
        url: text(record(action['redirect_to_url'])['url']),
      }
    }
    case 'requires_payment_method':
      return declined(record(body['last_payment_error']), reference)
    case 'failed':
      return declined({ code: body['failure_reason'] }, reference)
    default:
      return unrecognised(psp, `the status ${status ?? '(none)'} is not known`)
  }
}

function failed(status: number, error: Readonly<Record<string, Json | undefined>>): Outcome {
  if (error['type'] === 'card_error') {
    return declined(error, text(record(error['payment_intent'])['id']) ?? text(error['charge']))
  }
  const psp = { code: text(error['code']) ?? text(error['type']), message: text(error['message']) }
  const code = REFUSALS[status]
  return code && error['type'] !== undefined
    ? { psp, kind: 'refused', code }
    : unrecognised(psp, `HTTP ${status} without Stripe's error object`)
}

function declined(
  error: Readonly<Record<string, Json | undefined>>,
  reference: string | null,
): Outcome {
  const code = text(error['decline_code']) ?? text(error['code'])
  return {
    psp: { code, message: text(error['message']) },
    kind: 'declined',
    code: DECLINES.get(code ?? '') ?? 'other',
    reference,
  }
}

function unrecognised(psp: Outcome['psp'], reason: string): Outcome {
  return { psp, kind: 'unrecognised', reason }
}

function record(value: Json | undefined): Readonly<Record<string, Json | undefined>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  // Neither null nor an array, so an object with JSON values.
  return value as Readonly<Record<string, Json>>
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}

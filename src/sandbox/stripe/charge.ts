/**
 * @module A charge: one attempt at a card, good or bad. https://docs.stripe.com/api/charges/object
 */
import { DECLINES } from '../cards.ts'
import type { DeclineCode } from '../cards.ts'
import { checks } from './attempt.ts'
import type { Card } from './card.ts'
import type { Words } from './metadata.ts'
import { noBilling } from './payment_method.ts'
import type { PaymentMethod } from './payment_method.ts'
import { showSource } from './source.ts'
import { newId } from './state.ts'
import type { State } from './state.ts'

export interface Charge {
  readonly id: string
  readonly amount: number
  readonly currency: string
  readonly created: number
  readonly card: Card
  /** The card's own id where it came as a `source`. */
  readonly source: string | null
  readonly method: PaymentMethod | null
  readonly intent: string | null
  readonly metadata: { readonly [name: string]: string }
  readonly words: Words
  readonly failure: DeclineCode | null
  captured: boolean
  amount_captured: number
  amount_refunded: number
}

type New = Pick<Charge, 'amount' | 'currency' | 'card' | 'metadata' | 'words' | 'failure'> &
  Partial<Pick<Charge, 'source' | 'method' | 'intent'>> & { readonly capture: boolean }

export function makeCharge(state: State, { capture, ...given }: New): Charge {
  const captured = capture && given.failure === null
  const charge: Charge = {
    source: null,
    method: null,
    intent: null,
    ...given,
    id: newId('ch'),
    created: state.now(),
    captured,
    amount_captured: captured ? given.amount : 0,
    amount_refunded: 0,
  }
  state.charges.set(charge.id, charge)
  return charge
}

/** What can still be refunded. An uncaptured charge is refunded whole, which releases it. */
export function refundable(charge: Charge): number {
  return (charge.captured ? charge.amount_captured : charge.amount) - charge.amount_refunded
}

/** The object on the wire. */
export function showCharge(charge: Charge): { [name: string]: unknown } {
  const { failure, method, words } = charge
  return {
    id: charge.id,
    object: 'charge',
    amount: charge.amount,
    amount_captured: charge.amount_captured,
    amount_refunded: charge.amount_refunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: charge.captured ? charge.id.replace('ch_', 'txn_') : null,
    billing_details: method?.billing_details ?? noBilling(),
    calculated_statement_descriptor: 'PANGATE SANDBOX',
    captured: charge.captured,
    created: charge.created,
    currency: charge.currency,
    customer: null,
    description: words.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failure && DECLINES[failure][0],
    failure_message: failure && DECLINES[failure][1],
    fraud_details: {},
    livemode: false,
    metadata: charge.metadata,
    on_behalf_of: null,
    outcome: outcome(charge),
    paid: failure === null,
    payment_intent: charge.intent,
    payment_method: method?.id ?? charge.source,
    payment_method_details: { card: details(charge.card), type: 'card' },
    receipt_email: words.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: charge.amount_refunded > 0 && refundable(charge) === 0,
    review: null,
    shipping: null,
    source: charge.source && showSource(charge.source, charge.card),
    source_transfer: null,
    statement_descriptor: words.statement_descriptor,
    statement_descriptor_suffix: words.statement_descriptor_suffix,
    status: failure === null ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  }
}

/** https://docs.stripe.com/api/charges/object#charge_object-outcome */
function outcome({ card, failure }: Charge): unknown {
  const risk_level = card.test.risk ?? 'normal'
  const blocked = failure !== null && (risk_level === 'highest' || card.test.fails !== undefined)
  return {
    network_status: blocked
      ? 'not_sent_to_network'
      : failure
        ? 'declined_by_network'
        : 'approved_by_network',
    reason: blocked && risk_level === 'highest' ? 'highest_risk_level' : failure,
    risk_level,
    risk_score: { normal: 20, elevated: 70, highest: 92 }[risk_level],
    seller_message: blocked
      ? 'Stripe blocked this payment.'
      : failure
        ? 'The bank did not return any further details with this decline.'
        : 'Payment complete.',
    type: blocked ? 'blocked' : failure ? 'issuer_declined' : 'authorized',
  }
}

function details(card: Card): unknown {
  return {
    brand: card.test.brand,
    checks: checks(card),
    country: card.test.country,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    fingerprint: card.fingerprint,
    funding: card.test.funding,
    installments: null,
    last4: card.last4,
    mandate: null,
    network: card.test.brand,
    three_d_secure: null,
    wallet: null,
  }
}

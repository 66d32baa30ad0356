/**
 * @module Refunds, whole or in part. https://docs.stripe.com/api/refunds
 */
import { atLeastOne, written } from './amount.ts'
import { refundable } from './charge.ts'
import type { Charge } from './charge.ts'
import { invalid, noSuch } from './error.ts'
import { readMetadata } from './metadata.ts'
import type { Params } from './params.ts'
import { newId } from './state.ts'
import type { State } from './state.ts'

export interface Refund {
  readonly id: string
  readonly amount: number
  readonly charge: Charge
  readonly created: number
  readonly metadata: { readonly [name: string]: string }
  readonly reason: string | null
}

/** `POST /v1/refunds` of a `payment_intent` or a `charge`. */
export function createRefund(state: State, params: Params): Refund {
  const metadata = readMetadata(params)
  const reason = params.choice('reason', ['duplicate', 'fraudulent', 'requested_by_customer'])
  const asked = params.integer('amount')
  if (asked !== undefined) atLeastOne(asked, 'amount')
  const charge = readCharge(state, params)
  const left = refundable(charge)
  if (left === 0) {
    throw invalid(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
      acted: true,
    })
  }
  const amount = asked ?? left
  const { currency } = charge
  if (amount > left) {
    throw invalid(
      `Refund amount (${written(amount, currency)}) is greater than unrefunded amount on charge (${written(left, currency)})`,
      { param: 'amount', acted: true },
    )
  }
  if (!charge.captured && amount < left) {
    throw invalid(
      'You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount.',
      {
        param: 'amount',
        acted: true,
      },
    )
  }
  charge.amount_refunded += amount
  const refund: Refund = {
    id: newId('re'),
    amount,
    charge,
    created: state.now(),
    metadata,
    reason: reason ?? null,
  }
  state.refunds.set(refund.id, refund)
  return refund
}

/** `GET /v1/refunds/:id`. */
export function getRefund(state: State, id: string): Refund {
  const refund = state.refunds.get(id)
  if (!refund) throw noSuch('refund', id, 'refund', 404)
  return refund
}

/** The object on the wire. */
export function showRefund({ id, charge, ...rest }: Refund): { [name: string]: unknown } {
  return {
    id,
    object: 'refund',
    ...rest,
    balance_transaction: id.replace('re_', 'txn_'),
    charge: charge.id,
    currency: charge.currency,
    destination_details: {
      card: {
        reference_status: 'pending',
        reference_type: 'acquirer_reference_number',
        type: 'refund',
      },
      type: 'card',
    },
    payment_intent: charge.intent,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  }
}

function readCharge(state: State, params: Params): Charge {
  const id = params.text('charge')
  const intentId = params.text('payment_intent')
  if (id === undefined && intentId === undefined) {
    throw invalid(
      'One of the following params should be provided for this request: payment_intent or charge.',
    )
  }
  if (intentId === undefined) return byId(state, id ?? '')
  const intent = state.intents.get(intentId)
  if (!intent) throw noSuch('payment_intent', intentId, 'payment_intent', 404)
  if (intent.status === 'requires_capture') {
    throw invalid(
      `This PaymentIntent (${intentId}) is not captured. You must cancel the PaymentIntent instead.`,
      { acted: true },
    )
  }
  const charge = intent.status === 'succeeded' && state.charges.get(intent.latest_charge ?? '')
  if (charge) return charge
  throw invalid(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`, {
    acted: true,
  })
}

function byId(state: State, id: string): Charge {
  const charge = state.charges.get(id)
  if (!charge) throw noSuch('charge', id, 'id', 404)
  if (charge.failure === null) return charge
  throw invalid(`Charge ${id} was not successful and cannot be refunded.`, { acted: true })
}

/**
 * @module The Charges API: the older way, a card in one call. https://docs.stripe.com/api/charges
 */
import { atLeastOne, readAmount } from './amount.ts'
import { attempt } from './attempt.ts'
import { readCard } from './card.ts'
import type { Card } from './card.ts'
import { makeCharge } from './charge.ts'
import type { Charge } from './charge.ts'
import { declined, invalid, noSuch } from './error.ts'
import { readMetadata, readWords } from './metadata.ts'
import type { Params } from './params.ts'
import { newId } from './state.ts'
import type { State } from './state.ts'
import { takeToken } from './tokens.ts'

/** `POST /v1/charges`. @throws StripeError 402 where the card is declined, naming the failed charge */
export function createCharge(state: State, params: Params): Charge {
  const money = readAmount(params)
  const capture = params.flag('capture') ?? true
  const metadata = readMetadata(params)
  const words = readWords(params)
  const card = readSource(state, params)
  // The cardholder cannot be asked in the middle of this call.
  const result = attempt(card, 'absent', 'charge')
  const failure = result.kind === 'declined' ? result.reason : null
  const source = newId('card')
  const charge = makeCharge(state, { ...money, card, capture, metadata, words, failure, source })
  if (failure) throw declined(failure, { charge: charge.id })
  return charge
}

/** `GET /v1/charges/:id`. */
export function getCharge(state: State, id: string): Charge {
  const charge = state.charges.get(id)
  if (!charge) throw noSuch('charge', id, 'id', 404)
  return charge
}

/** `POST /v1/charges/:id/capture`, perhaps of less; the rest is released. */
export function captureCharge(state: State, id: string, params: Params): Charge {
  const charge = getCharge(state, id)
  const amount = params.integer('amount') ?? charge.amount
  atLeastOne(amount, 'amount')
  if (charge.captured) {
    throw invalid(`Charge ${id} has already been captured.`, {
      code: 'charge_already_captured',
      acted: true,
    })
  }
  if (charge.failure || charge.amount_refunded > 0) {
    throw invalid(`Charge ${id} cannot be captured.`, { acted: true })
  }
  if (amount > charge.amount) {
    throw invalid('The capture amount is greater than the charge amount.', {
      code: 'amount_too_large',
      param: 'amount',
      acted: true,
    })
  }
  charge.captured = true
  charge.amount_captured = amount
  return charge
}

/** A card as `source[number]=..`, or a token as `source=tok_..`. */
function readSource(state: State, params: Params): Card {
  if (!params.has('source')) {
    throw invalid('Must provide source or customer.', { code: 'parameter_missing' })
  }
  const group = isGroup(params) ? params.group('source') : undefined
  if (!group) return takeToken(state, params.required('source'), 'source')
  const kind = group.text('object')
  if (kind !== undefined && kind !== 'card') {
    throw invalid("The sandbox's account accepts cards only: source[object] must be card.", {
      param: 'source[object]',
    })
  }
  return readCard(state, group, true, undefined)
}

function isGroup(params: Params): boolean {
  return typeof params.toJSON()['source'] === 'object'
}

/**
 * @module Checks card data as Stripe does, and turns it into what the sandbox keeps: the behaviour of a test card, without its number.
 */
import { ALIASES, TEST_CARDS } from '../cards.ts'
import type { TestCard } from '../cards.ts'
import { luhn } from '../../card.ts'
import { badCard, missing, StripeError } from './error.ts'
import type { Params } from './params.ts'
import type { State } from './state.ts'

export interface Card {
  readonly test: TestCard
  readonly last4: string
  readonly exp_month: number
  readonly exp_year: number
  readonly fingerprint: string
  /** What was sent along and can be checked by the issuer. */
  readonly sent: { readonly cvc: boolean; readonly postal_code: boolean; readonly line1: boolean }
}

const FIELDS = ['number', 'exp_month', 'exp_year', 'cvc', 'networks']
/** Fields of a `source` and of a token, where the address is part of the card. */
const FLAT_FIELDS = [
  'object',
  'name',
  'address_line1',
  'address_line2',
  'address_city',
  'address_state',
  'address_zip',
  'address_country',
  'currency',
  'metadata',
]

/**
 * @param params the group that holds `number`, `exp_month`, `exp_year` (two or four digits) and perhaps `cvc`
 * @param flat whether the address is among them, as in a `source`
 * @throws StripeError 400 for fields that are missing or unknown, 402 for values that cannot be right
 */
export function readCard(
  state: State,
  params: Params,
  flat: boolean,
  address: Params | undefined,
): Card {
  params.only(flat ? [...FIELDS, ...FLAT_FIELDS] : FIELDS)
  const number = params.required('number').replace(/[ -]/g, '')
  if (!/^\d{12,19}$/.test(number)) {
    throw badCard('invalid_number', 'The card number is not a valid credit card number.', 'number')
  }
  if (!luhn(number)) throw badCard('incorrect_number', 'Your card number is incorrect.', 'number')
  const expiry = readExpiry(params, state.now())
  const test = TEST_CARDS.get(number)
  const cvc = readCvc(params, test)
  if (!test) throw liveCard()
  return {
    test,
    last4: number.slice(-4),
    ...expiry,
    fingerprint: state.fingerprint(number),
    sent: {
      cvc,
      postal_code: flat ? params.has('address_zip') : (address?.has('postal_code') ?? false),
      line1: flat ? params.has('address_line1') : (address?.has('line1') ?? false),
    },
  }
}

/** The card of a published id such as `pm_card_visa` or `tok_visa`; null where there is none. */
export function aliasCard(state: State, id: string): Card | null {
  const number = ALIASES.get(id.replace(/^(pm_card|tok)_/, ''))
  const test = number === undefined ? undefined : TEST_CARDS.get(number)
  if (number === undefined || !test) return null
  return {
    test,
    last4: number.slice(-4),
    exp_month: 12,
    exp_year: new Date(state.now() * 1000).getUTCFullYear() + 1,
    fingerprint: state.fingerprint(number),
    sent: { cvc: true, postal_code: true, line1: true },
  }
}

function readExpiry(params: Params, now: number): { exp_month: number; exp_year: number } {
  for (const field of ['exp_month', 'exp_year']) {
    if (!params.has(field)) throw missing(params.name(field))
  }
  const badMonth = () =>
    badCard('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month')
  const badYear = () =>
    badCard('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year')
  const month = params.required('exp_month')
  const year = params.required('exp_year')
  if (!/^(0?[1-9]|1[0-2])$/.test(month)) throw badMonth()
  if (!/^(\d{2}|\d{4})$/.test(year)) throw badYear()
  const today = new Date(now * 1000)
  const exp_month = Number(month)
  const exp_year = Number(year) + (year.length === 2 ? 2000 : 0)
  const thisYear = today.getUTCFullYear()
  if (exp_year < thisYear || exp_year > thisYear + 50) throw badYear()
  // A card is good to the last day of its month.
  if (exp_year === thisYear && exp_month < today.getUTCMonth() + 1) throw badMonth()
  return { exp_month, exp_year }
}

/** @returns whether a code was sent */
function readCvc(params: Params, test: TestCard | undefined): boolean {
  const cvc = params.text('cvc')
  if (cvc === undefined) return false
  if (!(test?.brand === 'amex' ? /^\d{3,4}$/ : test ? /^\d{3}$/ : /^\d{3,4}$/).test(cvc)) {
    throw badCard('invalid_cvc', "Your card's security code is invalid.", 'cvc')
  }
  return true
}

function liveCard(): StripeError {
  return new StripeError(
    'card_error',
    'Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
    { code: 'card_declined', decline_code: 'test_mode_live_card', param: 'number' },
  )
}

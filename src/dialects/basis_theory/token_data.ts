/**
 * @module Checks the data of a token, and says which part of it is a card or an account.
 */
import type { Json } from '../../adapter.ts'
import { bin, checkBankAccount, checkCvc, checkNumber } from '../../card.ts'
import { GatewayError } from '../../errors.ts'
import type { NewInstrument } from '../../vault/token.ts'
import { isObject, type JsonObject } from './merge_patch.ts'
import type { CheckedData } from './token_types.ts'

/** What else a security code is called: it must not be stored for good under another name. */
const OTHER_CODES =
  /^(?:cvc2|cvv2?|cvn|csc|cvd|cid|(?:card_?)?(?:security|verification)_?(?:code|value)|card_?code|pin)$/i

/** A `token`: any JSON. */
export function anything(data: Json): CheckedData {
  return { data, cvc: null, instrument: null, rest: data }
}

/** Text that passes a test. */
export function text(data: Json, test: (text: string) => boolean, message: string): CheckedData {
  if (typeof data !== 'string' || !test(data)) throw refuse(message, 'data')
  return anything(data)
}

/** A `card`: a number, and where they are known an expiry and a security code. Its expiry may have passed. */
export function card(data: Json): CheckedData {
  const object = objectOf(data)
  const { number: given, expiration_month, expiration_year, cvc: code, ...rest } = object
  const misnamed = Object.keys(rest).find((name) => OTHER_CODES.test(name))
  if (misnamed !== undefined) {
    throw refuse('The security code is called `cvc`; only as such is it forgotten in time.', 'data')
  }
  const { number, ...shown } = numberOf(given, 'data.number')
  const month = monthOf(expiration_month)
  const year = yearOf(expiration_year)
  const checked = {
    ...rest,
    number,
    ...(month !== null && { expiration_month: month }),
    ...(year !== null && { expiration_year: year }),
  }
  const instrument: NewInstrument = {
    number,
    holder: null,
    shown: {
      ...shown,
      exp_month: month === null ? null : String(month).padStart(2, '0'),
      exp_year: year === null ? null : String(year),
    },
  }
  const further = Object.keys(rest).length > 0 ? rest : null
  return { data: checked, cvc: codeOf(code), instrument, rest: further }
}

/** A `card_number`: the number alone. */
export function cardNumber(data: Json): CheckedData {
  const { number, ...shown } = numberOf(data, 'data')
  const instrument = { number, holder: null, shown: { ...shown, exp_month: null, exp_year: null } }
  return { data: number, cvc: null, instrument, rest: null }
}

/** A `network_token`: a number that stands for a card's, with whatever belongs to it. */
export function networkToken(data: Json): CheckedData {
  const object = objectOf(data)
  numberOf(object['number'], 'data.number')
  monthOf(object['expiration_month'])
  yearOf(object['expiration_year'])
  return anything(data)
}

/** A `bank`: a US account. */
export function bank(data: Json): CheckedData {
  const { routing_number, account_number, ...rest } = objectOf(data)
  if (typeof routing_number !== 'string' || !isRoutingNumber(routing_number)) {
    throw refuse(
      'The routing number must have nine digits and the right check digit.',
      'data.routing_number',
    )
  }
  if (typeof account_number !== 'string' || !/^\d{3,17}$/.test(account_number)) {
    throw refuse('The account number must have 3 to 17 digits.', 'data.account_number')
  }
  const instrument: NewInstrument = {
    number: account_number,
    holder: null,
    shown: {
      last4: account_number.slice(Math.max(4, account_number.length - 4)),
      routing_number,
      account_type: null,
      country: 'US',
    },
  }
  const further = Object.keys(rest).length > 0 ? rest : null
  return { data: { ...rest, routing_number, account_number }, cvc: null, instrument, rest: further }
}

/** Whether the text is a routing number of the American Bankers Association. */
export function isRoutingNumber(given: string): boolean {
  if (!/^\d{9}$/.test(given)) return false
  try {
    checkBankAccount({ account_number: '0000', routing_number: given, country: 'US' })
    return true
  } catch {
    return false
  }
}

function numberOf(given: Json | undefined, param: string) {
  if (typeof given !== 'string') throw refuse('The card number must be text of digits.', param)
  const { number, brand } = checkNumber(given, param)
  return { number, brand, bin: bin(number), last4: number.slice(-4) }
}

function monthOf(given: Json | undefined): number | null {
  if (given === undefined || given === null) return null
  const month = wholeNumber(given)
  if (month !== null && month >= 1 && month <= 12) return month
  throw refuse('The month must be a number from 1 to 12.', 'data.expiration_month')
}

function yearOf(given: Json | undefined): number | null {
  if (given === undefined || given === null) return null
  const year = wholeNumber(given)
  if (year !== null && year >= 2000 && year <= 2999) return year
  throw refuse('The year must be a number of four digits.', 'data.expiration_year')
}

function wholeNumber(given: Json): number | null {
  const value = typeof given === 'string' && /^\d{1,4}$/.test(given) ? Number(given) : given
  return typeof value === 'number' && Number.isInteger(value) ? value : null
}

function codeOf(given: Json | undefined): string | null {
  if (given === undefined || given === null) return null
  if (typeof given === 'string') return checkCvc(given, null, 'data.cvc')
  throw refuse('The security code must be text of three or four digits.', 'data.cvc')
}

function objectOf(data: Json): JsonObject {
  if (isObject(data)) return data
  throw refuse('The data of this type must be an object.', 'data')
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_card', message, { param })
}

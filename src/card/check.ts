/**
 * @module Checks a card as a caller gave it.
 */
import { GatewayError } from '../errors.ts'
import { entryOf, type Brand } from './brands.ts'
import { checkHolder } from './holder.ts'
import { bin, checkNumber } from './number.ts'

/** A card as callers write it. */
export interface CardInput {
  readonly number: string
  /** 1 to 12, as a number or as text, with or without the leading zero. */
  readonly exp_month: number | string
  /** Four digits, or two for a year of this century. */
  readonly exp_year: number | string
  readonly holder?: string | null | undefined
}

/** A card that passed the checks. */
export interface Card {
  /** Digits alone. */
  readonly number: string
  readonly brand: Brand | 'unknown'
  /** `01` to `12`. */
  readonly exp_month: string
  /** Four digits. */
  readonly exp_year: string
  readonly holder: string | null
  readonly bin: string
  readonly last4: string
}

/** A card further in the future than this is mistyped. */
const YEARS_AHEAD = 50

/**
 * The card, or `invalid_card` with the field in `param`, under `where`: the number's form, length and check digit; an
 * expiry that has not passed anywhere on earth; the holder's name. No message repeats what was given.
 */
export function checkCard(input: CardInput, now: Date, where = 'card'): Card {
  const { number, brand } = checkNumber(input.number, `${where}.number`)
  return {
    number,
    brand,
    ...checkExpiry(input, now, where),
    holder: checkHolder(input.holder, `${where}.holder`),
    bin: bin(number),
    last4: number.slice(-4),
  }
}

/**
 * The security code: three or four digits, as many as the brand has where that is known. Throws `invalid_card`, whose
 * message does not repeat the code.
 */
export function checkCvc(cvc: string, brand: Brand | 'unknown' | null, param = 'cvc'): string {
  const lengths = brand === null || brand === 'unknown' ? [3, 4] : entryOf(brand).cvc
  if (!/^[0-9]{3,4}$/.test(cvc) || !lengths.includes(cvc.length)) {
    const needed = lengths.join(' or ')
    throw new GatewayError('invalid_card', `The security code must be ${needed} digits.`, { param })
  }
  return cvc
}

/** The last month a card is good for, or `invalid_card` where it has passed. */
export function checkExpiry(
  input: Pick<CardInput, 'exp_month' | 'exp_year'>,
  now: Date,
  where: string,
): Pick<Card, 'exp_month' | 'exp_year'> {
  const month = digits(input.exp_month, /^[0-9]{1,2}$/)
  if (month === null || month < 1 || month > 12) {
    throw refuse('The month must be from 1 to 12.', `${where}.exp_month`)
  }
  const given = digits(input.exp_year, /^(?:[0-9]{2}|[0-9]{4})$/)
  if (given === null) throw refuse('The year must have two or four digits.', `${where}.exp_year`)
  const year = given < 100 ? 2000 + given : given
  if (year > now.getUTCFullYear() + YEARS_AHEAD) {
    throw refuse(`The card expires more than ${YEARS_AHEAD} years ahead.`, `${where}.exp_year`)
  }
  // The month ends last at UTC-12: at noon of the next month's first day in UTC.
  if (now.getTime() >= Date.UTC(year, month, 1, 12)) {
    const param = year < now.getUTCFullYear() ? 'exp_year' : 'exp_month'
    throw refuse('The card has expired.', `${where}.${param}`)
  }
  return { exp_month: String(month).padStart(2, '0'), exp_year: String(year) }
}

function digits(value: number | string, form: RegExp): number | null {
  const text = typeof value === 'number' ? String(value) : value.trim()
  return form.test(text) ? Number(text) : null
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_card', message, { param })
}

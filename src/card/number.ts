/**
 * @module The card number: how callers write it, and what of it may be shown.
 */
import { GatewayError } from '../errors.ts'
import { brandOf, entryOf, fitsLength, type Brand } from './brands.ts'
import { luhn } from './luhn.ts'

/** How callers write numbers: digits with single spaces or dashes between them. */
const WRITTEN = /^[0-9](?:[ -]?[0-9])*$/

/** A longer text than this is no card number, whatever is in it. */
const LONGEST_WRITTEN = 40

/**
 * The digits of a card number. Spaces and dashes may stand between digits, and white space around them; nothing else.
 * Throws `invalid_card` for anything else, and for fewer than 12 or more than 19 digits.
 */
export function normaliseNumber(input: string, param = 'card.number'): string {
  const text = input.trim()
  if (text.length > LONGEST_WRITTEN || !WRITTEN.test(text)) {
    throw refuse('The card number may hold digits, and spaces or dashes between them.', param)
  }
  const digits = text.replace(/[ -]/g, '')
  if (digits.length < 12 || digits.length > 19) {
    throw refuse('The card number must have 12 to 19 digits.', param)
  }
  return digits
}

/** The digits and brand of a card number. Throws `invalid_card` when length or check digit do not fit the brand. */
export function checkNumber(
  input: string,
  param = 'card.number',
): { number: string; brand: Brand | 'unknown' } {
  const number = normaliseNumber(input, param)
  const brand = brandOf(number)
  if (!fitsLength(number)) {
    throw refuse('The card number has too many or too few digits for its brand.', param)
  }
  if ((brand === 'unknown' || entryOf(brand).luhn) && !luhn(number)) {
    throw refuse('The card number is mistyped: its check digit is wrong.', param)
  }
  return { number, brand }
}

/** The first six digits, or fewer where at least four would not stay hidden between them and the last four. */
export function bin(number: string): string {
  return number.slice(0, Math.min(6, Math.max(0, number.length - 8)))
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_card', message, { param })
}

/**
 * @module The name of a card's or an account's holder.
 */
import { GatewayError } from '../errors.ts'
import { looksLikeCardNumber } from './scan.ts'

const LONGEST = 128

/** Control characters, and the two that break lines in JavaScript and HTML. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u

/**
 * The name without white space around it, or null where there is none. Throws `invalid_card` for more than 128
 * characters, control characters, and for a card number in place of a name, which would be stored as if it were one.
 */
export function checkHolder(input: string | null | undefined, param: string): string | null {
  const holder = (input ?? '').trim()
  if (holder === '') return null
  if ([...holder].length > LONGEST) {
    throw refuse(`The holder may have up to ${LONGEST} characters.`, param)
  }
  if (CONTROL.test(holder) || !holder.isWellFormed()) {
    throw refuse('The holder may not hold control characters or broken Unicode.', param)
  }
  if (looksLikeCardNumber(holder)) {
    throw refuse('The holder holds what looks like a card number.', param)
  }
  return holder
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_card', message, { param })
}

/**
 * @module Text that is kept in the clear and shown again: a card number in it is a mistake, and is refused.
 */
import { looksLikeCardNumber } from '../card.ts'
import { GatewayError } from '../errors.ts'

/** Throws `invalid_request` naming the field where one of the texts holds a card number. Missing ones are fine. */
export function refuseCardNumbers(
  texts: readonly (string | null | undefined)[],
  param: string,
): void {
  if (!texts.some((text) => text && looksLikeCardNumber(text))) return
  throw new GatewayError('invalid_request', `${param} holds a card number.`, {
    param,
    hint: `${param} is stored in the clear; leave card numbers out of it.`,
  })
}

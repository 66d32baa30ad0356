/**
 * @module The `BT-IDEMPOTENCY-KEY` header, which Basis Theory's calls have (https://developers.basistheory.com/docs/api/idempotency).
 */
import { looksLikeCardNumber } from '../../card.ts'
import { GatewayError } from '../../errors.ts'

/** The key, or null where there is none. Throws `invalid_request` for one that may not be kept: it stands in the database as it is. */
export function idempotencyKey(headers: Headers): string | null {
  const key = headers.get('bt-idempotency-key')
  if (key === null) return null
  const param = 'BT-IDEMPOTENCY-KEY'
  if (looksLikeCardNumber(key)) {
    throw new GatewayError('invalid_request', 'The key holds a card number.', { param })
  }
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new GatewayError('invalid_request', 'The key must be 1 to 255 printable characters.', {
    param,
  })
}

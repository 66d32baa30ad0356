/**
 * @module The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header-07).
 */
import { GatewayError } from '../errors.ts'
import { refuseCardNumbers } from './clear_text.ts'

/** The key, or null where there is none. Throws `invalid_request` for one that is too long or not printable. */
export function idempotencyKey(request: Request): string | null {
  const key = request.headers.get('idempotency-key')
  if (key === null) return null
  refuseCardNumbers([key], 'Idempotency-Key')
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new GatewayError(
    'invalid_request',
    'Idempotency-Key must be 1 to 255 printable ASCII characters.',
    {
      param: 'Idempotency-Key',
    },
  )
}

/**
 * @module Values that Stitch's Secure Fields encrypted: only Stitch has the key, and that is said plainly.
 */
import { GatewayError } from '../../errors.ts'

/** Throws `invalid_request` for an Evervault ciphertext (`ev:..`), naming its field. Gives the value otherwise. */
export function plainValue<T extends string | number>(value: T, field: string): T {
  if (typeof value !== 'string' || !value.startsWith('ev:')) return value
  throw new GatewayError(
    'invalid_request',
    `${field} is encrypted by Stitch's Secure Fields, and only Stitch can decrypt it.`,
    { param: field, hint: 'Collect the card by other means, and send the plain value.' },
  )
}

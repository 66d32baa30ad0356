/**
 * @module The credential in `Authorization: Bearer` (RFC 6750).
 */
import { Secret } from '../secret.ts'

/** The credential, or null where there is none. */
export function bearer(request: Request): Secret | null {
  const match = /^bearer +([\x21-\x7e]+)$/i.exec(request.headers.get('authorization') ?? '')
  return match?.[1] === undefined ? null : new Secret(match[1])
}

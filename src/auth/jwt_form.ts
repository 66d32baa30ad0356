/**
 * @module What a JWT must look like before its signature is worth checking.
 */
import { GatewayError } from '../errors.ts'
import { decodeUtf8, toValue } from '../json.ts'

/**
 * Of an access token: our own say so (RFC 9068, 2.1), those of others say that, or JWT, or nothing. What is signed for
 * another purpose, as an event or a proof, says so too (RFC 8725, 3.11).
 */
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'at+jwt'])

/**
 * The type of the token in lower case. Throws `invalid_json` where header or claims are no object, or a name stands in them
 * twice: who reads the first and who reads the last would not mean the same token.
 */
function typeOf(jwt: string): unknown {
  // jose reads past white space, padding and stray bits; then one token would have many writings.
  const parts = jwt.split('.')
  if (parts.length !== 3 || !parts.every(isCanonical)) {
    throw new GatewayError('invalid_json', 'The token is not written as RFC 7515 writes one.')
  }
  const [header = '', claims = ''] = parts
  const named = object(header)
  object(claims)
  const typ = Reflect.get(named, 'typ')
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ
}

/** Whether it has the form of an access token of ours. Throws `invalid_json`. */
export function isOwnForm(jwt: string): boolean {
  return typeOf(jwt) === 'at+jwt'
}

/** Whether it may be an access token of an issuer outside. Throws `invalid_json`. */
export function isAccessForm(jwt: string): boolean {
  return TYPES.has(typeOf(jwt))
}

/** Exactly what its bytes are written as, and not empty. */
function isCanonical(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part
}

function object(part: string): object {
  const value = toValue(decodeUtf8(Buffer.from(part, 'base64url')))
  return typeof value === 'object' && value !== null ? value : {}
}

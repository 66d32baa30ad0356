/**
 * @module Keys as jose takes them: bytes for shared keys, JWK for all others.
 */
import type { JWK } from 'jose'
import { KEY_ENCODINGS, sharedKey } from './shared_key.ts'
import { type Place, fault } from './fault.ts'
import { keyBytes, privateKey, publicKey } from './key.ts'
import { isRecord } from './parameters.ts'

/** How the text of a key is read: a PEM or base64 DER key, a JWK in JSON, or a shared key. */
export const JOSE_KEY_FORMATS = ['pem', 'jwk', ...KEY_ENCODINGS] as const
export type JoseKeyFormat = (typeof JOSE_KEY_FORMATS)[number]

/** The key behind a credential's text; `use` says which half of a pair is wanted. */
export function joseKey(
  text: string,
  format: JoseKeyFormat,
  use: 'private' | 'public',
  place: Place,
): Uint8Array | JWK {
  if (format === 'pem') return asJwk(text, use, place)
  if (format === 'jwk') return parsed(text, place)
  return new Uint8Array(keyBytes(sharedKey(text, format), place))
}

function asJwk(text: string, use: 'private' | 'public', place: Place): JWK {
  const key = use === 'private' ? privateKey(text, place) : publicKey(text, place)
  try {
    return key.export({ format: 'jwk' })
  } catch {
    // Kinds that JOSE has no name for, such as RSA keys bound to PSS.
    throw fault(place, `is of a kind that JOSE does not know (${key.asymmetricKeyType ?? 'none'})`)
  }
}

function parsed(text: string, place: Place): JWK {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value
  } catch {
    // The cause quotes the key.
    throw fault(place, 'is not JSON')
  }
  throw fault(place, 'is not a JWK')
}

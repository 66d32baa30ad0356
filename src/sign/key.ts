/**
 * @module Keys: shared ones as text, hex or base64; private, public and certificate ones as PEM or base64 DER.
 */
import { type KeyObject, X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto'
import { bytesOf, decoded } from './codec.ts'
import { type Place, fault } from './fault.ts'
import type { Data } from './types.ts'

/** A shared key. Text is its UTF-8 bytes; PSPs that hand out hex or base64 often, but not always, mean the bytes behind it. */
export type Key =
  Data | { readonly hex: string } | { readonly base64: string } | { readonly base64url: string }

/** The bytes of a shared key. An empty one is a mistake in the account, and would sign what anyone can sign. */
export function keyBytes(key: Key, place: Place): Buffer {
  const bytes = raw(key, place)
  if (bytes.length === 0) throw fault(place, 'is empty')
  return bytes
}

function raw(key: Key, place: Place): Buffer {
  if (typeof key !== 'object' || key === null || key instanceof Uint8Array) {
    return bytesOf(key, place)
  }
  if ('hex' in key) return decoded(key.hex, 'hex', place)
  if ('base64' in key) return decoded(key.base64, 'base64', place)
  if ('base64url' in key) return decoded(key.base64url, 'base64url', place)
  throw fault(place, 'is neither text, bytes, {hex}, {base64} nor {base64url}')
}

/** A private key: PEM of any kind that is not encrypted, or the base64 of its PKCS#8 DER. */
export function privateKey(text: string, place: Place): KeyObject {
  try {
    if (isPem(text)) return createPrivateKey(text)
    return createPrivateKey({ key: der(text, place), format: 'der', type: 'pkcs8' })
  } catch {
    // The cause may quote the key.
    throw fault(place, 'is not a private key in PEM or base64 PKCS#8 DER')
  }
}

/** A public key: PEM, a PEM certificate, or the base64 of its SPKI DER. A private key is refused: it belongs elsewhere. */
export function publicKey(text: string, place: Place): KeyObject {
  try {
    if (isPem(text)) {
      if (text.includes('PRIVATE KEY-----')) throw fault(place, 'is private')
      if (text.includes('-----BEGIN CERTIFICATE-----')) return new X509Certificate(text).publicKey
      return createPublicKey(text)
    }
    return createPublicKey({ key: der(text, place), format: 'der', type: 'spki' })
  } catch {
    // As above.
    throw fault(place, 'is not a public key in PEM or base64 SPKI DER, nor a PEM certificate')
  }
}

function isPem(text: unknown): text is string {
  return typeof text === 'string' && text.includes('-----BEGIN ')
}

function der(text: string, place: Place): Buffer {
  return decoded(typeof text === 'string' ? text.replace(/\s+/g, '') : text, 'base64', place)
}

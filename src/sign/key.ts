/**
 * @module Keys: shared ones as text, hex or base64; private, public and certificate ones as PEM or base64 DER.
 */
import { type KeyObject, X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto'
import { bytesOf, decoded } from './codec.ts'
import { type Place, fault } from './fault.ts'
import { asPlainRsa } from './pss_key.ts'
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

/**
 * A private key: PEM of any kind that is not encrypted, or the base64 of its PKCS#8 DER. `pss` takes RSA keys that are bound to
 * PSS too, which the runtime does not load by itself.
 */
export function privateKey(text: string, place: Place, { pss = false } = {}): KeyObject {
  const what = 'is not a private key in PEM or base64 PKCS#8 DER'
  return loaded(place, what, () => {
    const plain = isPem(text) && !(pss && text.includes('-----BEGIN PRIVATE KEY-----'))
    if (plain) return createPrivateKey(text)
    const key = der(text, place)
    return createPrivateKey({ key: pss ? asPlainRsa(key) : key, format: 'der', type: 'pkcs8' })
  })
}

/**
 * A public key: PEM, a PEM certificate, or the base64 of its SPKI DER; `pss` as above. A private key is refused, because it
 * belongs elsewhere.
 */
export function publicKey(text: string, place: Place, { pss = false } = {}): KeyObject {
  const what = 'is not a public key in PEM or base64 SPKI DER, nor a PEM certificate'
  return loaded(place, what, () => {
    if (isPem(text) && text.includes('PRIVATE KEY-----')) throw fault(place, 'is private')
    if (isPem(text) && text.includes('-----BEGIN CERTIFICATE-----')) {
      return new X509Certificate(text).publicKey
    }
    const plain = isPem(text) && !(pss && text.includes('-----BEGIN PUBLIC KEY-----'))
    if (plain) return createPublicKey(text)
    const key = der(text, place)
    return createPublicKey({ key: pss ? asPlainRsa(key) : key, format: 'der', type: 'spki' })
  })
}

function loaded(place: Place, what: string, load: () => KeyObject): KeyObject {
  try {
    return load()
  } catch {
    // The cause may quote the key.
    throw fault(place, what)
  }
}

function isPem(text: unknown): text is string {
  return typeof text === 'string' && text.includes('-----BEGIN ')
}

/** The DER inside the first key of a PEM, or of a bare base64 text. */
function der(text: string, place: Place): Buffer {
  const pem = isPem(text) ? /-----BEGIN P[A-Z]+ KEY-----([^-]*)-----END /.exec(text)?.[1] : text
  return decoded(typeof pem === 'string' ? pem.replace(/\s+/g, '') : pem, 'base64', place)
}

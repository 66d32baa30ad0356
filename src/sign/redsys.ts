/**
 * @module Redsys's signatures: an HMAC under a key derived from the merchant's key and the order.
 * See https://pagosonline.redsys.es/desarrolladores-inicio/documentacion-operativa/firmar-una-operacion/
 */
import { encrypt } from './cipher.ts'
import type { Output } from './codec.ts'
import { type Place, fault, known } from './fault.ts'
import { hmac } from './hmac.ts'
import type { Key } from './key.ts'
import type { Hash } from './hash.ts'

interface Version {
  readonly hash: Hash
  readonly output: Output
  readonly derive: (key: string, order: string) => Key
}

const VERSIONS = {
  /** 3DES-CBC of the order, NUL-padded, under the base64 key and a zero IV. */
  HMAC_SHA256_V1: {
    hash: 'sha256',
    output: 'base64',
    derive: (key, order) => ({
      hex: encrypt(
        '3des-cbc',
        { base64: key },
        order,
        { iv: new Uint8Array(8), padding: 'zero' },
        'hex',
      ),
    }),
  },
  /**
   * AES-128-CBC of the order under the first 16 characters of the key's text, filled with `0`, and a zero IV; the HMAC's key
   * is the base64 text of that. From Redsys's own PHP sample; no published vector exists.
   */
  HMAC_SHA512_V2: {
    hash: 'sha512',
    output: 'base64url',
    derive: (key, order) =>
      encrypt('aes-cbc', key.slice(0, 16).padEnd(16, '0'), order, { iv: new Uint8Array(16) }),
  },
} as const satisfies Record<string, Version>

export type RedsysVersion = keyof typeof VERSIONS
// Object.keys of a constant gives its keys and no others.
export const REDSYS_VERSIONS = Object.keys(VERSIONS) as readonly RedsysVersion[]

/**
 * The signature of `Ds_MerchantParameters` in its base64 text, or of the literal `<DATOSENTRADA>` element, for an order.
 * Requests of V1 carry standard base64 and answers the URL-safe one, padded (`base64url-padded`).
 */
export function redsys(
  version: RedsysVersion,
  key: string,
  order: string,
  data: string,
  output?: Output,
): string {
  const at = (param: string): Place => ({ scheme: 'redsys', param })
  const entry = known<Version>(VERSIONS, version, at('version'))
  if (typeof key !== 'string' || key === '') throw fault(at('key'), 'is empty or not text')
  if (typeof order !== 'string' || order === '') throw fault(at('order'), 'is empty or not text')
  return hmac(entry.hash, entry.derive(key, order), data, output ?? entry.output)
}

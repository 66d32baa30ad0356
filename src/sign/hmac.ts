/**
 * @module HMAC of any hash, over a text that is already put together. RFC 2104.
 */
import { createHmac } from 'node:crypto'
import { type Output, bytesOf, written } from './codec.ts'
import { known } from './fault.ts'
import { type Hash, HASHES } from './hash.ts'
import { type Key, keyBytes } from './key.ts'
import type { Data } from './types.ts'

/** The HMAC of text or bytes, lower-case hex unless told otherwise. The key: text, or `{hex}`, `{base64}`, `{base64url}`. */
export function hmac(algorithm: Hash, key: Key, data: Data, output: Output = 'hex'): string {
  return written(hmacBytes(algorithm, key, data), output, 'hmac')
}

/** The HMAC as bytes, for code on this side of the sandbox. */
export function hmacBytes(algorithm: Hash, key: Key, data: Data): Buffer {
  known(HASHES, algorithm, { scheme: 'hmac', param: 'algorithm' })
  return createHmac(algorithm, keyBytes(key, { scheme: 'hmac', param: 'key' }))
    .update(bytesOf(data, { scheme: 'hmac', param: 'data' }))
    .digest()
}

/**
 * @module Digests: MD5 and SHA-1, which old protocols still ask for, and SHA-224 to SHA-512. RFC 1321, FIPS 180-4.
 */
import { createHash } from 'node:crypto'
import { type Output, bytesOf, written } from './codec.ts'
import { known } from './fault.ts'
import type { Data } from './types.ts'

/** Hashes and their length in bytes. */
export const HASHES = { md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 } as const

export type Hash = keyof typeof HASHES
// Object.keys of a constant gives its keys and no others.
export const HASH_NAMES = Object.keys(HASHES) as readonly Hash[]

/** The digest of text or bytes, lower-case hex unless told otherwise. */
export function hash(algorithm: Hash, data: Data, output: Output = 'hex'): string {
  return written(hashBytes(algorithm, data), output, 'hash')
}

/** The digest as bytes, for code on this side of the sandbox. */
export function hashBytes(algorithm: Hash, data: Data): Buffer {
  known(HASHES, algorithm, { scheme: 'hash', param: 'algorithm' })
  return createHash(algorithm)
    .update(bytesOf(data, { scheme: 'hash', param: 'data' }))
    .digest()
}

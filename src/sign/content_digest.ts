/**
 * @module Content-Digest: a hash of the body in a header. RFC 9530.
 */
import { says } from './equal.ts'
import { hash, hashBytes } from './hash.ts'
import type { Data } from './types.ts'

/** RFC 9530, 5: the algorithms that are active. */
export const DIGEST_ALGORITHMS = ['sha-256', 'sha-512'] as const
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number]

const HASHES = { 'sha-256': 'sha256', 'sha-512': 'sha512' } as const

/** The header's value for a body: `sha-256=:...:`. */
export function contentDigest(algorithm: DigestAlgorithm, body: Data): string {
  return `${algorithm}=:${hash(HASHES[algorithm], body, 'base64')}:`
}

/** Whether a header's value is that of the body: at least one active algorithm, and each that is there right. */
export function digestHolds(header: string, body: Data): boolean {
  const members = [...header.matchAll(/(?:^|,)\s*([a-z0-9-]+)=:([A-Za-z0-9+/=]*):/g)]
  const checked = members.flatMap(([, name = '', value = '']) => {
    const algorithm = DIGEST_ALGORITHMS.find((known) => known === name)
    return algorithm ? [says(value, 'base64', hashBytes(HASHES[algorithm], body))] : []
  })
  return checked.length > 0 && checked.every(Boolean)
}

/**
 * @module The secrets we hand out: 256 random bits with a prefix that secret scanners can find; only their hash is kept.
 */
import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '../secret.ts'

/** `pgk` API key, `pgs` client secret. */
export type SecretPrefix = 'pgk' | 'pgs'

/** A new secret, such as `pgk_live_..` or `pgk_test_..`. */
export function newSecret(prefix: SecretPrefix, test: boolean): Secret {
  return new Secret(`${prefix}_${test ? 'test' : 'live'}_${randomBytes(32).toString('base64url')}`)
}

/** What is kept of it. Not slowed down, because 256 random bits cannot be guessed. */
export function hashSecret(secret: Secret): Buffer {
  return createHash('sha256').update(secret.reveal()).digest()
}

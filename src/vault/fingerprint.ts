/**
 * @module Keyed hashes of what is stored: fingerprints, which tell equal values, and terms, by which a value is found.
 */
import { createHmac } from 'node:crypto'
import type { SealingKey } from './seal.ts'
import type { Secrets, TokenType } from './token.ts'

/** Equal for equal cards, equal accounts, and equal values of one kind. HMAC-SHA-256 in base64url. */
export function fingerprintOf(key: SealingKey, type: TokenType, secrets: Secrets): string {
  const { instrument, data, fingerprint_of } = secrets
  if (fingerprint_of) return hash(key, ['value', fingerprint_of.kind, fingerprint_of.value])
  if (!instrument) return hash(key, ['data', data ?? ''])
  const routing = instrument.shown['routing_number'] ?? ''
  return mac(key, `${type}:${routing}:${instrument.number}`)
}

/** What stands in the table for a value that a token can be found by. */
export function termOf(key: SealingKey, value: string): string {
  return hash(key, ['term', value])
}

/** As JSON, so that no two lists of parts give the same text. */
function hash(key: SealingKey, parts: readonly string[]): string {
  return mac(key, JSON.stringify(parts))
}

function mac({ key }: SealingKey, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/**
 * @module Comparison of signatures in time that depends on neither side.
 */
import { timingSafeEqual } from 'node:crypto'
import { type Input, bytesOf, decoded } from './codec.ts'
import { hashBytes } from './hash.ts'
import type { Data } from './types.ts'

/** Whether both are the same, byte for byte. Hashed first because lengths may differ, and `==` is not constant-time. */
export function equal(left: Data, right: Data): boolean {
  const [a, b] = [
    bytesOf(left, { scheme: 'equal', param: 'left' }),
    bytesOf(right, { scheme: 'equal', param: 'right' }),
  ]
  return timingSafeEqual(hashBytes('sha256', a), hashBytes('sha256', b))
}

/** Whether text received as a signature says the expected bytes. Text of another form does not; hex may be of either case. */
export function says(given: string, from: Input, expected: Uint8Array): boolean {
  try {
    return equal(decoded(given, from, { scheme: 'verify', param: 'signature' }), expected)
  } catch {
    // Not of that form: a wrong signature like any other.
    return false
  }
}

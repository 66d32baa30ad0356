/**
 * @module Bytes by chance, for nonces, salts and one-time keys.
 */
import { randomBytes } from 'node:crypto'
import { type Output, written } from './codec.ts'
import { fault } from './fault.ts'

/** 1 to 1024 random bytes, lower-case hex unless told otherwise. Not for `build`, whose plan must be the same twice. */
export function random(length: number, output: Output = 'hex'): string {
  if (!Number.isInteger(length) || length < 1 || length > 1024) {
    throw fault({ scheme: 'random', param: 'length' }, 'is not a whole number from 1 to 1024')
  }
  return written(randomBytes(length), output, 'random')
}

/**
 * @module Ids that begin with their time: new rows stand together in the file, and sorting by id is sorting by age.
 */
import { randomBytes } from 'node:crypto'

/** Crockford's base32, in lower case: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export type Prefix =
  'ten' | 'tok' | 'fwd' | 'acct' | 'dst' | 'key' | 'client' | 'req' | 'ntf' | 'chn'

/** `tok_` and 26 characters: 48 bits of milliseconds, 80 random bits (a ULID, https://github.com/ulid/spec). */
export function newId(prefix: Prefix, now: number): string {
  let text = ''
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) {
    text = ALPHABET.charAt(rest % 32) + text
  }
  for (const byte of randomBytes(16)) text += ALPHABET.charAt(byte % 32)
  return `${prefix}_${text}`
}

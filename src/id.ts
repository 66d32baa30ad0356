/**
 * @module Ids that begin with their time: new rows stand together in the file, and sorting by id is sorting by age.
 */
/** Crockford's base32, in lower case: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const CODES = Buffer.from(ALPHABET)

export type Prefix =
  'ten' | 'tok' | 'fwd' | 'acct' | 'dst' | 'key' | 'client' | 'req' | 'ntf' | 'chn'

/** The time that was written last: many ids are made within a millisecond. */
let last = { now: -1, text: '' }
/** Of the id that is being made. */
const random = Buffer.alloc(16)

/** `tok_` and 26 characters: 48 bits of milliseconds, 80 random bits (a ULID, https://github.com/ulid/spec). */
export function newId(prefix: Prefix, now: number): string {
  if (last.now !== now) last = { now, text: timeOf(now) }
  crypto.getRandomValues(random)
  for (let i = 0; i < random.length; i++) random[i] = CODES[(random[i] ?? 0) % 32] ?? 0
  return `${prefix}_${last.text}${random.toString('latin1')}`
}

/** Every id of that millisecond and later sorts behind it, and every older one before. */
export function firstIdAt(prefix: Prefix, now: number): string {
  return `${prefix}_${timeOf(now)}`
}

function timeOf(now: number): string {
  let text = ''
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) {
    text = ALPHABET.charAt(rest % 32) + text
  }
  return text
}

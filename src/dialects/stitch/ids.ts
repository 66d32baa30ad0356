/**
 * @module Ids in Stitch's form: tokens as base64 of `token/<id>`, forwards as UUIDs.
 */

const PREFIX = 'token/'

/** Base64 of at most 400 characters, as ours and Stitch's ids are. */
const BASE64 = /^[A-Za-z0-9+/]{8,600}={0,2}$/

/** A token's id as Stitch shows it: `dG9rZW4v..`. */
export function shownTokenId(id: string): string {
  return Buffer.from(PREFIX + id).toString('base64')
}

/** Our id of a token, given in either form. */
export function ownTokenId(given: string): string {
  if (!BASE64.test(given)) return given
  const text = Buffer.from(given, 'base64').toString('utf8')
  return text.startsWith(PREFIX) ? text.slice(PREFIX.length) : given
}

const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * The id of a forward as a UUID of version 7 (RFC 9562): the same 48 bits of milliseconds, and 74 of the 80 random bits.
 * Any other text gives null.
 */
export function forwardUuid(id: string): string | null {
  const [, letters] = /^fwd_([0-7][0-9a-hjkmnp-tv-z]{25})$/.exec(id) ?? []
  if (letters === undefined) return null
  let bits = 0n
  for (const letter of letters) bits = bits * 32n + BigInt(BASE32.indexOf(letter))
  const time = bits >> 80n
  const random = (bits >> 6n) & ((1n << 74n) - 1n)
  const value =
    (time << 80n) |
    (7n << 76n) |
    ((random >> 62n) << 64n) |
    (2n << 62n) |
    (random & ((1n << 62n) - 1n))
  const hex = value.toString(16).padStart(32, '0')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

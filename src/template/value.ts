/**
 * @module A placeholder's value as text, and its refusal in words that never show it.
 */
import type { FilterValue } from '../hole.ts'

/** A value that cannot be used; the message may be shown and so never holds the value. */
export class Refusal extends Error {}

/**
 * The value as text: a string as it is, a number by its digits.
 * @throws Refusal for null, lists, objects and bytes, which have no text of their own.
 */
export function asText(value: FilterValue): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    default:
      if (value === null) throw new Refusal('there is no value')
      throw new Refusal(
        value instanceof Uint8Array
          ? 'bytes need an encoding, such as base64 or hex'
          : 'a list or an object has no text of its own',
      )
  }
}

const utf8 = new TextEncoder()

/** The unreserved characters of RFC 3986 section 2.3. */
const UNRESERVED = /^[\w.~-]*$/

/** The value's bytes, text as UTF-8. */
export function asBytes(value: FilterValue): Uint8Array {
  return value instanceof Uint8Array ? value : utf8.encode(asText(value))
}

/**
 * Percent-encodes everything but the unreserved characters of RFC 3986 section 2.3.
 * @throws Refusal for text that is not well-formed Unicode.
 */
export function percentEncode(text: string): string {
  if (UNRESERVED.test(text)) return text
  if (!text.isWellFormed()) throw new Refusal('it is not well-formed Unicode')
  return encodeURIComponent(text).replace(/[!'()*]/g, byHex)
}

function byHex(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

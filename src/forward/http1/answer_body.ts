/**
 * @module Where the body of an answer ends (RFC 9112, 6.3).
 */
import { NoAnswer } from './no_answer.ts'

/** `length` is in bytes: that many, exactly. */
export type Body =
  | { readonly ends: 'at once' | 'with its last chunk' | 'with the connection' }
  | { readonly ends: 'after its length'; readonly length: number }

/** Statuses that never have a body, whatever their headers say. */
const BODILESS: ReadonlySet<number> = new Set([204, 304])
const LENGTH = /^\d{1,15}$/

/**
 * How to know. Throws NoAnswer for a length that is none, for two, for a length beside an encoding, for any encoding but
 * `chunked` alone, and for an answer that is still to come (1xx) and yet has a body.
 */
export function bodyOf(status: number, headers: readonly (readonly [string, string])[]): Body {
  let length: string | null = null
  let encoding: string | null = null
  for (const [name, value] of headers) {
    if (name === 'content-length') {
      if (length !== null || !LENGTH.test(value)) throw new NoAnswer()
      length = value
    } else if (name === 'transfer-encoding') {
      if (encoding !== null || value.toLowerCase() !== 'chunked') throw new NoAnswer()
      encoding = value
    }
  }
  const framed = length !== null || encoding !== null
  if (length !== null && encoding !== null) throw new NoAnswer()
  if (status < 200 && framed) throw new NoAnswer()
  if (status < 200 || BODILESS.has(status)) return { ends: 'at once' }
  if (encoding !== null) return { ends: 'with its last chunk' }
  if (length === null) return { ends: 'with the connection' }
  return { ends: 'after its length', length: Number(length) }
}

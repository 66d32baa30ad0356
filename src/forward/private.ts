/**
 * @module Values that a PSP mints for the caller alone: left out wherever an answer is shown again.
 */
import type { Json } from '../adapter.ts'

const HIDDEN = '[private]'

/** The JSON with `[private]` at each of the JSON pointers (RFC 6901) that exists in it. */
export function withoutPrivate(value: Json, pointers: readonly string[]): Json {
  return pointers.reduce((whole, pointer) => hide(whole, pointer.split('/').slice(1)), value)
}

function hide(value: Json, path: readonly string[]): Json {
  const [first, ...rest] = path
  if (first === undefined) return HIDDEN
  if (typeof value !== 'object' || value === null) return value
  const name = first.replaceAll('~1', '/').replaceAll('~0', '~')
  if (Array.isArray(value)) {
    return value.map((one: Json, at) => (String(at) === name ? hide(one, rest) : one))
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === name ? hide(one, rest) : one]),
  )
}

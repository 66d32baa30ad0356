/**
 * @module The filters of Basis Theory's expressions that Liquid does not have: one table.
 *
 * https://developers.basistheory.com/docs/expressions/filters, the source of every example in the tests.
 */
import { createHmac, randomInt } from 'node:crypto'
import type { Json } from '../adapter.ts'
import type { FilterValue } from '../hole.ts'
import { month, toNumber, year } from './convert.ts'
import { parseJsonPath, valueAt } from './json_path.ts'
import { Refusal, asBytes, asText } from './value.ts'

/** What can be written as an argument of a filter. */
export type LiquidArgument = string | number | boolean | null

type Apply = (value: FilterValue, ...args: readonly (LiquidArgument | undefined)[]) => FilterValue

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'

/** No token is so long that more would make sense. */
const MAX_PAD = 1024

/** Every one of them but `json` leaves null as it is. */
export const LIQUID_FILTERS: Readonly<Record<string, Apply>> = {
  alias_card: text((value, bin, last4) => {
    const digits = value.replace(/[ -]/g, '')
    const first = flag(bin) ? binLength(digits) : 0
    const last = flag(last4) ? 4 : 0
    if (digits.length < first + last) throw new Refusal('it is shorter than what is to be revealed')
    let seen = 0
    return value.replace(/[^ -]/g, (char) => {
      const at = seen++
      return at < first || at >= digits.length - last ? char : random(DIGITS)
    })
  }),
  alias_preserve_format: text((value, first, last) =>
    between(value, first, last, (char) => {
      if (/[0-9]/.test(char)) return random(DIGITS)
      return /\p{L}/u.test(char) ? random(LETTERS) : char
    }),
  ),
  alias_preserve_length: text((value, first, last) =>
    between(value, first, last, () => random(LETTERS + DIGITS)),
  ),
  card_bin: text((value, separator) => {
    const digits = value.replaceAll(asText(separator ?? '') || '\0', '')
    return digits.slice(0, binLength(digits))
  }),
  card_exp: (value, format) => {
    if (value === null) return null
    const { expiration_month, expiration_year } = cardOf(value)
    const parts: Readonly<Record<string, string>> = {
      MM: month(asText(expiration_month ?? null)),
      YYYY: year(asText(expiration_year ?? null)),
      YY: year(asText(expiration_year ?? null)).slice(-2),
    }
    const wanted = asText(format ?? '')
    if (!/^(?:MM|YYYY|YY|[/_. -])+$/.test(wanted))
      throw new Refusal('the format is none of MM, YY, YYYY')
    return wanted.replace(/MM|YYYY|YY/g, (name) => parts[name] ?? '')
  },
  card_mask: text((value, bin, last4, mask, preserve) => {
    const keep = asText(preserve ?? '')
    const digits = [...value].filter((char) => !keep.includes(char)).join('')
    const first = flag(bin) ? binLength(digits) : 0
    const last = flag(last4) ? 4 : 0
    const cover = maskOf(mask)
    const masked = covered(value, keep, (at) => at < first || at >= digits.length - last, cover)
    return masked === value ? covered(value, keep, () => false, cover) : masked
  }),
  hmac: (value, ...args) => {
    if (value === null) return null
    const [algorithm, key] = args.length === 1 ? ['sha-256', args[0]] : args
    const name = /^sha-(1|256|384|512)$/.exec(asText(algorithm ?? 'sha-256').toLowerCase())?.[1]
    if (name === undefined) throw new Refusal('the algorithm is none of sha-1, sha-256, sha-512')
    if (typeof key !== 'string' || key === '') throw new Refusal('it needs a key')
    return createHmac(`sha${name}`, key).update(asBytes(value)).digest()
  },
  json: (value, path) => {
    const parsed = parseJsonPath(asText(path ?? ''))
    if (!parsed) throw new Refusal('the JSONPath is malformed')
    return valueAt(jsonOf(value), parsed)
  },
  json_stringify: stringify,
  stringify,
  last4: text((value) => value.slice(-4)),
  pad_left: text((value, length, char) => value.padStart(padding(length), asText(char ?? ' '))),
  pad_right: text((value, length, char) => value.padEnd(padding(length), asText(char ?? ' '))),
  reveal: text((value, first, last, mask, preserve) => {
    const from = count(first)
    const to = value.length - count(last)
    const keep = asText(preserve ?? '')
    const whole = value.length <= from + count(last)
    const masked = [...value]
      .map((char, at) =>
        (!whole && (at < from || at >= to)) || keep.includes(char) ? char : maskOf(mask),
      )
      .join('')
    return masked === value ? covered(value, keep, () => false, maskOf(mask)) : masked
  }),
  reveal_last: text((value, length, mask) => {
    const hidden = Math.max(0, value.length - count(length))
    // Dashes stay, as in the masks of every type with them; spaces do not.
    return value.slice(0, hidden).replace(/[^-]/gu, maskOf(mask)) + value.slice(hidden)
  }),
  to_boolean: (value) => {
    if (value === null || typeof value === 'boolean') return value
    const lower = asText(value).toLowerCase()
    if (lower !== 'true' && lower !== 'false') throw new Refusal('it is neither true nor false')
    return lower === 'true'
  },
  to_number: (value) => {
    if (value === null || typeof value === 'number' || typeof value === 'bigint') return value
    const number = asText(value).trim()
    if (/^-?[0-9]+$/.test(number)) return toNumber(number)
    if (!/^-?[0-9]+\.[0-9]+$/.test(number)) throw new Refusal('it is not a number')
    return Number(number)
  },
  to_string: text((value) => value),
  to_base64: (value) => Buffer.from(asBytes(value)).toString('base64'),
  to_base16: (value) => Buffer.from(asBytes(value)).toString('hex').toUpperCase(),
  // Standard filters that the library does not have, or has in another way.
  base64_url_safe_encode: text((value) =>
    Buffer.from(value).toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
  ),
  base64_url_safe_decode: text((value) => Buffer.from(value, 'base64url').toString('utf8')),
  divided_by: (value, by) => {
    const divisor = Number(by)
    const dividend = Number(asText(value))
    if (divisor === 0 || Number.isNaN(divisor / dividend)) throw new Refusal('it cannot be divided')
    // "The result is rounded down to the nearest integer if the divisor is an integer."
    return Number.isInteger(divisor) ? Math.floor(dividend / divisor) : dividend / divisor
  },
}

function text(
  apply: (value: string, ...args: readonly (LiquidArgument | undefined)[]) => string,
): Apply {
  return (value, ...args) => (value === null ? null : apply(asText(value), ...args))
}

/** Text and numbers as they are, the rest as compact JSON. */
function stringify(value: FilterValue): FilterValue {
  if (value === null) return null
  return typeof value === 'object' && !(value instanceof Uint8Array)
    ? JSON.stringify(value)
    : asText(value)
}

/** The value as one that a path can lead into. Throws Refusal for what is no JSON. */
export function jsonOf(value: FilterValue): Json {
  if (typeof value === 'bigint' || value instanceof Uint8Array) {
    throw new Refusal('there is nothing in it that a path could lead to')
  }
  return value
}

/** The card's own fields, also where the whole token was given. */
function cardOf(value: FilterValue): Readonly<Record<string, Json>> {
  const inner = isRecord(value) && isRecord(value['data'] ?? null) ? value['data'] : value
  if (isRecord(inner ?? null)) return inner as Readonly<Record<string, Json>> // Checked just here.
  throw new Refusal('it is not a card')
}

function isRecord(value: FilterValue): value is Readonly<Record<string, Json>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  )
}

function binLength(digits: string): number {
  return digits.length < 16 ? 6 : 8
}

function flag(value: LiquidArgument | undefined): boolean {
  return value === true || value === 'true'
}

function count(value: LiquidArgument | undefined): number {
  const number = Number(value ?? 0)
  if (!Number.isInteger(number) || number < 0) throw new Refusal('a length is a whole number')
  return number
}

function padding(value: LiquidArgument | undefined): number {
  return Math.min(MAX_PAD, count(value))
}

function maskOf(value: LiquidArgument | undefined): string {
  const mask = asText(value ?? 'X')
  if ([...mask].length !== 1) throw new Refusal('the mask is one character')
  return mask
}

/** Covers every character but those in `keep`, which are not counted, and those at positions to be shown. */
function covered(
  value: string,
  keep: string,
  shown: (at: number) => boolean,
  mask: string,
): string {
  let at = 0
  return [...value].map((char) => (keep.includes(char) || shown(at++) ? char : mask)).join('')
}

function between(
  value: string,
  first: LiquidArgument | undefined,
  last: LiquidArgument | undefined,
  replace: (char: string) => string,
): string {
  const chars = [...value]
  const from = count(first)
  const to = chars.length - count(last)
  return chars.map((char, at) => (at < from || at >= to ? char : replace(char))).join('')
}

function random(alphabet: string): string {
  return alphabet.charAt(randomInt(alphabet.length))
}

/**
 * @module Finds the number of a card or an account in every usual written form. Linear in the text: each place is looked at once
 * for each form, and a form ends at its first character that is wrong.
 */
import {
  NOWHERE,
  base64Spellings,
  disjoint,
  findSpellings,
  type Finder,
  type Span,
} from './finder.ts'
import { findText } from './find_text.ts'

/** How many separators may stand between two digits. */
const MOST_BETWEEN = 3

/** What people and programs put between digits; NUL because UTF-16 does, and C2 because in UTF-8 it begins a no-break space. */
const SEPARATORS = new Set('\t\n\v\f\r \0-._/,+\xa0\xc2')

/** Longer ones, by their first character. */
const LONG_SEPARATORS: Readonly<Record<string, readonly string[]>> = {
  '%': ['%20', '%2d'],
  '&': ['&nbsp;', '&#160;'],
  '\\': ['\\u00a0'],
  // Thin and narrow spaces, and dashes that are none of ASCII's, in UTF-8.
  '\xe2': ['\x89', '\x8a', '\xaf', '\x90', '\x91', '\x92', '\x93', '\x94'].map(
    (last) => `\xe2\x80${last}`,
  ),
}

/** The same in hexadecimal; no digit begins like them. */
const HEX_SEPARATOR = /^(?:2[0bcdef]|5f|c2|a0|00)$/i

/** Groups on cards of 14 digits (4-6-4) and 15 (4-6-5); all others are printed by four. */
const PRINTED: { readonly [length: number]: RegExp } = {
  14: /^.{4}|(?<=^.{4}).{6}|.{4}$/g,
  15: /^.{4}|(?<=^.{4}).{6}|.{5}$/g,
}

/** Six digits, spaces and dashes in base64, or three in UTF-16: what each form of a number has in it, whatever number it is. */
const DIGITS_IN_BASE64 =
  /(?:[MNOIL][CDSTijyz][AEIMQUYcgk0][wxyz0-5gt]){2}|[MNO][AQgw]A[wxyz0-5]AD[AEIMQUYcgk]A/

/**
 * A number of eight characters or more: plain, grouped, as character references, percent-encoded, in UTF-16, hexadecimal,
 * and inside base64 at each of its three offsets.
 */
export function findNumber(value: string): Finder {
  // Numbers are of letters and digits; what is none is a text like any other.
  if (!/^[\x21-\x7e]+$/.test(value)) return findText(value)
  const digits = /^[0-9]+$/.test(value)
  let encoded: readonly string[] | null = null
  return (text) => {
    // No form is shorter than the number itself.
    if (text.length < value.length) return NOWHERE
    const found: Span[] = []
    for (const form of FORMS) findForm(text, value, form, found)
    if (!digits || DIGITS_IN_BASE64.test(text)) {
      encoded ??= printed(value).flatMap(base64Spellings)
      found.push(...findSpellings(text, encoded))
    }
    return disjoint(found)
  }
}

interface Form {
  /** How each character may be written, by its code. */
  readonly table: readonly Ways[]
  /** Where the separator ends that begins here; -1 where none does. */
  readonly between: (text: string, at: number) => number
}

function findForm(text: string, value: string, form: Form, found: Span[]): void {
  const { starts } = waysAt(form, value, 0)
  for (let start = 0; start < text.length; start++) {
    // Most characters begin nothing, and are passed over here.
    if (starts[text.charCodeAt(start)] !== 1) continue
    const end = endOf(text, start, value, form)
    if (end < 0) continue
    found.push({ start, end })
    start = end - 1
  }
}

/** Where the value ends that begins here; -1 where it is another. */
function endOf(text: string, start: number, value: string, form: Form): number {
  let at = start
  for (let i = 0; i < value.length; i++) {
    const { ways } = waysAt(form, value, i)
    let next = wayEnd(text, at, ways)
    for (let skipped = 0; next < 0 && at > start && skipped < MOST_BETWEEN; skipped++) {
      const behind = form.between(text, at)
      if (behind < 0) return -1
      at = behind
      next = wayEnd(text, at, ways)
    }
    if (next < 0) return -1
    at = next
  }
  return at
}

function waysAt({ table }: Form, value: string, at: number): Ways {
  return table[value.charCodeAt(at)] ?? NO_WAYS
}

function wayEnd(text: string, at: number, ways: readonly string[]): number {
  for (const way of ways) {
    if (isAt(text, at, way)) return at + way.length
  }
  return -1
}

/** Whether the text goes on with this, in any case. */
function isAt(text: string, at: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    const code = text.charCodeAt(at + i)
    const wanted = lower.charCodeAt(i)
    const isCapital = code >= 0x41 && code <= 0x5a
    if ((isCapital ? code | 0x20 : code) !== wanted) return false
  }
  return true
}

function separatorEnd(text: string, at: number): number {
  const one = text.charAt(at)
  if (SEPARATORS.has(one)) return at + 1
  const long = LONG_SEPARATORS[one]?.find((separator) => isAt(text, at, separator))
  return long === undefined ? -1 : at + long.length
}

function hexSeparatorEnd(text: string, at: number): number {
  return HEX_SEPARATOR.test(text.slice(at, at + 2)) ? at + 2 : -1
}

/** The ways in which one character may be written, in lower case, and with what they begin. */
interface Ways {
  readonly ways: readonly string[]
  readonly starts: Uint8Array
}

/** By the code of the character. */
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
const WRITTEN = ASCII.map((one) => waysOf(written(one)))
const IN_HEX = ASCII.map((one) => waysOf([hex(one)]))
const NO_WAYS = waysOf([])
const FORMS: readonly Form[] = [
  { table: WRITTEN, between: separatorEnd },
  { table: IN_HEX, between: hexSeparatorEnd },
]

function waysOf(ways: readonly string[]): Ways {
  const starts = new Uint8Array(256)
  for (const [one = ''] of ways) starts[codeOf(one)] = starts[codeOf(one.toUpperCase())] = 1
  return { ways, starts }
}

/** Plain, escaped in JSON, as a reference in XML or HTML, percent-encoded. */
function written(one: string): readonly string[] {
  const code = hex(one)
  return [one.toLowerCase(), `\\u00${code}`, `&#x${code};`, `&#${codeOf(one)};`, `%${code}`]
}

/** The number as it is, in groups as on cards, and in UTF-16. */
function printed(value: string): readonly Buffer[] {
  const groups = value.match(PRINTED[value.length] ?? /.{1,4}/g) ?? []
  const wide = Buffer.from(value, 'utf16le')
  const texts = [value, groups.join(' '), groups.join('-')].map((text) => Buffer.from(text))
  return [...texts, wide, Buffer.from(wide).swap16()]
}

function hex(character: string): string {
  return codeOf(character).toString(16).padStart(2, '0')
}

function codeOf(character: string): number {
  return character.charCodeAt(0)
}

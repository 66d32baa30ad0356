/**
 * @module Conversions of card data that PSPs ask for: dates in their formats, names in parts, codes for brands.
 */
import type { FilterValue } from '../hole.ts'
import { Refusal, asText } from './value.ts'

/** A whole number: a `bigint` where a `number` would not keep every digit, as with a card number of 19 digits. */
export function toNumber(text: string): FilterValue {
  if (!/^-?[0-9]{1,40}$/.test(text)) throw new Refusal('it is not a whole number')
  const number = Number(text)
  // Adding zero turns -0 into 0.
  return Number.isSafeInteger(number) ? number + 0 : BigInt(text)
}

/** The value's JSON text. */
export function toJson(value: FilterValue): string {
  if (typeof value === 'bigint' || value instanceof Uint8Array) return asText(value)
  return JSON.stringify(value)
}

/** Two digits from `1` to `12`. */
export function month(text: string): string {
  if (!/^(0?[1-9]|1[0-2])$/.test(text)) throw new Refusal('it is not a month')
  return text.padStart(2, '0')
}

/** Four digits; a year of two is one of this century. */
export function year(text: string): string {
  if (!/^([0-9]{2}){1,2}$/.test(text)) throw new Refusal('it is not a year')
  return text.padStart(4, '20')
}

/** `MM/YY` or `MM/YYYY` as another format. */
export function expiry(text: string, format: string): string {
  const parts = /^([0-9]{2})\/((?:[0-9]{2}){1,2})$/.exec(text)
  if (!parts?.[1] || !parts[2]) throw new Refusal('it is not an expiry of the form MM/YY')
  const values: Readonly<Record<string, string>> = {
    MM: month(parts[1]),
    YYYY: year(parts[2]),
    YY: parts[2].slice(-2),
  }
  return format.replace(/MM|YYYY|YY/g, (name) => values[name] ?? name)
}

/** All words but the last, and the last. A single word is the last name. */
export function names(text: string): readonly [first: string, last: string] {
  const words = text.trim().split(/\s+/)
  const last = words.pop() ?? ''
  return [words.join(' '), last]
}

/** Letters that Unicode does not take apart into a base letter and a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'SS',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ø: 'o',
  Ø: 'O',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 'th',
  Þ: 'Th',
  ł: 'l',
  Ł: 'L',
  ı: 'i',
  '’': "'",
  '‘': "'",
  '–': '-',
  '—': '-',
  '\u00a0': ' ',
}

/** Printable ASCII: accents dropped, a few letters spelled out, the rest left out. */
export function toAscii(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, (char) => LETTERS[char] ?? char).normalize('NFD')
  return plain.replace(/[^\x20-\x7e]/g, '')
}

/** Looks a value up in pairs `old, new, old, new, otherwise`. */
export function mapped(text: string, pairs: readonly (string | number)[]): string {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    if (pairs[i] === text) return String(pairs[i + 1])
  }
  if (pairs.length % 2 === 0) throw new Refusal('it is not among the values listed')
  return String(pairs.at(-1))
}

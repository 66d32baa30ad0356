/**
 * @module Masks card numbers and security codes in anything the sandbox keeps, prints or echoes.
 */
import { isPublished, TEST_CARDS, WRONG_NUMBER } from './cards.ts'
import { luhn } from '../card.ts'

const SEPARATOR = String.raw`(?:[ \-.+_/\u00a0]|%20|%2D|%C2%A0|&nbsp;)`
const SPLIT = new RegExp(`(${SEPARATOR})`, 'i')
/** Digits, possibly grouped: 12 or more of them once the separators are out. */
const RUN = new RegExp(String.raw`\d(?:${SEPARATOR}?\d){11,}`, 'gi')
/** Numbers published for tests are found inside longer numbers too; longest first, as one may begin another. */
const PUBLISHED = new RegExp(
  [...TEST_CARDS.keys(), WRONG_NUMBER].sort((a, b) => b.length - a.length).join('|'),
  'g',
)
/** Digits in disguise: `\u0034`, `%34`, `&#52;`, `&#x34;`. */
const DISGUISED = /\\u003(\d)|%3(\d)|&#(4[89]|5[0-7]);|&#x3(\d);/gi

const CODE = String.raw`(?:[\w-]{0,40}[_-]|card)?(?:cvc|cvv|cvn|csc|cid|cvc2|cvv2|security[_-]?code|verification[_-]?(?:value|code)|card[_-]?code)`
const CODE_NAME = new RegExp(`^${CODE}$`, 'i')
/** Security codes by the name of their field: in JSON, forms, XML elements, XML attributes and multipart bodies. */
const CODES = [
  new RegExp(String.raw`("${CODE}"\s*:\s*)("(?:[^"\\]|\\.)*"|[\d.eE+-]+)`, 'gi'),
  new RegExp(String.raw`((?:^|[?&;\[.]|%5B)${CODE}(?:\]|%5D)?=)([^&;\s]+)`, 'gi'),
  new RegExp(String.raw`(<(?:[\w-]+:)?${CODE}(?:\s[^<>]*)?>)([^<]+)`, 'gi'),
  new RegExp(String.raw`(\s${CODE}\s*=\s*)("[^"]*"|'[^']*')`, 'gi'),
  new RegExp(String.raw`(name="${CODE}"\r?\n\r?\n)([^\r\n]+)`, 'gi'),
]
const STARS = '***'

/** The text with card numbers as `first6******last4` and security codes as `***`. */
export function mask(text: string): string {
  const plain = text.replace(DISGUISED, (_, json, percent, decimal, hex) =>
    String(decimal === undefined ? (json ?? percent ?? hex) : Number(decimal) - 48),
  )
  // Disguised digits are shown plain only where they hide a number.
  const source = plain !== text && maskNumbers(plain) !== plain ? plain : text
  return CODES.reduce(
    (rest, code) =>
      rest.replace(code, (_, name: string, value: string) => {
        const quote = /^["']/.exec(value)?.[0] ?? (name.trimEnd().endsWith(':') ? '"' : '')
        return `${name}${quote}${STARS}${quote}`
      }),
    maskNumbers(source),
  )
}

/** The same for a JSON value, where a field's name says what it is. */
export function maskJson(value: unknown, name = ''): unknown {
  if (CODE_NAME.test(name) && (typeof value === 'string' || typeof value === 'number')) return STARS
  if (typeof value === 'string') return mask(value)
  if (typeof value === 'number') {
    const shown = maskNumbers(String(value))
    return shown === String(value) ? value : shown
  }
  if (Array.isArray(value)) return value.map((item) => maskJson(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [mask(key), maskJson(member, key)]),
  )
}

/** Card numbers in a text, digits only: those that {@link mask} would mask. */
export function cardNumbers(text: string): string[] {
  const found: string[] = []
  replaceNumbers(text, (digits) => (found.push(digits), digits))
  return found
}

function maskNumbers(text: string): string {
  return replaceNumbers(text, (digits) => `${digits.slice(0, 6)}******${digits.slice(-4)}`)
}

function replaceNumbers(text: string, replace: (digits: string) => string): string {
  return text.replace(RUN, (run) => replaceInRun(run.split(SPLIT), replace))
}

/**
 * Looks at every stretch of neighbouring groups, longest first, so that `12/30` after a number does not hide it.
 * @param parts groups of digits at even places, separators at odd ones
 */
function replaceInRun(parts: readonly string[], replace: (digits: string) => string): string {
  let out = ''
  for (let i = 0; i < parts.length; i += 2) {
    const [end, digits] = longestCard(parts, i)
    out += digits ? replace(digits) : (parts[i] ?? '').replace(PUBLISHED, replace)
    if (digits) i = end
    out += parts[i + 1] ?? ''
  }
  return out
}

function longestCard(parts: readonly string[], start: number): [end: number, digits: string] {
  let found: [number, string] = [start, '']
  let digits = ''
  for (let i = start; i < parts.length && digits.length < 19; i += 2) {
    digits += parts[i] ?? ''
    if (digits.length >= 12 && digits.length <= 19 && isCard(digits)) found = [i, digits]
  }
  return found
}

function isCard(digits: string): boolean {
  return luhn(digits) || isPublished(digits)
}

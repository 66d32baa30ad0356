/**
 * @module Finds a security code in a field whose name says so, or that the request itself used for it: three digits alone are
 * found anywhere, so they are no evidence.
 */
import { NOWHERE, type Finder, type Span } from './finder.ts'

/** Names of fields that hold a security code. */
const CVC_NAMES =
  'cvc|cvv|cvn|csc|cvd|cid|security_?-?code|verification_?-?(?:value|code)|card_?-?code'

/** Before a value in JSON (also inside a JSON string), forms, XML, HTML and query strings. */
const ASSIGNED = String.raw`(?:\\{0,8}["']|&quot;|%22)?\s{0,8}(?:[:=>]|%3[aAdD])\s{0,8}(?:\\{0,8}["']|&quot;|%22)?`

/** Patterns by the names of a request's own fields: a merchant uses the same few. */
const patterns = new Map<string, RegExp>()
const KEPT = 200

/** Finds the digits where they are the value of such a field. `fields` are further names. */
export function findCvc(value: string, fields: readonly string[]): Finder {
  const pattern = patternOf(fields)
  return (text) => {
    // To look behind at each place costs much more.
    if (!text.includes(value)) return NOWHERE
    const found: Span[] = []
    for (const { 0: digits, index } of text.matchAll(pattern)) {
      if (digits === value) found.push({ start: index, end: index + digits.length })
    }
    return found
  }
}

/** Every run of digits that is the value of such a field, whatever it is: no value is in the pattern. */
function patternOf(fields: readonly string[]): RegExp {
  const name = JSON.stringify(fields)
  const known = patterns.get(name)
  if (known) return known
  const own = fields.map((field) => `|(?<![A-Za-z0-9])${literal(field)}`).join('')
  const pattern = new RegExp(
    `(?<=(?:(?:${CVC_NAMES})[\\w\\]]{0,12}${own})(?:\\]|%5[dD])?${ASSIGNED})[0-9]+`,
    'gi',
  )
  if (patterns.size >= KEPT) patterns.clear()
  patterns.set(name, pattern)
  return pattern
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)
}

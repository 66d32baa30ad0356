/**
 * @module Finds card numbers in free text, to refuse them or to mask them.
 */
import { brandOf, fitsLength } from './brands.ts'
import { bin } from './number.ts'
import { luhn } from './luhn.ts'

/** Digits standing together, `start` to `end` in the text. */
interface Group {
  readonly start: number
  readonly end: number
}

/** A card number: groups `first` to `last` of a run. */
interface Found {
  readonly first: number
  readonly last: number
  readonly digits: string
}

/** The text as it is. */
const PLAIN = /[0-9]+/g

/** The text as a form or JSON writes it: the digits of an escape belong to no number. No two branches begin alike. */
const ESCAPED = /%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|[0-9]+/g

/** What may stand between the groups of one number, as it is and as forms and JSON write it. */
const DIVIDERS = new Set([' ', '-', '+', '\u00a0', '%20', '%2d', '%2b', '\\u0020', '\\u002d'])
const DIVIDER = String.raw`(?:[ +\u00a0-]|%2[0bd]|\\u002[0d])`

const LONGEST_DIVIDER = 6
const PERCENT = 37
const BACKSLASH = 92

/** The shortest and longest number that is looked for: 12 digits are too often something else. */
const SHORTEST = 13
const LONGEST = 19

/** What is in every text with a run of groups that is long enough, however it is read: most texts have none, and no groups are made of them. */
const ENOUGH = new RegExp(`[0-9](?:${DIVIDER}?[0-9]){${SHORTEST - 1}}`, 'i')

/**
 * Whether the text holds what passes for a card number: 13 to 19 digits, with single spaces or dashes allowed, a known
 * brand, a length of that brand, and a right check digit. Linear in the length of the text.
 */
export function looksLikeCardNumber(text: string): boolean {
  return (
    ENOUGH.test(text) &&
    readings(text).some((tokens) => runs(text, tokens).some((run) => find(text, run).length > 0))
  )
}

/**
 * The text with all digits of each card number but its BIN and last four replaced by `*`. Where numbers overlap it
 * cannot be told which is meant, and the end is masked too. Linear in the length of the text.
 */
export function maskCardNumbers(text: string): string {
  return ENOUGH.test(text) ? readings(text).reduce(maskAs, text) : text
}

/** `%20` before a number may be a space or two digits of it: both are looked at. */
function readings(text: string): readonly RegExp[] {
  return text.includes('%') || text.includes('\\u') ? [PLAIN, ESCAPED] : [PLAIN]
}

function maskAs(text: string, tokens: RegExp): string {
  let masked = ''
  let done = 0
  for (const run of runs(text, tokens)) {
    for (const { groups, keepFirst, keepLast } of merge(run, find(text, run))) {
      const total = groups.reduce((sum, { start, end }) => sum + end - start, 0)
      let index = 0
      for (const { start, end } of groups) {
        masked += text.slice(done, start)
        for (let at = start; at < end; at++, index++) {
          masked += index < keepFirst || index >= total - keepLast ? text.charAt(at) : '*'
        }
        done = end
      }
    }
  }
  return done === 0 ? text : masked + text.slice(done)
}

/** Groups of digits with no more than a divider between them. */
function runs(text: string, tokens: RegExp): readonly (readonly Group[])[] {
  const all: Group[][] = []
  let run: Group[] = []
  let previous = -1
  for (const match of text.matchAll(tokens)) {
    const [token] = match
    const first = token.charCodeAt(0)
    if (first === PERCENT || first === BACKSLASH) continue
    const group = { start: match.index, end: match.index + token.length }
    if (previous < 0 || !isDivider(text, previous, group.start)) all.push((run = []))
    run.push(group)
    previous = group.end
  }
  return all
}

function isDivider(text: string, start: number, end: number): boolean {
  if (end - start > LONGEST_DIVIDER) return false
  return DIVIDERS.has(text.slice(start, end).toLowerCase())
}

/** Every stretch of whole groups that is a card number. At most 19 groups are looked at from each, so it is linear. */
function find(text: string, run: readonly Group[]): readonly Found[] {
  const found: Found[] = []
  const all = run.map(({ start, end }) => text.slice(start, end)).join('')
  let from = 0
  for (const [first, { start, end }] of run.entries()) {
    let to = from
    for (let last = first; last < run.length; last++) {
      const group = run[last]
      if (!group || to - from + group.end - group.start > LONGEST) break
      to += group.end - group.start
      if (to - from < SHORTEST) continue
      const digits = all.slice(from, to)
      if (isCard(digits)) found.push({ first, last, digits })
    }
    from += end - start
  }
  return found
}

/** Whether digits pass for a card number: a right check digit, a known brand, a length of that brand. */
export function isCard(digits: string): boolean {
  return luhn(digits) && brandOf(digits) !== 'unknown' && fitsLength(digits)
}

interface Masked {
  readonly groups: readonly Group[]
  readonly keepFirst: number
  readonly keepLast: number
}

/** Overlapping finds as one. `found` is in the order of `first`. */
function merge(run: readonly Group[], found: readonly Found[]): readonly Masked[] {
  const merged: { first: number; last: number; digits: string; keepLast: number }[] = []
  for (const one of found) {
    const before = merged.at(-1)
    if (before && one.first <= before.last) {
      before.last = Math.max(before.last, one.last)
      before.keepLast = 0
    } else merged.push({ ...one, keepLast: 4 })
  }
  return merged.map(({ first, last, digits, keepLast }) => ({
    groups: run.slice(first, last + 1),
    keepFirst: bin(digits).length,
    keepLast,
  }))
}

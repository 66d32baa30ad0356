/**
 * @module Ozura's grammar: `${cardNumber}` and its like, and the bare words of its PayAPI guide.
 */
import type { Hole } from '../adapter.ts'
import { hole } from '../hole.ts'
import type { InstrumentField } from '../hole.ts'
import { makeFilter } from './filters.ts'
import { NONE, invalidTemplate } from './grammar.ts'
import type { Found, Grammar } from './grammar.ts'

/** `${name}`: https://docs.ozura.com, "POST /proxy/transaction". The year has four digits, of the two it allows. */
export const OZURA_NAMES: ReadonlyMap<string, Hole<string>> = new Map([
  named('cardNumber', 'number'),
  named('expirationMonth', 'exp_month'),
  named('expirationYear', 'exp_year'),
  named('cvv', 'cvc'),
  named('cvc', 'cvc'),
  named('accountNumber', 'account_number'),
  named('routingNumber', 'routing_number'),
])

/** The words of the PayAPI guide, which stand without any braces. */
export const OZURA_WORDS: ReadonlyMap<string, Hole<string>> = new Map([
  word('cardNumberPlaceholder', 'number'),
  word('cvvPlaceholder', 'cvc'),
  word('expirationMonthPlaceholder', 'exp_month'),
  word('expirationYearPlaceholder', 'exp_year'),
  word('expirationYearPlaceholder2', 'exp_year', 'yy'),
])

const WORD = '(?:cardNumber|cvv|expirationMonth|expirationYear)Placeholder2?'
const WORD_NEXT = new RegExp(WORD, 'y')

/** What is meant as a placeholder: an opener followed by a name. `${}` and `${5}` are text. */
const ANY = new RegExp(
  `(?<braced>\\$\\{\\s*(?<name>[A-Za-z_][\\w.-]*)\\s*\\})|(?<opened>\\$\\{\\s*[A-Za-z_][\\w.-]{0,60})|(?<word>${WORD})`,
  'g',
)

/** Ozura's grammar. Words are found in longer text too, as Ozura replaces them wherever they stand. */
export const ozuraGrammar: Grammar = {
  name: 'ozura',
  find(text, where) {
    // Both kinds of placeholder are rare, and these two searches are cheap.
    if (!text.includes('${') && !text.includes('Placeholder')) return NONE
    const found: Found[] = []
    for (const match of text.matchAll(ANY)) {
      const start = match.index
      const end = start + match[0].length
      const fill = match.groups?.['word']
        ? bareWord(text, start, end, found.at(-1)?.end)
        : braced(match, where)
      if (fill) found.push({ start, end, hole: fill })
    }
    return found
  },
}

function braced(match: RegExpMatchArray, where: string): Hole<string> {
  if (match.groups?.['opened']) {
    throw invalidTemplate('the placeholder is not closed, or its name is none', where, match[0])
  }
  const fill = OZURA_NAMES.get(match.groups?.['name'] ?? '')
  if (fill) return fill
  const hint = `Placeholders: ${[...OZURA_NAMES.keys()].map((name) => `\${${name}}`).join(', ')}.`
  throw invalidTemplate('there is no such placeholder', where, match[0], hint)
}

/** A word counts where it stands alone, after a digit (`20expirationYearPlaceholder2`), or next to another such word. */
function bareWord(
  text: string,
  start: number,
  end: number,
  previousEnd: number | undefined,
): Hole<string> | undefined {
  const free = previousEnd === start || !/[A-Za-z_]/.test(text.charAt(start - 1))
  WORD_NEXT.lastIndex = end
  const closed = !/[A-Za-z0-9_]/.test(text.charAt(end)) || WORD_NEXT.test(text)
  return free && closed ? OZURA_WORDS.get(text.slice(start, end)) : undefined
}

function named(name: string, field: InstrumentField): [string, Hole<string>] {
  return [name, read(`\${${name}}`, field)]
}

function word(name: string, field: InstrumentField, filter?: string): [string, Hole<string>] {
  return [name, read(name, field, filter)]
}

function read(label: string, field: InstrumentField, filter?: string): Hole<string> {
  const bank = field === 'account_number' || field === 'routing_number'
  const instrument = bank ? 'bank_account' : 'card'
  const filters = filter ? [makeFilter(filter, [])] : []
  return hole<string>({ from: 'token', token: '', instrument, field }, label, filters)
}

/**
 * @module Basis Theory's classic grammar: `{{ token: <id> | json: '$.data.number' }}` and `{{ <id> | .. }}`, with Liquid filters.
 *
 * https://developers.basistheory.com/docs/expressions/detokenization
 */
import type { Json } from '../adapter.ts'
import { hole, type AppliedFilter, type FilterValue } from '../hole.ts'
import { FilterError, applyFilters } from './filters.ts'
import { NONE, invalidTemplate, type Found, type Grammar } from './grammar.ts'
import { leafOf, parseJsonPath } from './json_path.ts'
import { compileChain, type Chain, type WrittenFilter } from './liquid.ts'

/** An expression as it stands in a text. */
interface Spelled {
  readonly end: number
  /** Before the first `|`, trimmed. */
  readonly head: string
  /** From the first `|` on. */
  readonly chain: string
}

const MAX_LENGTH = 4_096

/** What an id may hold: https://developers.basistheory.com/docs/expressions/aliasing; quotes would be ambiguous. */
const ID = String.raw`[^\0-\x1f\x7f#/\\+?[\]|&=%<>{}^'"]{3,400}`
const DATA = new RegExp(`^${ID}$`)
const TOKEN = new RegExp(`^token\\s*:\\s*(${ID})$`)
const QUOTED = /^(?:'[^']*'|"[^"]*")$/

/** Expressions that are Basis Theory's and not ours, and why. */
const MISSING: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^token_intent\s*:/, 'token intents are not supported; store a token'],
  [/^encrypted(?:\.|$)/, 'encrypted values (BT-ENCRYPTED) are not supported; store a token'],
  [/^config(?:\s*:|\.|$)/, 'pre-configured proxies and their configuration are not supported'],
  [/^proxy(?:\.|$)/, 'proxy expressions are not supported; let an account sign the request'],
]

/** The classic grammar. `{{` always opens an expression; `{% .. %}` is text. */
export const basisTheoryGrammar: Grammar = {
  name: 'basis-theory',
  find(text, where) {
    let at = text.indexOf('{{')
    if (at < 0) return NONE
    const found: Found[] = []
    while (at >= 0) {
      const spelled = read(text, at, where)
      found.push(meaning(spelled, text, at, where))
      at = text.indexOf('{{', spelled.end)
    }
    return found
  },
}

/** Quoted text may hold `}}` and `|`, and a quote after a backslash, as the library reads it. */
function read(text: string, start: number, where: string): Spelled {
  const limit = Math.min(text.length, start + MAX_LENGTH)
  let bar = -1
  let quote = ''
  for (let at = start + 2; at < limit; at++) {
    const char = text.charAt(at)
    if (quote !== '') {
      if (char === '\\') at++
      else if (char === quote) quote = ''
    } else if (char === '}' && text.startsWith('}}', at)) {
      const head = text.slice(start + 2, bar < 0 ? at : bar).trim()
      return { end: at + 2, head, chain: bar < 0 ? '' : text.slice(bar, at).trim() }
    } else if (char === '"' || char === "'") quote = char
    else if (char === '|' && bar < 0) bar = at
  }
  throw invalidTemplate('the expression is not closed', where, text.slice(start, start + 60))
}

function meaning({ end, head, chain }: Spelled, text: string, start: number, where: string): Found {
  const raw = text.slice(start, end)
  const compiled = compile()
  if (QUOTED.test(head)) {
    const label = `{{ ${head}${labelOf(compiled.filters)} }}`
    const literal = applyFilters(head.slice(1, -1), [filterOf(compiled, (value) => value)], label)
    return { start, end, literal }
  }
  const missing = MISSING.find(([pattern]) => pattern.test(head))
  if (missing) throw invalidTemplate(missing[1], where, raw)
  const whole = TOKEN.exec(head)?.[1]
  if (whole === undefined && (!DATA.test(head) || /^token\s*:/.test(head))) {
    const hint = "Expressions are written `{{ token: <id> | json: '$.data.number' }}`."
    throw invalidTemplate('it names no token', where, raw, hint)
  }
  const named = printable(whole === undefined ? head : `token: ${whole}`)
  const label = `{{ ${named}${labelOf(compiled.filters)} }}`
  const filter = filterOf(compiled, whole === undefined ? dataOf(compiled) : (token) => token)
  const source = { from: 'record', token: whole ?? head, leaf: leaf(compiled) } as const
  return { start, end, hole: hole(source, label, [filter], true) }

  function compile(): Chain {
    try {
      return compileChain(chain)
    } catch (error) {
      if (error instanceof FilterError) throw invalidTemplate(error.message, where, raw, error.hint)
      throw error
    }
  }
}

/**
 * `{{ <id> | .. }}` is about the token's data, and `{{ token: <id> | .. }}` about the token. Sources mix them up, so that a
 * path from the token is understood in both, unless the data itself has a field called `data`.
 */
function dataOf({ filters }: Chain): (token: FilterValue) => FilterValue {
  const [first] = filters
  const fromToken =
    first?.name === 'json' && /^\$(?:\.data\b|\[['"]data)/.test(String(first.args[0]))
  return (token) => {
    const data = field(token, 'data')
    return fromToken && field(data, 'data') === null ? token : data
  }
}

/** Numbers and truth values become text, as in Liquid, unless it was said that they are to be none. */
function filterOf(chain: Chain, start: (token: FilterValue) => FilterValue): AppliedFilter {
  const names = chain.filters.map(({ name }) => name)
  const typed = names.includes('to_number') || names.includes('to_boolean')
  return {
    name: names.join(', ') || 'none',
    apply(token) {
      const value = chain.apply(start(token))
      const scalar = ['number', 'bigint', 'boolean'].includes(typeof value)
      return scalar && !typed ? String(value) : value
    },
  }
}

function leaf({ filters }: Chain): string | null {
  const [first] = filters
  const path = first?.name === 'json' ? parseJsonPath(String(first.args[0])) : null
  return path && leafOf(path)
}

/** For the record. A label can stand wherever a value can, and shows no key of a signature. */
function labelOf(filters: readonly WrittenFilter[]): string {
  const text = filters.map(({ name, args }) => {
    const shown = args.map((arg, at) => {
      if (name === 'hmac' && at === args.length - 1) return '[secret]'
      if (typeof arg !== 'string') return String(arg)
      const quote = arg.includes("'") ? '"' : "'"
      return quote + printable(arg) + quote
    })
    return ` | ${name}${shown.length > 0 ? `: ${shown.join(', ')}` : ''}`
  })
  return text.join('')
}

/** What a header can hold. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\xa0-\xff]/g, '?')
}

function field(value: FilterValue, name: string): Json {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
  // An own field of JSON is JSON.
  return (Reflect.get(value, name) as Json | undefined) ?? null
}

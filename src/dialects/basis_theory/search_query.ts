/**
 * @module Basis Theory's search queries, a part of Lucene's (https://developers.basistheory.com/docs/api/tokens/search).
 */
import { GatewayError } from '../../errors.ts'
import type { Range, TokenFilter } from '../../vault/filter.ts'
import { containerFilter, typeFilter } from './token_filter.ts'
import { parseTime } from './time.ts'

const LONGEST = 2048
const MOST_TERMS = 50

/** Names that are matched as they are. */
const WORD = /[^\s()[\]{}"]+/y
const FIELD = /[A-Za-z_][\w.@-]*/y

const DAY_MS = 24 * 60 * 60 * 1000

/** The condition a query stands for; all tokens where it is empty. Throws `invalid_request`, with the place of what is wrong. */
export function searchFilter(query: string): TokenFilter {
  if (query.length > LONGEST) throw new Unread('it is too long', LONGEST).toError()
  try {
    const reader = new Reader(query)
    return reader.ended() ? { all: [] } : reader.whole()
  } catch (error) {
    throw error instanceof Unread ? error.toError() : error
  }
}

/** What is wrong with a query, and where. It does not repeat the query, which may hold anything. */
class Unread extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }

  toError(): GatewayError {
    return new GatewayError(
      'invalid_request',
      `The query cannot be read at character ${this.at + 1}: ${this.message}.`,
      { param: 'query' },
    )
  }
}

/** From the loosest binding to the tightest: OR, AND, NOT, a term or a group. */
class Reader {
  readonly text: string
  at = 0
  terms = 0

  constructor(text: string) {
    this.text = text
  }

  whole(): TokenFilter {
    const filter = this.any()
    if (!this.ended()) throw new Unread('terms are combined with AND, OR and NOT', this.at)
    return filter
  }

  any(): TokenFilter {
    const parts = [this.all()]
    while (this.operator('OR')) parts.push(this.all())
    return parts.length === 1 && parts[0] ? parts[0] : { any: parts }
  }

  all(): TokenFilter {
    const parts = [this.one()]
    while (this.operator('AND')) parts.push(this.one())
    return parts.length === 1 && parts[0] ? parts[0] : { all: parts }
  }

  one(): TokenFilter {
    if (this.ended()) throw new Unread('a term is missing', this.at)
    if (++this.terms > MOST_TERMS) throw new Unread('it has too many terms', this.at)
    if (this.operator('NOT') || this.take('!') || this.take('-')) return { not: this.one() }
    if (!this.take('(')) return this.term()
    const inner = this.any()
    if (!this.ended() && this.take(')')) return inner
    throw new Unread('a parenthesis is not closed', this.at)
  }

  term(): TokenFilter {
    const start = this.at
    const field = this.match(FIELD)
    if (!field || !this.take(':')) throw new Unread('a term is written field:value', start)
    const filter = termFilter(field, this)
    if (filter) return filter
    throw new Unread(
      `there is no such field; there are ${FIELDS.join(', ')}, metadata.[key]`,
      start,
    )
  }

  /** A text in quotes, or up to the next space or parenthesis. */
  value(): { readonly text: string; readonly quoted: boolean } {
    const start = this.at
    if (this.take('"')) {
      let text = ''
      while (this.text.charAt(this.at) !== '"') {
        if (this.text.charAt(this.at) === '\\') this.at++
        if (this.at >= this.text.length) throw new Unread('a quote is not closed', start)
        text += this.text.charAt(this.at++)
      }
      this.at++
      return { text, quoted: true }
    }
    const text = this.match(WORD)
    if (!text) throw new Unread('a value is missing', start)
    return { text: text.replace(/\\(.)/g, '$1'), quoted: /\\[*?]/.test(text) }
  }

  /** A value that is taken as it is. */
  exact(): string {
    const start = this.at
    const { text, quoted } = this.value()
    if (quoted || !/[*?~^]|^\//.test(text)) return text
    throw new Unread('wildcards, boosts and expressions are not supported', start)
  }

  /** `[2021-01-01 TO *]`, with braces where an end does not count, or one day or moment. */
  range(): Range {
    const start = this.at
    const open = this.text.charAt(this.at)
    if (open !== '[' && open !== '{') {
      const { from, to } = momentOf(this.value().text, start)
      return { from, to }
    }
    this.at++
    const first = this.value().text
    this.skip()
    const malformed = (): Unread => new Unread('a range is written [from TO to]', start)
    if (this.match(WORD) !== 'TO') throw malformed()
    this.skip()
    const last = this.value().text
    this.skip()
    const close = this.text.charAt(this.at++)
    if (close !== ']' && close !== '}') throw malformed()
    const from = first === '*' ? null : momentOf(first, start)
    const to = last === '*' ? null : momentOf(last, start)
    return {
      from: from && (open === '[' ? from.from : from.to),
      to: to && (close === ']' ? to.to : to.from),
    }
  }

  operator(word: string): boolean {
    this.skip()
    if (!this.text.startsWith(word, this.at)) return false
    if (!/^(?:[\s(!"-]|$)/.test(this.text.slice(this.at + word.length))) return false
    this.at += word.length
    return true
  }

  take(character: string): boolean {
    if (character !== '"' && character !== ':') this.skip()
    if (this.text.charAt(this.at) !== character) return false
    this.at++
    return true
  }

  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0] ?? null
    this.at += found?.length ?? 0
    return found
  }

  skip(): void {
    while (/\s/.test(this.text.charAt(this.at))) this.at++
  }

  ended(): boolean {
    this.skip()
    return this.at >= this.text.length
  }
}

const FIELDS = [
  'id',
  'type',
  'data',
  'fingerprint',
  'container',
  'created_by',
  'created_at',
  'modified_by',
  'modified_at',
]

/** The condition of one term; null where there is no such field. */
function termFilter(field: string, reader: Reader): TokenFilter | null {
  switch (field) {
    case 'id':
      return { ids: [reader.exact()] }
    case 'type':
      return typeFilter(reader.exact())
    case 'data':
      return { term: reader.exact() }
    case 'fingerprint':
      return { fingerprint: reader.exact() }
    case 'container': {
      const { text } = reader.value()
      return containerFilter(text.replace(/\*$/, ''), text.endsWith('*'))
    }
    case 'created_by':
    case 'modified_by':
      return { attribute: field, is: reader.exact() }
    case 'created_at':
      return { created: reader.range() }
    case 'modified_at':
      return { attribute: field, within: reader.range() }
    default: {
      const key = /^metadata\.(.+)$/.exec(field)?.[1]
      return key === undefined ? null : { metadata: key, is: reader.exact(), anyCase: true }
    }
  }
}

/** A day, or a moment as precise as it is written. */
function momentOf(text: string, at: number): { readonly from: number; readonly to: number } {
  const time = parseTime(text)
  if (time === null) throw new Unread('a date is written 2021-01-31 or 2021-01-31T12:00:00Z', at)
  const length = text.includes(':') ? (text.includes('.') ? 1 : 1000) : DAY_MS
  return { from: time, to: time + length }
}

/**
 * @module URLs with placeholders: only in path segments and query values, never in what decides where the request goes.
 */
import type { Hole, Text } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { escapeValue } from './escape.ts'
import { invalidTemplate } from './grammar.ts'
import type { Found, Grammar } from './grammar.ts'
import { locator } from './parts.ts'
import { decodePercent, percentEncoding } from './percent.ts'

export interface CompiledUrl {
  /** `https://host` or `https://host:port`; lower case, no default port, no dot at the end. */
  readonly origin: string
  /** Begins with `/`. */
  readonly path: Text<string>
  /** What follows `?`, if anything. */
  readonly query: Text<string> | undefined
}

/** A placeholder and its spelling's extent in the URL. */
interface Spot {
  readonly start: number
  readonly end: number
  readonly found: Found
}

const FORBIDDEN = /[\0-\x20\x7f\\#]/
const EMPTY_LABEL = /^$|^\.|\.\.|\.$/
/** `.` and `..`, also encoded, also beside an encoded slash: servers disagree on what they mean. */
const DOT_SEGMENT = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?=\/|%2f|%5c|$)/i

/**
 * Compiles a URL, reading placeholders in it plain or percent-encoded.
 * @throws GatewayError `invalid_url` for one that is not https, has a user, a fragment, dot segments, control characters or
 * a host in another spelling than its own; `invalid_template` for a placeholder that is wrong or outside path and query values.
 */
export function compileUrl(url: string, grammar: Grammar, where: string): CompiledUrl {
  const spots = findSpots(url, grammar, where)
  // A word without a prefix that is also its suffix can be found again wherever it was put.
  let marker = 'hole0'
  for (let n = 1; url.toLowerCase().includes(marker); n++) marker = `hole${n}x`
  const marked = mark(url, spots, marker)
  const slashes = /^https:\/\//i.test(marked)
  const authorityEnd = slashes ? marked.slice(8).search(/[/?#]|$/) + 8 : 8
  const [first] = spots
  if (first && first.start < authorityEnd) {
    const message = 'a placeholder can stand in path segments and query values only'
    throw invalidTemplate(message, where, url.slice(first.start, first.end))
  }
  if (!slashes) throw invalidUrl(where, 'it does not begin with https://')
  if (FORBIDDEN.test(marked) || !marked.isWellFormed()) {
    throw invalidUrl(where, 'it holds a fragment, a space, a backslash or a control character')
  }
  const parsed = URL.parse(marked)
  const host = marked.slice(8, authorityEnd)
  if (!parsed || host.includes('@')) throw invalidUrl(where, 'its host is not a plain name')
  // Other spellings of a host, such as `0x7f.1` or full-width letters, only serve to deceive.
  const name = host.replace(/:[0-9]*$/, '').toLowerCase()
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  if (name !== parsed.hostname || EMPTY_LABEL.test(bare)) {
    throw invalidUrl(where, 'its host is not a plain name')
  }
  if (DOT_SEGMENT.test(marked.slice(authorityEnd).split('?', 1)[0] ?? '')) {
    throw invalidUrl(where, 'its path has a segment of dots')
  }
  // In its exact spelling: a parser would write quotes and angle brackets in another.
  const search = marked.slice(authorityEnd).split('?').slice(1).join('?')
  const query = /^[\x21-\x7e]*$/.test(search) ? search : parsed.search.slice(1)
  refuseNames(query, marker, where)
  const rest = spots[Symbol.iterator]()
  return {
    origin: `https://${bare}${parsed.port === '' ? '' : `:${parsed.port}`}`,
    path: fill(parsed.pathname, marker, rest, 'path', where),
    query: query === '' ? undefined : fill(query, marker, rest, 'query', where),
  }
}

function findSpots(url: string, grammar: Grammar, where: string): readonly Spot[] {
  const mark = url.indexOf('?')
  const split = mark < 0 ? url.length : mark
  // `+` is a space in queries only.
  const head = decodePercent(url.slice(0, split), false)
  const query = decodePercent(url.slice(split), true)
  const text = head.text + query.text
  const found = grammar.find(text, where)
  if (found.length === 0) return []
  if (!head.exact || !query.exact) throw invalidUrl(where, 'it is not percent-encoded correctly')
  const encoding = head.encoded || query.encoded ? percentEncoding : undefined
  const locate = locator(url, { start: 0, encoding })
  return found.map((one) => ({ start: locate(one.start), end: locate(one.end), found: one }))
}

/** The URL with a word in place of each placeholder. */
function mark(url: string, spots: readonly Spot[], marker: string): string {
  let marked = ''
  let at = 0
  for (const { start, end } of spots) {
    marked += url.slice(at, start) + marker
    at = end
  }
  return marked + url.slice(at)
}

function refuseNames(query: string, marker: string, where: string): void {
  if (!query.includes(marker)) return
  const misplaced = query.split('&').some((pair) => pair.split('=', 1)[0]?.includes(marker))
  if (misplaced)
    throw invalidTemplate('a placeholder cannot stand in the name of a query value', where)
}

function fill(
  text: string,
  marker: string,
  spots: Iterator<Spot>,
  place: 'path' | 'query',
  where: string,
): Text<string> {
  const [first = '', ...others] = text.split(marker)
  const parts: (string | Hole<string>)[] = [first]
  for (const literal of others) {
    const { value: spot } = spots.next()
    if (!spot) throw new Error('more markers than placeholders')
    const { found } = spot
    parts.push('hole' in found ? found.hole : escapeValue(found.literal, place, where), literal)
  }
  const kept = parts.filter((part) => part !== '')
  return kept.every((part) => typeof part === 'string') ? kept.join('') : kept
}

function invalidUrl(where: string, why: string): GatewayError {
  return new GatewayError('invalid_url', `${where}: the URL is not acceptable: ${why}.`, {
    param: where,
  })
}

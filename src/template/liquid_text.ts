/**
 * @module Text with Liquid objects in it: `{{ data.number | last4 }}`, read once, evaluated against what each object names.
 */
import type { Json } from '../adapter.ts'
import type { FilterValue } from '../hole.ts'
import { FilterError } from './filters.ts'
import { invalidTemplate } from './grammar.ts'
import { compileChain, type Chain } from './liquid.ts'
import { Refusal } from './value.ts'

/** One `{{ head | filters }}`. */
export interface LiquidObject {
  /** What stands before the filters, trimmed. */
  readonly head: string
  readonly chain: Chain
  /** As it was written. */
  readonly raw: string
}

export type LiquidText = readonly (string | LiquidObject)[]

/** Reads a text. Throws `invalid_template` naming `where` and the object that is malformed. */
export function readLiquid(text: string, where: string): LiquidText {
  const parts: (string | LiquidObject)[] = []
  let done = 0
  for (let at = text.indexOf('{{'); at >= 0; at = text.indexOf('{{', done)) {
    if (at > done) parts.push(text.slice(done, at))
    done = endOf(text, at, where)
    parts.push(readObject(text.slice(at, done), where))
  }
  if (done < text.length) parts.push(text.slice(done))
  if (parts.some((part) => typeof part === 'string' && part.includes('{%'))) {
    throw invalidTemplate('tags are not supported', where, '{% .. %}')
  }
  return parts
}

/**
 * The text with its objects evaluated: a value of any kind where it is one object alone, else text.
 * Throws `invalid_template` where a filter does not apply; the error does not show the value.
 */
export function evaluateLiquid(
  text: LiquidText,
  valueOf: (object: LiquidObject) => Json,
  where: string,
): Json {
  const [only] = text
  if (text.length === 1 && typeof only === 'object') return toJson(applied(only, valueOf, where))
  return text
    .map((part) => (typeof part === 'string' ? part : asText(applied(part, valueOf, where))))
    .join('')
}

/** The member that a head such as `data.books[0].title` names; null where there is none. */
export function memberAt(variables: { readonly [name: string]: Json }, head: string): Json {
  const steps = [...head.matchAll(STEP)]
  if (!PATH.test(head)) return null
  let value: Json = variables
  for (const [, name, index, quoted] of steps) {
    const key: string = name ?? index ?? quoted ?? ''
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null
    // An own member of JSON is JSON; lists are read by their index as text.
    value = (value as { readonly [name: string]: Json })[key] ?? null
  }
  return value
}

const PATH = /^[\w-]+(?:\.[\w-]+|\[\d+\]|\[(?:'[^']*'|"[^"]*")\])*$/
const STEP = /([\w-]+)(?=[.[]|$)|\[(\d+)\]|\[['"]([^\]]*)['"]\]/g

/** After the braces that close the object at `start`. Quotes may hold braces. */
function endOf(text: string, start: number, where: string): number {
  let quote = ''
  for (let at = start + 2; at < text.length; at++) {
    const char = text.charAt(at)
    if (quote !== '') {
      if (char === quote) quote = ''
    } else if (char === "'" || char === '"') quote = char
    else if (char === '}' && text.charAt(at + 1) === '}') return at + 2
  }
  throw invalidTemplate('the expression is not closed', where, '{{')
}

function readObject(raw: string, where: string): LiquidObject {
  // Liquid's own marks for white space around an object.
  const inner = raw.slice(2, -2).replace(/^-|-$/g, '')
  const bar = inner.indexOf('|')
  const head = (bar < 0 ? inner : inner.slice(0, bar)).trim()
  if (head === '') throw invalidTemplate('it names nothing', where, raw)
  try {
    return { head, chain: compiled(bar < 0 ? '' : inner.slice(bar)), raw }
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    throw invalidTemplate(error.message, where, raw, error.hint)
  }
}

/** The same few expressions come again and again. */
const known = new Map<string, Chain>()
const MOST_KNOWN = 1000

function compiled(source: string): Chain {
  const earlier = known.get(source)
  if (earlier) return earlier
  const chain = compileChain(source)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(source, chain)
  return chain
}

function applied(
  object: LiquidObject,
  valueOf: (object: LiquidObject) => Json,
  where: string,
): FilterValue {
  const value = valueOf(object)
  try {
    return object.chain.apply(value)
  } catch (error) {
    // Any other error may have the value in its message.
    const why =
      error instanceof Refusal ? error.message : 'a filter cannot be applied to this value'
    throw invalidTemplate(why, where, object.raw)
  }
}

function toJson(value: FilterValue): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'bigint' ? String(value) : value
}

function asText(value: FilterValue): string {
  const json = toJson(value)
  if (json === null) return ''
  return typeof json === 'object' ? JSON.stringify(json) : String(json)
}

/**
 * @module The text that a signature over values covers: sorted or in a given order, delimited, wrapped with a secret.
 */
import type { JoinOptions, Json } from '../adapter.ts'
import { type Place, fault, known } from './fault.ts'

type Values = Readonly<Record<string, Json | undefined>> | readonly (Json | undefined)[]
type Item = readonly [name: string, value: Json | undefined]

const NAMES: Readonly<Record<string, (name: string) => string>> = {
  as_is: (name) => name,
  upper: (name) => name.toUpperCase(),
  lower: (name) => name.toLowerCase(),
}
const SKIPS: Readonly<Record<string, (value: Json | undefined) => boolean>> = {
  none: () => false,
  null: (value) => value === null || value === undefined,
  empty: (value) => value === null || value === undefined || value === '',
}
const BOOLEANS: Readonly<Record<string, readonly [no: string, yes: string]>> = {
  words: ['false', 'true'],
  php: ['', '1'],
}

/**
 * Values as one text. Praxis 1.2: `join(fields, {order: 'sorted', booleans: 'php', after: secret})`; PayU:
 * `join([key, id, ..], {delimiter: '|'})`; Ogone: `{order: 'sorted', names: 'upper', skip: 'empty', pair: '=', delimiter: s,
 * after: s}`. Throws for nested values and for numbers that have no plain spelling: what they sign as is anyone's guess.
 */
export function join(values: Values, options: JoinOptions = {}): string {
  const at = (param: string): Place => ({ scheme: 'join', param })
  if (typeof options !== 'object' || options === null) throw fault(at('options'), 'is not a record')
  const { order = 'given', except = [], delimiter = '', pair, before = '', after = '' } = options
  for (const [param, text] of Object.entries({ delimiter, pair: pair ?? '', before, after })) {
    if (typeof text !== 'string') throw fault(at(param), 'is not text')
  }
  if (!Array.isArray(except)) throw fault(at('except'), 'is not a list of names')
  const rename = known(NAMES, options.names ?? 'as_is', at('names'))
  const skips = known(SKIPS, options.skip ?? 'none', at('skip'))
  const booleans = known(BOOLEANS, options.booleans ?? 'words', at('booleans'))
  if (typeof values !== 'object' || values === null) throw fault(at('values'), 'is not a record')

  const items = chosen(values, order, at('order'))
    .filter(([name, value]) => !except.includes(name) && !skips(value))
    .map(([name, value]): Item => [rename(name), value])
  if (order === 'sorted') items.sort(([a], [b]) => byBytes(a, b))
  const texts = items.map(([name, value]) => {
    const text = plainText(value, at(name), booleans)
    return pair === undefined ? text : `${name}${pair}${text}`
  })
  return `${before}${texts.join(delimiter)}${after}`
}

const SURROGATES = /[\ud800-\udfff]/

/** The order of two names by their bytes in UTF-8, which is that of their UTF-16 units but for surrogates. */
function byBytes(a: string, b: string): number {
  if (SURROGATES.test(a) || SURROGATES.test(b)) {
    return Buffer.compare(Buffer.from(a), Buffer.from(b))
  }
  return a < b ? -1 : Number(a > b)
}

function chosen(values: Values, order: JoinOptions['order'], place: Place): readonly Item[] {
  if (Array.isArray(order) && order.every((path) => typeof path === 'string')) {
    return order.map((path: string) => [path, at(values, path)])
  }
  if (order === 'given' || order === 'sorted') return Object.entries(values)
  throw fault(place, 'is neither given, sorted nor a list of names')
}

/** The value at a dotted path, own properties only; undefined where there is none. */
export function at(values: Values | Json | undefined, path: string): Json | undefined {
  const step = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? Reflect.get(value, name)
      : undefined
  const whole = step(values, path)
  // What is inside JSON is JSON.
  return (whole === undefined ? path.split('.').reduce(step, values) : whole) as Json | undefined
}

/** One value as text: null and absent are empty, numbers as JSON writes them. */
export function plainText(
  value: Json | undefined,
  place: Place,
  [no, yes]: readonly [string, string] = ['false', 'true'],
): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? yes : no
  // Exponents and lost digits: the other side writes such numbers in its own way.
  if (typeof value === 'number' && /^-?\d+(?:\.\d+)?$/.test(String(value))) return String(value)
  throw fault(place, 'is nested, or a number without a plain spelling: give it as text')
}

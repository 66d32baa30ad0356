/**
 * @module Placeholders of template documents: `{{card.number}}`, `{{intent.customer.email?}}`, `{{now.seconds | text}}`.
 */
import type { FilterName, Part, Placeholder } from './compiled.ts'

/** Where a placeholder stands decides what it may name. */
export type Scope =
  /** Headers of every request. */
  | 'static'
  /** The session step. */
  | 'session'
  | 'operation'
  /** Computed from the card. */
  | 'derived'

/** Names that the document declares. */
export interface Names {
  readonly credentials: readonly string[]
  readonly options: readonly string[]
  readonly derived: readonly string[]
  readonly session: readonly string[]
  /** Parts of a reference. */
  readonly parts: readonly string[]
}

const CUSTOMER = ['id', 'first_name', 'last_name', 'email', 'phone', 'dob']
const ADDRESS = ['line1', 'line2', 'city', 'state', 'postal_code', 'country']
const INTENT: readonly string[] = [
  ...['amount.minor', 'amount.decimal', 'amount.currency', 'reference', 'idempotency_key'],
  ...['operation', 'mode', 'return_url', 'notification_url', 'device.ip', 'device.user_agent'],
  ...CUSTOMER.map((name) => `customer.${name}`),
  ...ADDRESS.map((name) => `billing_address.${name}`),
]
const NOW = ['seconds', 'ms', 'iso', 'iso_ms', 'compact', 'date']
const IDS = ['uuid', 'hex32', 'hex16', 'digits12']

const TEXT: readonly FilterName[] = ['text', 'number', 'lower', 'upper']

/** What may be named after each first word, where, and with which filters. */
const SOURCES: Readonly<
  Record<
    string,
    {
      readonly from: Placeholder['from']
      readonly in: readonly Scope[]
      readonly names: (declared: Names) => readonly string[]
      readonly filters: (name: string, scope: Scope) => readonly FilterName[]
    }
  >
> = {
  card: {
    from: 'card',
    in: ['operation', 'derived'],
    names: () => ['number', 'cvc', 'exp_month', 'exp_year', 'holder'],
    filters: (name, scope) => [
      ...(name === 'exp_month' ? (['mm', 'number'] as const) : []),
      ...(name === 'exp_year' ? (['yy', 'yyyy', 'number'] as const) : []),
      ...(scope === 'derived' ? (['length', 'lower', 'upper'] as const) : []),
    ],
  },
  credential: {
    from: 'credential',
    in: ['static', 'session', 'operation', 'derived'],
    names: ({ credentials }) => credentials,
    filters: () => [],
  },
  session: {
    from: 'session',
    in: ['static', 'operation'],
    names: ({ session }) => session,
    filters: () => [],
  },
  derived: {
    from: 'derived',
    in: ['operation'],
    names: ({ derived }) => derived,
    filters: () => [],
  },
  intent: {
    from: 'intent',
    in: ['session', 'operation', 'derived'],
    names: () => INTENT,
    filters: () => TEXT,
  },
  reference: {
    from: 'reference',
    in: ['operation'],
    names: ({ parts }) => parts,
    filters: () => TEXT,
  },
  option: {
    from: 'option',
    in: ['session', 'operation', 'derived'],
    names: ({ options }) => options,
    filters: () => TEXT,
  },
  now: {
    from: 'now',
    in: ['session', 'operation', 'derived'],
    names: () => NOW,
    filters: () => TEXT,
  },
  id: { from: 'id', in: ['session', 'operation'], names: () => IDS, filters: () => TEXT },
}

const PLACES: Readonly<Record<Scope, string>> = {
  static: 'in the headers of every request',
  session: 'in the session step',
  operation: 'in an operation',
  derived: 'in a derived value',
}

const SPELLING = /^([a-z]+)\.([A-Za-z0-9_.-]+)(\?)?$/

/** Text with its placeholders parsed. Throws an Error that says what is wrong. */
export function parseText(text: string, scope: Scope, declared: Names): readonly Part[] {
  const parts = text.split(/(\{\{[^{}]*\}\})/)
  return parts.flatMap((part, at): readonly Part[] => {
    if (at % 2 === 1) return [parsePlaceholder(part.slice(2, -2), scope, declared)]
    if (/\{\{|\}\}/.test(part)) throw new Error('has {{ or }} without the other')
    return part === '' ? [] : [part]
  })
}

/** One placeholder, without its braces. */
export function parsePlaceholder(inner: string, scope: Scope, declared: Names): Placeholder {
  const [source = '', ...rest] = inner.split('|').map((one) => one.trim())
  const shown = `{{${inner.trim()}}}`
  const [, word = '', name = '', mark] = SPELLING.exec(source) ?? []
  const entry = Object.hasOwn(SOURCES, word) ? SOURCES[word] : undefined
  if (!entry) throw new Error(`${shown} is none of ${Object.keys(SOURCES).join('.., ')}..`)
  if (!entry.in.includes(scope)) throw new Error(`${shown} has no value ${PLACES[scope]}`)
  const known = entry.names(declared)
  const isExtra = word === 'intent' && /^extra\.[A-Za-z0-9_-]+$/.test(name)
  if (!isExtra && !known.includes(name)) {
    throw new Error(
      known.length === 0
        ? `${shown}: the document declares no ${word}`
        : `${shown}: after ${word}. comes one of ${known.join(', ')}${word === 'intent' ? ', extra.NAME' : ''}`,
    )
  }
  const filters: FilterName[] = []
  let fallback: string | number | boolean | undefined
  for (const filter of rest) {
    const given = /^default (.+)$/.exec(filter)?.[1]
    if (given !== undefined) fallback = literal(given, shown)
    else filters.push(filterOf(filter, entry.filters(name, scope), shown))
  }
  if (fallback !== undefined && !['intent', 'option'].includes(entry.from)) {
    throw new Error(`${shown}: only intent.. and option.. can have a default`)
  }
  return {
    from: entry.from,
    name,
    filters,
    optional: mark !== undefined,
    ...(fallback !== undefined && { fallback }),
  }
}

function filterOf(text: string, allowed: readonly FilterName[], shown: string): FilterName {
  const found = allowed.find((name) => name === text)
  if (found) return found
  throw new Error(
    `${shown}: ${text} is no filter here; there ${allowed.length === 0 ? 'is none' : `are ${allowed.join(', ')}`}`,
  )
}

/** What stands after `default`: a JSON scalar. */
function literal(text: string, shown: string): string | number | boolean {
  const value = parsed(text)
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value
  }
  throw new Error(`${shown}: default wants a text in quotes, a number, true or false`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No JSON, so no scalar of it.
    return undefined
  }
}

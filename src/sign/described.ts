/**
 * @module Text described by a template with single braces: what a described signature covers and how it is written.
 *
 * `{header:x-login}{now|iso}{body}` puts a header, the time and the body together. Sources: `method`, `url`, `target` (path and
 * query), `path`, `query`, `host`, `body`, `header:NAME`, `query:NAME`, `field:PATH` (each also `header?:NAME`, where it may be
 * absent), `credential:NAME`, `now` (also `now+120`), `nonce` (also `nonce:16`), and what the scheme adds, such as `signature`. Filters, after `|`: a hash
 * (`sha256`), an output (`hex`, `base64`, ..), `lower`, `upper`, `url`, `unpadded` (150.0 for 150.00), and for `now` a form (`iso`,
 * `ms`, `http`, ..).
 * `{open}` and `{close}` are the braces themselves. `{field?:fee&|}` writes the field with a bar after it, or nothing where it is absent.
 */
import { OUTPUT_NAMES, written } from './codec.ts'
import { type Place, fault } from './fault.ts'
import { HASH_NAMES, hashBytes } from './hash.ts'
import { at as valueAt, plainText } from './join.ts'
import { INSTANTS, headerOf, percentEncoded, targetOf } from './request.ts'
import { secretText } from './secrets.ts'
import type { SchemeInput, SignRequest } from './types.ts'

/** What a template is filled from. */
export interface View extends SchemeInput {
  /** Further sources: `signature`, where the place of a signature is described. */
  readonly more?: Readonly<Record<string, string>>
}

export interface Described {
  bytes(view: View): Buffer
  /** The same as text. Throws where it is not UTF-8, such as a raw digest without an output. */
  text(view: View): string
  /** Whether it is `{now}` alone, which JSON holds as a number. */
  readonly numeric: boolean
  /** Credentials it names, so that they can be asked for before anything is opened. */
  readonly credentials: readonly string[]
}

type Value = string | Buffer | { readonly now: number }
type Source = (view: View, name: string, place: Place) => Value | undefined

/** Sources without a name, then those with one. */
const PLAIN: Readonly<Record<string, Source>> = {
  method: ({ request }) => request.method,
  url: ({ request }) => request.url,
  target: ({ request }, _, { scheme }) => targetOf(request, scheme).target,
  path: ({ request }, _, { scheme }) => targetOf(request, scheme).path,
  query: ({ request }, _, { scheme }) => targetOf(request, scheme).query ?? '',
  host: ({ request }, _, { scheme }) => targetOf(request, scheme).authority,
  body: ({ request }) => Buffer.from(request.bytes),
  nonce: ({ moment }) => moment.nonce,
  open: () => '{',
  close: () => '}',
}
const NAMED: Readonly<Record<string, Source>> = {
  header: ({ request }, name) => headerOf(request, name),
  'header?': ({ request }, name) => headerOf(request, name) ?? '',
  field: ({ request }, name, place) => {
    const value = valueAt(request.fields, name)
    return value === undefined ? undefined : plainText(value, place)
  },
  'field?': ({ request }, name, place) => plainText(valueAt(request.fields, name), place),
  query: ({ request }, name, { scheme }) => queryValue(request, name, scheme),
  'query?': ({ request }, name, { scheme }) => queryValue(request, name, scheme) ?? '',
  credential: ({ credentials }, name, place) => secretText(credentials, name, place),
  // Its first characters without dashes, for PSPs that want a short one.
  nonce: ({ moment }, length) => moment.nonce.replaceAll('-', '').slice(0, Number(length)),
}

/** The decoded value of a query parameter, the first of its name. */
function queryValue(request: SignRequest, name: string, scheme: string): string | undefined {
  const query = new URLSearchParams(targetOf(request, scheme).query ?? '')
  return query.get(name) ?? undefined
}

type Filter = (value: Value, place: Place) => Value

const FILTERS: Readonly<Record<string, Filter>> = {
  lower: (value) => asText(value).toLowerCase(),
  upper: (value) => asText(value).toUpperCase(),
  url: (value) => percentEncoded(asText(value)),
  // A decimal number without zeros at its end, but for the first decimal: 150.0 for 150.00.
  unpadded: (value) => asText(value).replace(/(\.\d+?)0+$/, '$1'),
  ...Object.fromEntries(
    HASH_NAMES.map((name): [string, Filter] => [name, (value) => hashBytes(name, asBytes(value))]),
  ),
  ...Object.fromEntries(
    OUTPUT_NAMES.map((name): [string, Filter] => [
      name,
      (value, { scheme }) => written(asBytes(value), name, scheme),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(INSTANTS).map(([name, write]): [string, Filter] => [
      name,
      (value, place) => {
        if (typeof value === 'object' && 'now' in value) return write(value.now)
        throw fault(place, `has the filter ${name} on something other than now`)
      },
    ]),
  ),
}

/** Compiles a template. Throws for unknown sources and filters, and for braces that do not pair. */
export function described(template: string, place: Place, more: readonly string[] = []): Described {
  const credentials: string[] = []
  const parts = template.split(/(\{[^{}]*\})/).map((part, index) => {
    if (index % 2 === 1) return expression(part.slice(1, -1), place, more, credentials)
    if (/[{}]/.test(part)) throw fault(place, 'has a brace without its pair; {open} writes one')
    return part
  })
  const bytes = (view: View) =>
    Buffer.concat(parts.map((part) => asBytes(typeof part === 'string' ? part : part(view))))
  return {
    bytes,
    text: (view) => written(bytes(view), 'utf8', place.scheme),
    numeric: /^\{now(?:[+-]\d+)?\}$/.test(template),
    credentials,
  }
}

function expression(
  text: string,
  place: Place,
  more: readonly string[],
  credentials: string[],
): (view: View) => Value {
  const [, optional, after = ''] = /^([a-z]+\?:[^|&]+)&(.+)$/s.exec(text) ?? []
  if (optional !== undefined) {
    const read = reader(optional, place, more, credentials)
    return (view) => {
      const value = asBytes(read(view))
      return value.length === 0 ? '' : Buffer.concat([value, Buffer.from(after)])
    }
  }
  const [source = '', ...names] = text.split('|')
  const filters = names.map((name) => {
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined
    if (!filter) throw fault(place, `has an unknown filter (known: ${list(FILTERS)})`)
    return filter
  })
  const read = reader(source, place, more, credentials)
  return (view) => filters.reduce((value, filter) => filter(value, place), read(view))
}

function reader(
  source: string,
  place: Place,
  more: readonly string[],
  credentials: string[],
): (view: View) => Value {
  const shift = /^now([+-]\d{1,9})?$/.exec(source)
  if (shift) return ({ moment }) => ({ now: moment.now + Number(shift[1] ?? 0) })
  if (more.includes(source)) return (view) => view.more?.[source] ?? ''
  const [, kind = '', name = ''] = /^([a-z]+\??):(.+)$/s.exec(source) ?? []
  const table = kind === '' ? PLAIN : NAMED
  const key = kind === '' ? source : kind
  const found = Object.hasOwn(table, key) ? table[key] : undefined
  if (!found) {
    const known = [
      ...Object.keys(PLAIN),
      'now',
      ...more,
      ...Object.keys(NAMED).map((n) => `${n}:..`),
    ]
    throw fault(place, `has an unknown source (known: ${known.join(', ')})`)
  }
  if (kind === 'credential') credentials.push(name)
  return (view) => {
    const value = found(view, name, place)
    if (value !== undefined) return value
    throw fault(place, `wants ${source}, which the request does not have`)
  }
}

function asText(value: Value): string {
  return asBytes(value).toString('utf8')
}

function asBytes(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.from(value)
  return 'now' in value ? Buffer.from(INSTANTS.seconds(value.now)) : value
}

function list(table: object): string {
  return Object.keys(table).join(', ')
}

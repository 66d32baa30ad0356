/**
 * @module Fields as the bytes of a body: JSON, form or XML.
 */
import type { Field, FieldsBody, Json } from '../adapter.ts'
import { asHole } from '../hole.ts'
import { escapeValue } from '../template/escape.ts'
import type { Fill } from './fill.ts'

/** Fields with values in them. */
export type Filled = { readonly [name: string]: Json }
type Encoder = (fields: Filled) => string

/** One line an encoding. */
const ENCODERS: Readonly<Record<FieldsBody['encoding'], Encoder>> = {
  json: (fields) => JSON.stringify(fields),
  form(fields) {
    const pairs: string[] = []
    putPairs(fields, '', pairs)
    return pairs.join('&')
  },
  xml: (fields) => `<?xml version="1.0" encoding="UTF-8"?>${elements(fields)}`,
}

/** The content type of each encoding. */
export const CONTENT_TYPES: Readonly<Record<FieldsBody['encoding'], string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  xml: 'application/xml; charset=utf-8',
}

/** The exact text whose UTF-8 is signed and sent. */
export function encode(encoding: FieldsBody['encoding'], fields: Filled): string {
  return ENCODERS[encoding](fields)
}

/** The fields with values in their holes. Fields that are undefined, and those whose value does not exist, are left out. */
export function fillFields(fields: FieldsBody['fields'], fill: Fill): Filled {
  const filled: [string, Json][] = []
  for (const [name, field] of Object.entries(fields)) {
    const value = fillField(field, fill)
    if (value !== undefined) filled.push([name, value])
  }
  // Not by assignment, because a field may be called __proto__.
  return Object.fromEntries(filled)
}

/** The fields with others set, by names with dots into objects. One that is there already keeps its place. */
export function withFields(fields: Filled, added: Readonly<Record<string, Json>>): Filled {
  let all = fields
  for (const [path, value] of Object.entries(added)) {
    all = Object.hasOwn(all, path) ? set(all, [path], value) : set(all, path.split('.'), value)
  }
  return all
}

function set(fields: Filled, [name = '', ...rest]: readonly string[], value: Json): Filled {
  const inner = Object.hasOwn(fields, name) ? fields[name] : undefined
  const record = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
  // Neither null nor a list, so a record of JSON.
  const deeper = rest.length === 0 ? value : set(record ? (inner as Filled) : {}, rest, value)
  return Object.fromEntries(
    Object.hasOwn(fields, name)
      ? Object.entries(fields).map(([key, old]) => [key, key === name ? deeper : old])
      : [...Object.entries(fields), [name, deeper]],
  )
}

function fillField(field: Field<string>, fill: Fill): Json | undefined {
  const hole = asHole(field)
  if (hole) {
    const value = fill(hole)
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
    return typeof value === 'bigint' ? String(value) : (value ?? undefined)
  }
  if (Array.isArray(field)) {
    // Array.isArray does not narrow readonly arrays; every member of one is a Field.
    return (field as readonly Field<string>[]).flatMap((one) => {
      const value = fillField(one, fill)
      return value === undefined ? [] : [value]
    })
  }
  if (typeof field === 'object' && field !== null) {
    // Neither a hole nor an array, so a record of fields.
    const filled = fillFields(field as FieldsBody['fields'], fill)
    // An object of which nothing is left would say something that was not meant.
    return Object.keys(filled).length > 0 || Object.keys(field).length === 0 ? filled : undefined
  }
  return scalar(field)
}

/** What is neither hole, array nor object: a JSON scalar, or nothing. */
function scalar(field: unknown): Json | undefined {
  if (field === null || typeof field === 'string' || typeof field === 'boolean') return field
  if (typeof field === 'number' && Number.isFinite(field)) return field
  if (field === undefined) return undefined
  throw new TypeError('a field is no JSON value')
}

/** `a[b][0]=c`: brackets for depth, as PHP, Rails and Stripe read them. */
function putPairs(value: Json, name: string, into: string[]): void {
  if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      putPairs(inner, name === '' ? key : `${name}[${key}]`, into)
    }
    return
  }
  const written = value === null ? '' : String(value)
  into.push(`${formName(name)}=${escapeValue(written, 'form', name)}`)
}

/** Brackets may stand as they are; everything else in a name is written as in a value. */
function formName(name: string): string {
  if (/^[\w.[\]-]*$/.test(name)) return name
  return escapeValue(name, 'form', name).replace(/%5B/g, '[').replace(/%5D/g, ']')
}

/** Fields are elements, `@name` attributes, `#text` the text beside them; arrays repeat their element. */
function elements(fields: Filled): string {
  return Object.entries(fields)
    .filter(([name]) => !name.startsWith('@'))
    .map(([name, value]) =>
      name === '#text'
        ? escapeValue(String(value), 'xml-text', name)
        : Array.isArray(value)
          ? value.map((one: Json) => element(name, one)).join('')
          : element(name, value),
    )
    .join('')
}

function element(name: string, value: Json): string {
  if (!/^[A-Za-z_][\w.:-]*$/.test(name)) throw new TypeError(`not an XML name: ${name}`)
  if (typeof value !== 'object' || value === null) {
    return `<${name}>${value === null ? '' : escapeValue(String(value), 'xml-text', name)}</${name}>`
  }
  // Arrays were handled by the caller, so a record of JSON.
  const record = value as Filled
  const attributes = Object.entries(record)
    .filter(([key]) => key.startsWith('@'))
    .map(([key, text]) => ` ${key.slice(1)}="${escapeValue(String(text), 'xml-attribute', key)}"`)
  return `<${name}${attributes.join('')}>${elements(record)}</${name}>`
}

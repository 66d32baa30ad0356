/**
 * @module Stripe's own OpenAPI document, as far as the adapter goes: what is wrong with a request by it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What of JSON Schema the document uses for request bodies. */
interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly maxLength?: number
  /** Stripe checks it elsewhere: the document does not list every value. */
  readonly 'x-stripeBypassValidation'?: boolean
}
type Form = string | { readonly [name: string]: Form }

const VECTOR = join(import.meta.dir, '../vectors/stripe_openapi.json')
// Cut from Stripe's document as its `source` says.
export const { bodies, card, sha256 } = JSON.parse(readFileSync(VECTOR, 'utf8')) as {
  readonly bodies: Readonly<Record<string, Schema>>
  readonly card: Schema
  readonly sha256: string
}

/**
 * Stripe leaves raw cards out of the published `payment_method_data`; they stand as `card` of a PaymentMethod, which is the
 * same object. https://docs.stripe.com/api/payment_methods/create
 */
const UNPUBLISHED: ReadonlyMap<string, Schema> = new Map([['payment_method_data.card', card]])

/** `a[b][0]=c` as it nests. */
function parseForm(text: string): Form {
  const root: Record<string, Form> = {}
  for (const [key, value] of new URLSearchParams(text)) {
    const path = [...key.matchAll(/[^[\]]+/g)].map(([name]) => name)
    let at = root
    for (const name of path.slice(0, -1)) {
      const inner = (at[name] ??= {})
      if (typeof inner === 'string') throw new Error(`${key} is a text and an object`)
      at = inner as Record<string, Form> // Made above, and only here.
    }
    const last = path.at(-1) ?? ''
    if (last in at) throw new Error(`${key} is there twice`)
    at[last] = value
  }
  return root
}

/** What is wrong with a form's value; every text of it is what the schema makes of texts. */
function wrong(value: Form, schema: Schema, at = ''): readonly string[] {
  const { anyOf, type, items, additionalProperties: more, maxLength = Infinity } = schema
  if (anyOf) {
    const all = anyOf.map((one) => wrong(value, one, at))
    return all.find((found) => found.length === 0) ?? all[0] ?? []
  }
  if (type === 'object' || type === 'array') {
    if (typeof value === 'string') return [`${at}: no ${type}`]
    const missing = (schema.required ?? []).filter((name) => !(name in value))
    return [
      ...missing.map((name) => `${at}: without ${name}`),
      ...Object.entries(value).flatMap(([name, one]) => {
        const path = at === '' ? name : `${at}.${name}`
        const known =
          (type === 'array' && /^\d+$/.test(name) ? items : schema.properties?.[name]) ??
          UNPUBLISHED.get(path) ??
          (typeof more === 'object' ? more : undefined)
        return known ? wrong(one, known, path) : [`${path}: not known`]
      }),
    ]
  }
  if (typeof value !== 'string') return [`${at}: no ${type}`]
  if (value.length > maxLength) return [`${at}: too long`]
  if (type === 'integer' && !/^-?\d+$/.test(value)) return [`${at}: no integer`]
  if (type === 'boolean' && !/^(true|false)$/.test(value)) return [`${at}: no boolean`]
  const open = schema['x-stripeBypassValidation'] === true
  if (schema.enum && !open && !schema.enum.includes(value)) return [`${at}: not one of them`]
  return []
}

/** A request as it was, or would be, sent. */
interface Request {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** Everything in a request that Stripe's document does not know, or knows otherwise. */
export function unknownToStripe({ method, path, body }: Request): readonly string[] {
  const template = Object.keys(bodies).find((known) =>
    new RegExp(`^${known.replace(/\{\w+\}/, '[^/]+')}$`).test(path),
  )
  const schema = bodies[template ?? '']
  return schema && method === 'POST'
    ? wrong(parseForm(body), schema)
    : [`${method} ${path}: not known`]
}

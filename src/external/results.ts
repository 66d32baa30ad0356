/**
 * @module What an adapter's functions may give, each by the contract. What breaks it is refused here, before the core believes it.
 */
import type { DeclineCode, Field, Hole, Notice, Outcome, Plan, Text } from '../adapter.ts'
import { maskCardNumbers } from '../card.ts'
import { asHole } from '../hole.ts'
import {
  ShapeError,
  at,
  entries,
  list,
  mapOf,
  nullable,
  number,
  oneOf,
  optional,
  record,
  text,
  type Shape,
} from './shape.ts'

/** RFC 9110, 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]{1,128}$/
/** RFC 9110, 5.5, as Latin-1. */
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/

const headerNames = 'must have names as HTTP has them'

/** Text with holes. Only its literal parts can be checked here; values are escaped as they are put in. */
function textWith(form: RegExp, must: string): Shape<Text<string>> {
  return (value, path) => {
    if (isHole(value)) return value
    const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
    const checked = parts.map((part, index) => {
      if (isHole(part)) return part
      if (typeof part !== 'string' || !form.test(part)) throw new ShapeError(path, must)
      if (part.length > 8192) throw new ShapeError(`${path}[${index}]`, 'is too long')
      return part
    })
    return Array.isArray(value) ? checked : (checked[0] ?? '')
  }
}

function isHole(value: unknown): value is Hole<string> {
  return asHole(value) !== null
}

const target = textWith(
  /^[\x21\x24-\x5b\x5d-\x7e]*$/,
  'must be printable ASCII without #, \\ and spaces',
)
/** A path starts at the root, so that it cannot be taken for a part of the host. */
const path: Shape<Text<string>> = (value, where) => {
  const read = target(value, where)
  const first: unknown = Array.isArray(read) ? read[0] : read
  if (typeof first === 'string' && first.startsWith('/')) return read
  throw new ShapeError(where, 'must begin with /')
}

export const texts = mapOf(
  textWith(HEADER_TEXT, 'must be text that a header can hold'),
  HEADER_NAME,
  headerNames,
)

/** Fields were data or holes when they were read, so only what encloses them is left to see. */
const fields: Shape<{ readonly [name: string]: Field<string> }> = (value, where) => {
  if (isHole(value)) throw new ShapeError(where, 'must be an object')
  entries(value, where)
  return value as { readonly [name: string]: Field<string> } // An object, of data and holes.
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** What `build` and the session step give. */
export const plan: Shape<Plan> = record({
  method: oneOf(...METHODS),
  path,
  query: optional(target),
  headers: optional(texts),
  body: optional(record({ encoding: oneOf('json', 'form', 'xml'), fields })),
})

/** What `sign` gives: headers, complete. */
export const headers = mapOf(
  text('must be text that a header can hold', HEADER_TEXT, 16_384),
  HEADER_NAME,
  headerNames,
)

const listed = list(text('must be text', /^/, 500), 0, 100)
/** What `check` gives: as much as anyone reads. Nothing is no complaint. */
export const complaints: Shape<readonly string[]> = (value, where) =>
  value === undefined ? [] : listed(value, where)

/** What one of several functions gave, or the words of what it threw. */
export interface Result {
  readonly value?: unknown
  readonly error?: string
}
const result: Shape<Result> = record({ value: optional((value) => value), error: optional(text()) })
export const several = list(result)

/** What a check gives, and the plan where there was nothing to complain of. */
export const checked: Shape<readonly [readonly string[], Result?]> = (value, where) => {
  const [first, plan]: readonly unknown[] = Array.isArray(value) ? value : []
  const read = complaints(first, where)
  return plan === undefined ? [read] : [read, result(plan, where)]
}

/** What `derive` gives. It may become a part of anything, so nothing is known of its form. */
export const derived = text('must be text', /^/, 65_536)

/** What `fields` gives. Names of inner fields could be told in errors, so they are names and no data. */
export const added: Shape<unknown> = (value, where) => {
  if (isHole(value)) throw new ShapeError(where, 'must be data: its holes were filled before')
  if (Array.isArray(value)) for (const item of value) added(item, where)
  else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of entries(value, where)) {
      if (!/^[@#]?[A-Za-z_][\w.:-]*$/.test(name)) throw new ShapeError(where, 'must have names')
      if (/\d{6}/.test(name)) throw new ShapeError(where, 'must have names that are no numbers')
      added(member, at(where, name))
    }
  } else if (
    typeof value === 'string' &&
    /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(value)
  ) {
    throw new ShapeError(where, 'must be text without control characters')
  }
  return value
}

const DECLINES = [
  'do_not_honor',
  'insufficient_funds',
  'expired_card',
  'invalid_number',
  'invalid_cvc',
  'invalid_expiry',
  'lost_or_stolen',
  'suspected_fraud',
  'limit_exceeded',
  'not_permitted',
  'authentication_required',
  'try_again',
  'other',
] as const satisfies readonly DeclineCode[]

/** The answer was scrubbed of the card as it was sent; an adapter might still put together what it has taken apart. */
const told: Shape<string> = (value, where) => maskCardNumbers(text()(value, where))
const psp = record({ code: nullable(told), message: nullable(told) })
const reference = text('must be text that is not empty', /./s, 1000)
const url = text('must be an absolute https URL', /^https:\/\/[^\s\\]+$/, 8192)

/** By kind, as the contract has them. */
const OUTCOMES = {
  approved: record({ psp, kind: oneOf('approved'), reference }),
  pending: record({ psp, kind: oneOf('pending'), reference }),
  action_required: record({
    psp,
    kind: oneOf('action_required'),
    reference,
    url: nullable(url),
    form: optional(mapOf(text(), /./s, 'must have names')),
  }),
  declined: record({
    psp,
    kind: oneOf('declined'),
    code: oneOf(...DECLINES),
    reference: nullable(reference),
  }),
  refused: record({
    psp,
    kind: oneOf('refused'),
    code: oneOf('credentials', 'request', 'rate', 'unavailable'),
  }),
  unrecognised: record({ psp, kind: oneOf('unrecognised'), reason: told }),
} satisfies { readonly [K in Outcome['kind']]: Shape<Outcome> }
// Object.keys of a literal gives its keys and no others.
const kindOf = oneOf(...(Object.keys(OUTCOMES) as Outcome['kind'][]))

/** What `parse` gives. */
export const outcome: Shape<Outcome> = (value, where) => {
  const kind = new Map(entries(value, where)).get('kind')
  return OUTCOMES[kindOf(kind, at(where, 'kind'))](value, where)
}

/** What a session step's `parse` gives. */
export const session = nullable(
  record({ values: mapOf(text('must be text', /^/, 16_384)), seconds: number(0, 31_536_000) }),
)

export const notice: Shape<Notice> = record({
  reference: nullable(reference),
  merchant_reference: nullable(reference),
  outcome,
})

export const acknowledgement = record({ status: number(200, 599), headers, body: text() })

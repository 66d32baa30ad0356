/**
 * @module What an adapter says of itself, checked when it is loaded: everything of the contract but what its functions give.
 */
import { OPERATIONS, type Declared, type Json, type Need } from '../adapter.ts'
import { answerCheckOf } from '../sign/answer.ts'
import { schemeOf, webhookOf } from '../sign/index.ts'
import { texts } from './results.ts'
import {
  ShapeError,
  at,
  entries,
  flag,
  list,
  mapOf,
  number,
  oneOf,
  optional,
  record,
  text,
  type Shape,
} from './shape.ts'
import { FUNCTION } from './wire.ts'

const called: Shape<typeof FUNCTION> = (value, path) => {
  if (value === FUNCTION) return FUNCTION
  throw new ShapeError(path, value === undefined ? 'is missing' : 'must be a function')
}

const NEED =
  /^(?:card|cvc|amount|reference|return_url|notification_url|customer\.(?:id|first_name|last_name|email|phone|dob)|billing_address\.(?:line1|line2|city|state|postal_code|country)|device\.(?:ip|user_agent)|extra\..+)$/
// The expression is the type, spelt out.
const need = text('must be a field of an intent, as `customer.email`', NEED, 200) as Shape<Need>

/** A scheme of src/sign or a webhook check, with parameters that it takes. */
function declared(
  find: typeof schemeOf | typeof webhookOf | typeof answerCheckOf,
): Shape<Declared> {
  return (value, path) => {
    const { scheme, ...parameters } = Object.fromEntries(entries(value, path))
    try {
      find(text()(scheme, at(path, 'scheme'))).prepare(parameters)
    } catch (error) {
      if (error instanceof ShapeError) throw error
      throw new ShapeError(path, `is no scheme: ${error instanceof Error ? error.message : ''}`)
    }
    return value as { readonly scheme: string; readonly [name: string]: Json } // Data, with a scheme.
  }
}

const scheme = declared(schemeOf)
const schemes: Shape<Declared | readonly Declared[]> = (value, path) =>
  Array.isArray(value) ? list(scheme, 1)(value, path) : scheme(value, path)

const either =
  <T>(shape: Shape<T>): Shape<T | typeof FUNCTION> =>
  (value, path) =>
    value === FUNCTION ? FUNCTION : shape(value, path)

const operation = record({
  needs: list(need),
  sign: optional(schemes),
  check: optional(called),
  build: called,
  parse: called,
})

/** Shown at terminals, so nothing in it steers one. */
const words = text('must be text without control characters', /^\P{C}+$/u, 200)
const host = text(
  'must be https:// and a host name, in which one {name} of a credential may stand',
  /^https:\/\/(?:[a-z0-9-]+\.)*(?:[a-z0-9-]*\{\w+\}[a-z0-9-]*\.)?(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?$/,
  260,
) as Shape<`https://${string}`> // It begins with https://, as the expression says.
const url = text('must be the https URL of a page', /^https:\/\/\S+$/, 1000)

const idempotency: Shape<{ header: string } | { field: string } | 'unsupported'> = (
  value,
  path,
) => {
  if (value === 'unsupported') return value
  const names = entries(value, path).map(([name]) => name)
  return names[0] === 'header'
    ? record({ header: text('must be the name of a header', /^[\w-]+$/, 100) })(value, path)
    : record({ field: words })(value, path)
}

const NAME = /^[A-Za-z]\w{0,63}$/
const named = 'must have names of letters, digits and _, which begin with a letter'
const functions = optional(mapOf(called, NAME, named))

export const definition = record({
  contract: oneOf(1),
  id: text('must be a name of a-z, 0-9, _ and -', /^[a-z][a-z0-9_-]{0,63}$/),
  name: words,
  docs: url,
  api_version: words,
  hosts: record({ live: host, sandbox: host }),
  credentials: mapOf(
    record({
      label: words,
      secret: flag,
      optional: optional(flag),
      max_bytes: optional(number(1, 100_000)),
    }),
    NAME,
    named,
  ),
  options: optional(mapOf(record({ label: words, choices: atLeastOne(words) }), NAME, named)),
  idempotency,
  headers: optional(texts),
  private_in_answer: list(text('must be a JSON pointer', /^(?:\/[^/]*)+$/, 500)),
  operations: operations(),
  session: optional(record({ plan: called, parse: called })),
  notification: optional(
    record({ verify: either(declared(webhookOf)), parse: called, acknowledge: called }),
  ),
  derive: functions,
  fields: functions,
  sign: optional(either(schemes)),
  verify: optional(either(declared(answerCheckOf))),
})
export type Definition = ReturnType<typeof definition>

/** What one member says must agree with what another does. Throws ShapeError. */
export function checkHosts({ hosts, credentials }: Definition): void {
  for (const [mode, base] of Object.entries(hosts)) {
    const names = [...base.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    for (const name of names) {
      if (Object.hasOwn(credentials, name) && credentials[name]?.secret === false) continue
      throw new ShapeError(
        `hosts.${mode}`,
        `has {${name}}, which is no credential that is not secret`,
      )
    }
    if (!URL.canParse(base.replace(/\{\w+\}/, 'name'))) {
      throw new ShapeError(`hosts.${mode}`, 'must be a URL')
    }
  }
}

function atLeastOne(shape: Shape<string>): Shape<readonly [string, ...string[]]> {
  return (value, path) => {
    const [first = '', ...others] = list(shape, 1)(value, path)
    return [first, ...others]
  }
}

type Operations = { readonly [O in (typeof OPERATIONS)[number]]?: ReturnType<typeof operation> }

function operations(): Shape<Operations> {
  return (value, path) => {
    const read = entries(value, path).map(([name, member]) => {
      const known = oneOf(...OPERATIONS)
      return [known(name, at(path, name)), operation(member, at(path, name))] as const
    })
    if (read.length === 0) throw new ShapeError(path, 'must not be empty')
    return Object.fromEntries(read)
  }
}

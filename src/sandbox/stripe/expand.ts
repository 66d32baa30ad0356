/**
 * @module `expand[]`: replaces ids in an answer by the objects they stand for. https://docs.stripe.com/api/expanding_objects
 */
import { showCharge } from './charge.ts'
import { invalid } from './error.ts'
import { showIntent } from './payment_intent.ts'
import { showMethod } from './payment_method.ts'
import type { State } from './state.ts'

interface Wire {
  [name: string]: unknown
}

/** Fields that hold an id, and the object behind one. */
const FIELDS: { readonly [field: string]: (state: State, id: string) => Wire | undefined } = {
  charge: (state, id) => show(state.charges.get(id), showCharge),
  latest_charge: (state, id) => show(state.charges.get(id), showCharge),
  payment_intent: (state, id) => show(state.intents.get(id), showIntent),
  payment_method: (state, id) => show(state.methods.get(id), showMethod),
}

/** @param paths such as `latest_charge.payment_method`, at most four deep. @returns the object, changed */
export function expand(state: State, object: Wire, paths: readonly string[]): Wire {
  for (const path of paths) walk(state, object, path.split('.').slice(0, 4))
  return object
}

function walk(state: State, object: Wire, [field, ...rest]: readonly string[]): void {
  if (field === undefined) return
  const find = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined
  if (!find || !Object.hasOwn(object, field)) {
    throw invalid(`This property cannot be expanded (${field}).`, {
      code: 'property_not_expandable',
      param: 'expand',
    })
  }
  const held = object[field]
  const found = typeof held === 'string' ? find(state, held) : undefined
  if (found) object[field] = found
  const next = object[field]
  // Just put there, or by an earlier path: an object made by a `show` function.
  if (typeof next === 'object' && next !== null) walk(state, next as Wire, rest)
}

function show<T>(value: T | undefined, how: (value: T) => Wire): Wire | undefined {
  return value === undefined ? undefined : how(value)
}

/**
 * @module Intents for the trials: complete ones, those with the least, and those that differ in one field.
 */
import type { Adapter, Intent, Json, Need, Operation, OperationName } from '../adapter.ts'
import type { Wish } from '../forward/call.ts'
import type { Fixtures } from './fixture.ts'
import { everything, OTHERS } from './made_up.ts'

type Given = Wish['intent']
type Row = { readonly [name: string]: unknown }

/** Operations on an earlier payment: their reference is the PSP's. */
const LATER: ReadonlySet<OperationName> = new Set(['capture', 'refund', 'void'])

/** An intent with everything in it, and the sample's parts. */
export function intentFor(operation: OperationName, adapter: Adapter, fixtures: Fixtures): Given {
  const { intents = {} } = fixtures.sample
  const full = everything(LATER.has(operation) ? pspReference(fixtures) : 'A1001')
  const needs = adapter.operations[operation]?.needs ?? []
  const extra = Object.fromEntries(
    needs.flatMap((need) =>
      need.startsWith('extra.') ? [[need.slice('extra.'.length), 'X4004'] as const] : [],
    ),
  )
  // A sample has the members of an intent; what it lacks stays as it was made up.
  return merged(merged({ ...full, extra }, intents['*']), intents[operation]) as unknown as Given
}

/** A reference that the PSP has given in a recorded answer, else a number. */
function pspReference({ answers }: Fixtures): string {
  for (const { outcome } of answers) {
    const reference = isRow(outcome) ? outcome['reference'] : null
    if (typeof reference === 'string') return reference
  }
  return '1234567'
}

function merged(base: object, more: object | undefined): object {
  const entries = Object.entries(more ?? {}).map(([name, value]) => {
    const before: unknown = Reflect.get(base, name)
    return [name, isRow(before) && isRow(value) ? merged(before, value) : value] as const
  })
  return { ...base, ...Object.fromEntries(entries) }
}

/**
 * The intent without what the adapter complains of and does not need: some operations want a field left out. What is needed
 * stays, so that a complaint about it shows.
 */
export function completed(
  operation: Operation | undefined,
  start: Given,
  told: (given: Given) => Intent,
): Given {
  let given = start
  const needs = operation?.needs ?? []
  for (let round = 0; round < 5; round++) {
    const wrong = complaintsOf(operation, told(given)).map(
      (text) => text.split(':')[0]?.trim() ?? '',
    )
    const spare = wrong.filter((field) => !needs.some((need) => isWithin(field, need)))
    if (spare.length === 0) return given
    for (const field of spare) given = without(given, field)
  }
  return given
}

function isWithin(field: string, need: string): boolean {
  return field === need || field.startsWith(`${need}.`) || need.startsWith(`${field}.`)
}

function complaintsOf(operation: Operation | undefined, intent: Intent): readonly string[] {
  try {
    return operation?.check?.(intent) ?? []
  } catch {
    // The rule `builds` tells of it.
    return []
  }
}

/** `amount.minor` takes the whole amount along, `customer.email` the address alone. */
function without(given: Given, field: string): Given {
  const [first = '', ...rest] = field.split('.')
  const value: unknown = Reflect.get(given, first)
  const keep = first === 'customer' || first === 'billing_address' || first === 'device'
  const { [first]: _, ...others } = given as unknown as Row // A record of its members.
  const inner = rest.join('.')
  if ((!keep && first !== 'extra') || inner === '' || !isRow(value)) {
    return { extra: {}, ...others } as Given // An intent needs no other member.
  }
  const { [inner]: __, ...left } = value
  return { extra: {}, ...others, [first]: left } as Given // The same with one member less.
}

/** Ways to handle what a need stands for. Card and security code stand outside the intent. */
export function needOf(need: Need) {
  const [first = '', ...more] = need.split('.')
  const inner = more.join('.')
  const outside = need === 'card' || need === 'cvc'
  const put = (given: Given, value: unknown): Given => {
    if (outside) return given
    const before: unknown = Reflect.get(given, first)
    const changed = inner === '' ? value : { ...(isRow(before) ? before : {}), [inner]: value }
    return { ...given, [first]: changed } as Given // The member keeps its type: only values of it are put.
  }
  const read = (given: Given): unknown => {
    const value: unknown = Reflect.get(given, first)
    return inner === '' ? value : isRow(value) ? value[inner] : undefined
  }
  return {
    outside,
    read,
    put,
    /** The other intent with this one's value. */
    copy: (from: Given, to: Given): Given => put(to, read(from)),
    /** The intent without it. */
    leaveOut: (given: Given): Given => put(given, undefined),
    /** The intent with another value. */
    change: (given: Given): Given =>
      put(given, first === 'extra' ? other(read(given)) : OTHERS[need]),
  }
}

/** Another value of the same kind. */
function other(value: unknown): Json {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  return typeof value === 'string' ? `${value}5` : 'X5005'
}

/** Whether it is an object that is no array. */
export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

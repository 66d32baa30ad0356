/**
 * @module Finds the holes of a plan, so that all it needs is known before anything is opened.
 */
import type { Plan } from '../adapter.ts'
import { asHole, type HoleValue, type InstrumentName } from '../hole.ts'

/** Every hole of the plan, those inside holes included. */
export function holesOf(plan: Plan): readonly HoleValue[] {
  const found: HoleValue[] = []
  collect(plan.path, found)
  collect(plan.query, found)
  collect(plan.headers, found)
  collect(plan.body, found)
  return found
}

/** Which instruments of which of the caller's tokens the holes read. */
export function instrumentsOf(
  holes: readonly HoleValue[],
): ReadonlyMap<string, ReadonlySet<InstrumentName>> {
  const wanted = new Map<string, Set<InstrumentName>>()
  const want = (token: string, instrument: InstrumentName): void => {
    const set = wanted.get(token) ?? new Set()
    wanted.set(token, set.add(instrument))
  }
  for (const { source } of holes) {
    if (source.from === 'token') want(source.token, source.instrument)
    if (source.from === 'record') want(source.token, 'data')
    // What is derived is derived from the request's own card.
    if (source.from === 'derived') want('', 'card')
  }
  return wanted
}

/** The caller's names of tokens whose card's security code is put somewhere, and must be there. */
export function cvcReaders(holes: readonly HoleValue[]): Set<string> {
  const readers = new Set<string>()
  for (const { source } of holes) {
    if (source.from === 'derived') readers.add('')
    if (source.from !== 'token' || source.instrument !== 'card' || source.field !== 'cvc') continue
    readers.add(source.token)
  }
  return readers
}

/** The same, and those of whole tokens, which have it only where it is known. */
export function cvcTakers(holes: readonly HoleValue[]): ReadonlySet<string> {
  const takers = cvcReaders(holes)
  for (const { source } of holes) {
    const takes =
      source.from === 'record' ||
      (source.from === 'token' &&
        (source.instrument === 'data' || (source.instrument === 'card' && source.field === null)))
    if (takes) takers.add(source.token)
  }
  return takers
}

/** The names of what the plan needs of the adapter's session step. */
export function sessionNames(holes: readonly HoleValue[]): readonly string[] {
  return holes.flatMap(({ source }) => (source.from === 'session' ? [source.name] : []))
}

function collect(value: unknown, found: HoleValue[]): void {
  if (typeof value !== 'object' || value === null) return
  const hole = asHole(value)
  if (hole) {
    found.push(hole)
    if ('text' in hole.source) collect(hole.source.text, found)
    return
  }
  for (const part of Array.isArray(value) ? value : Object.values(value)) collect(part, found)
}

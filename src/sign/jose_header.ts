/**
 * @module The protected header of JOSE objects: `alg` first, then what the document lists, in its order.
 */
import type { Described } from './described.ts'
import type { SchemeInput } from './types.ts'

export interface JoseHeader {
  readonly alg: string
  readonly [name: string]: unknown
}

/** Fills the templates of a header. `{now}` alone becomes a number, as NumericDate wants it. */
export function filledHeader(
  alg: string,
  fields: readonly (readonly [string, Described])[],
  input: SchemeInput,
): JoseHeader {
  // Twice: first in order, and last in force, because a document must not say another.
  return Object.assign({ alg }, filled(fields, input), { alg })
}

/** The same for claims. */
export function filled(
  fields: readonly (readonly [string, Described])[],
  input: SchemeInput,
): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    fields.map(([name, value]) => {
      const text = value.text(input)
      return [name, value.numeric ? Number(text) : text]
    }),
  )
}

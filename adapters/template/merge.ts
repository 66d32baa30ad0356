/**
 * @module A caller's further fields, put into those of a template document.
 */
import type { Field, Json } from '../../src/adapter.ts'

export type Fields = { [name: string]: Field<string> }

/** The caller's further fields, merged last: into the root element in XML, into the fields otherwise. */
export function merged(
  encoding: string,
  fields: Fields,
  extra: readonly (readonly [string, Json])[],
): Fields {
  if (extra.length === 0) return fields
  const [root, ...others] = Object.keys(fields)
  if (encoding !== 'xml' || root === undefined || others.length > 0) return merge(fields, extra)
  return { [root]: merge(isRecord(fields[root]) ? fields[root] : {}, extra) }
}

function merge(fields: Fields, extra: readonly (readonly [string, Field<string>])[]): Fields {
  const all = new Map(Object.entries(fields))
  for (const [name, value] of extra) {
    const before = all.get(name)
    const both = isRecord(before) && isRecord(value)
    all.set(name, both ? merge(before, Object.entries(value)) : value)
  }
  return Object.fromEntries(all)
}

/** Holes are objects of a class, and no records. */
function isRecord(value: Field<string>): value is Fields {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}

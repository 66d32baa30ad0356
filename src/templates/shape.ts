/**
 * @module Checks the shape of a document before anything is read from it.
 */
import { Value, type ValueError } from '@sinclair/typebox/value'
import { DocumentSchema, type TemplateDocument } from './document.ts'
import type { Path, Problems } from './problems.ts'

/** The document, or null where its shape is wrong; what is wrong was added to the problems. */
export function checkShape(value: unknown, problems: Problems): TemplateDocument | null {
  const errors = [...Value.Errors(DocumentSchema, value)]
  const seen: string[] = []
  for (const error of errors) {
    // Below a place that was complained of, everything else follows from it.
    if (seen.some((path) => error.path === path || error.path.startsWith(`${path}/`))) continue
    seen.push(error.path)
    problems.add(pathOf(value, error.path), sentence(error))
  }
  // What the schema finds nothing wrong with is what its type says.
  return errors.length === 0 ? (value as TemplateDocument) : null
}

function sentence({ message, schema, value }: ValueError): string {
  if (/unexpected property/i.test(message)) return 'is not known here'
  const wanted: unknown = schema['says']
  if (typeof wanted !== 'string') return message.toLowerCase()
  return value === undefined ? `is missing: ${wanted}` : `is not ${wanted}`
}

/** A JSON pointer as a path; what stands in a list is counted. */
function pathOf(root: unknown, pointer: string): Path {
  const path: (string | number)[] = []
  let value = root
  for (const raw of pointer.split('/').slice(1)) {
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(value) ? Number(name) : name)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  }
  return path
}

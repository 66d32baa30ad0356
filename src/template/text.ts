/**
 * @module Templates in plain text, and single texts with holes: header values, fields.
 */
import type { Template, Text } from '../adapter.ts'
import type { Grammar } from './grammar.ts'
import { Parts, asTextWithHoles } from './parts.ts'

/** Compiles a body of no known format: values are put in as they are, but never with control characters. */
export function compilePlain(source: string, grammar: Grammar, where: string): Template {
  const parts = new Parts(source)
  parts.put(grammar.find(source, where), { start: 0 }, 'text', where)
  return parts.done()
}

/**
 * Compiles one text, such as a header's value: a string where there is no placeholder, else its parts. Whoever renders it
 * knows the place and escapes for it.
 */
export function compileText(source: string, grammar: Grammar, where: string): Text<string> {
  return asTextWithHoles(compilePlain(source, grammar, where))
}

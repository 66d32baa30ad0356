/**
 * @module Templates in forms (`application/x-www-form-urlencoded`): placeholders in values, plain or percent-encoded.
 */
import type { Template } from '../adapter.ts'
import { invalidTemplate } from './grammar.ts'
import type { Grammar } from './grammar.ts'
import { Parts } from './parts.ts'
import { decodePercent, percentEncoding } from './percent.ts'

/**
 * Compiles a form. Order, repeated names and the spelling of everything else are kept.
 * @throws GatewayError `invalid_template` for a placeholder that is wrong or in a name.
 */
export function compileForm(source: string, grammar: Grammar, where: string): Template {
  const parts = new Parts(source)
  for (let start = 0; start < source.length;) {
    const ampersand = source.indexOf('&', start)
    const end = ampersand < 0 ? source.length : ampersand
    putPair(source, start, end, grammar, where, parts)
    start = end + 1
  }
  return parts.done()
}

function putPair(
  source: string,
  start: number,
  end: number,
  grammar: Grammar,
  where: string,
  parts: Parts,
): void {
  const pair = source.slice(start, end)
  const equals = pair.indexOf('=')
  const name = decodePercent(equals < 0 ? pair : pair.slice(0, equals), true).text
  const path = where === '' ? name : `${where}.${name}`
  const [misplaced] = grammar.find(name, where)
  if (misplaced) {
    const raw = name.slice(misplaced.start, misplaced.end)
    throw invalidTemplate("a placeholder cannot stand in a field's name", where, raw)
  }
  if (equals < 0) return
  const value = decodePercent(pair.slice(equals + 1), true)
  const found = grammar.find(value.text, path)
  if (found.length === 0) return
  // A stray `%` before a placeholder would join with the value into another character.
  if (!value.exact) throw invalidTemplate('the value is not percent-encoded correctly', path)
  const encoding = value.encoded ? percentEncoding : undefined
  parts.put(found, { start: start + equals + 1, encoding }, 'form', path)
}

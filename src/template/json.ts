/**
 * @module Templates in JSON: placeholders in strings, found after decoding; every other byte stays as it is.
 */
import type { Template } from '../adapter.ts'
import { scan } from '../json.ts'
import type { JsonNode, JsonString } from '../json.ts'
import { invalidTemplate } from './grammar.ts'
import type { Grammar } from './grammar.ts'
import { Parts } from './parts.ts'
import type { Encoding } from './parts.ts'

/**
 * Compiles a JSON text. A placeholder that is a whole string may become a number, an object or null; within a longer
 * string its text is put in, escaped.
 * @throws GatewayError `invalid_json`, or `invalid_template` for a placeholder that is wrong or in a key.
 */
export function compileJson(source: string, grammar: Grammar, where: string): Template {
  const parts = new Parts(source)
  walk(source, scan(source), grammar, where, parts)
  return parts.done()
}

/** Compiles a part of a text that was scanned already, such as one member of an envelope. */
export function compileJsonNode(
  text: string,
  node: JsonNode,
  grammar: Grammar,
  where: string,
): Template {
  const parts = new Parts(text, node.start)
  walk(text, node, grammar, where, parts)
  return parts.done(node.end)
}

function walk(text: string, node: JsonNode, grammar: Grammar, where: string, parts: Parts): void {
  switch (node.kind) {
    case 'string':
      putString(node, grammar, where, parts)
      break
    case 'array':
      for (const [i, item] of node.items.entries()) {
        walk(text, item, grammar, `${where}[${i}]`, parts)
      }
      break
    case 'object':
      for (const { key, value } of node.entries) {
        const path = where === '' ? key : `${where}.${key}`
        const [first] = grammar.find(key, path)
        if (first) {
          const raw = key.slice(first.start, first.end)
          throw invalidTemplate('a placeholder cannot stand in a key', where, raw)
        }
        walk(text, value, grammar, path, parts)
      }
      break
    default:
  }
}

function putString(node: JsonString, grammar: Grammar, where: string, parts: Parts): void {
  const found = grammar.find(node.value, where)
  const [first] = found
  if (!first) return
  if (first.start === 0 && first.end === node.value.length) {
    parts.replace(node.start, node.end, first, 'json-value', where)
  } else {
    const encoding = node.escaped ? ESCAPES : undefined
    parts.put(found, { start: node.start + 1, encoding }, 'json-string', where)
  }
}

/** RFC 8259 section 7. A character outside the basic plane takes two escapes, as it is two units when decoded. */
const ESCAPES: Encoding = {
  mark: 0x5c,
  sequence: (raw, at) => ({ width: raw.charCodeAt(at + 1) === 0x75 ? 6 : 2, stands: 1 }),
}

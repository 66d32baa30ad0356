/**
 * @module Stitch's grammar: the token selectors `{{card.number}}` and its like, and bodies in which one stands for a JSON number.
 */
import type { Hole, Template } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { hole } from '../hole.ts'
import type { AppliedFilter, InstrumentField } from '../hole.ts'
import { scan, type JsonNode } from '../json.ts'
import { compileBody } from './compile.ts'
import { makeFilter } from './filters.ts'
import { NONE, invalidTemplate } from './grammar.ts'
import type { Found, Grammar } from './grammar.ts'
import { Parts } from './parts.ts'

interface Selector {
  readonly field: InstrumentField
  readonly filters: readonly AppliedFilter[]
  /** What documentation says of it. */
  readonly doc: string
  /** Whether it may stand for a JSON number, outside quotes. */
  readonly numeric: boolean
}

/**
 * https://docs.stitch.money, "Forward API Requests", token selectors. The year has two digits: so it is in `MM/YY`, and so
 * tokens are created there.
 */
export const STITCH_SELECTORS: ReadonlyMap<string, Selector> = new Map([
  selector('card.number', 'number', 'the card number', true),
  selector('card.expiry', 'expiry', 'the expiry as `MM/YY`', false),
  selector('card.expiry.month', 'exp_month', 'the month, two digits', true),
  selector('card.expiry.year', 'exp_year', 'the year, two digits', true, makeFilter('yy', [])),
  selector('card.securityCode', 'cvc', 'the `securityCode` of the same call', false),
])

/** What is meant as a selector: braces around a name. `{{}}` and `{{ 5 }}` are text. */
const ANY = /\{\{\s*(?<name>[A-Za-z_][\w.-]*)\s*\}\}|\{\{\s*[A-Za-z_][\w.-]{0,60}/g

/** Stitch's grammar. White space inside the braces is free. */
export const stitchGrammar: Grammar = {
  name: 'stitch',
  find(text, where) {
    if (!text.includes('{{')) return NONE
    return [...text.matchAll(ANY)].map((match): Found => {
      const [raw] = match
      const name = match.groups?.['name']
      if (name === undefined) throw invalidTemplate('the selector is not closed', where, raw)
      const found = STITCH_SELECTORS.get(name)
      if (!found) {
        const all = [...STITCH_SELECTORS.keys()].map((one) => `{{${one}}}`).join(', ')
        throw invalidTemplate('there is no such selector', where, raw, `Selectors: ${all}.`)
      }
      return { start: match.index, end: match.index + raw.length, hole: holeOf(name, found) }
    })
  },
}

/**
 * Compiles a body string. In JSON a selector may also stand outside quotes, for a number, as Stitch puts values in before
 * anybody parses: `{"month":{{card.expiry.month}}}` becomes `{"month":3}`.
 * @throws GatewayError as {@link compileBody}.
 */
export function compileStitchBody(
  source: string,
  contentType: string | null,
  where: string,
): Template {
  try {
    return compileBody(source, contentType, stitchGrammar, where)
  } catch (error) {
    const isOther = !(error instanceof GatewayError) || error.code !== 'invalid_json'
    const template = isOther ? null : withNumbers(source, where)
    if (!template) throw error
    return template
  }
}

/** The template of what is JSON but for selectors in place of numbers; null where it is none. */
function withNumbers(source: string, where: string): Template | null {
  const found = stitchGrammar.find(source, where)
  const places = placesOf(source, found)
  if (!places) return null
  const parts = new Parts(source)
  for (const one of found) {
    const { start, end } = one
    if (places.some((node) => node.kind === 'string' && node.start < start && end < node.end)) {
      parts.replace(start, end, one, 'json-string', where)
      continue
    }
    // In a key, or as a part of a number.
    if (!places.some((node) => node.start === start && node.end === end)) return null
    const raw = source.slice(start, end)
    const name = raw.slice(2, -2).trim()
    const meant = STITCH_SELECTORS.get(name)
    if (!meant?.numeric) throw invalidTemplate('it is no number; put it in quotes', where, raw)
    const number = holeOf(name, { ...meant, filters: [...meant.filters, makeFilter('number', [])] })
    parts.replace(start, end, { start, end, hole: number }, 'json-value', where)
  }
  return parts.done()
}

/** The strings and numbers that are values, with a number of the same length in place of each selector; null where that is no JSON. */
function placesOf(source: string, found: readonly Found[]): readonly JsonNode[] | null {
  let shape = source
  for (const { start, end } of found) {
    shape = shape.slice(0, start) + '1'.repeat(end - start) + shape.slice(end)
  }
  try {
    return leaves(scan(shape))
  } catch (error) {
    if (error instanceof GatewayError) return null
    throw error
  }
}

function leaves(node: JsonNode): readonly JsonNode[] {
  if (node.kind === 'array') return node.items.flatMap(leaves)
  if (node.kind === 'object') return node.entries.flatMap(({ value }) => leaves(value))
  return [node]
}

function holeOf(name: string, { field, filters }: Selector): Hole<string> {
  const source = { from: 'token', token: '', instrument: 'card', field } as const
  return hole<string>(source, `{{${name}}}`, filters)
}

function selector(
  name: string,
  field: InstrumentField,
  doc: string,
  numeric: boolean,
  ...filters: readonly AppliedFilter[]
): [string, Selector] {
  return [name, { field, doc, numeric, filters }]
}

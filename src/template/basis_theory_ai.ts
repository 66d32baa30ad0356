/**
 * @module Basis Theory AI's grammar: `{{ paymentMethod: <id> | type: 'virtualCard' | json: '$.number' }}`.
 *
 * https://docs.basistheory.ai/api-reference/proxy/proxy-request
 */
import { GatewayError } from '../errors.ts'
import { hole, type InstrumentField, type InstrumentName, type Source } from '../hole.ts'
import { readExpression, type Expression } from './expression.ts'
import { NONE, invalidTemplate, type Found, type Grammar } from './grammar.ts'

interface Credential {
  readonly instrument: InstrumentName
  readonly fields: Readonly<Record<string, InstrumentField>>
}

const CARD = {
  number: 'number',
  expirationMonth: 'exp_month',
  expirationYear: 'exp_year',
} as const

/** Credential types, and what a path can lead to in each. */
const CREDENTIALS = {
  pan: { instrument: 'card', fields: { ...CARD, cvc: 'cvc' } },
  virtualCard: { instrument: 'virtual_card', fields: { ...CARD, cvc: 'cvc' } },
  networkToken: {
    instrument: 'network_token',
    fields: { ...CARD, cryptogram: 'cryptogram', eci: 'eci' },
  },
} as const satisfies Readonly<Record<string, Credential>>

/** Types by the names that either version of the API has for them. */
const TYPES: ReadonlyMap<string, Credential> = new Map<string, Credential>([
  ['pan', CREDENTIALS.pan],
  ['virtualCard', CREDENTIALS.virtualCard],
  ['virtual-card', CREDENTIALS.virtualCard],
  ['networkToken', CREDENTIALS.networkToken],
  ['network-token', CREDENTIALS.networkToken],
])

/** What the error says of a placeholder that does not have the form of one. */
export const MALFORMED = 'the template is malformed'

const HEAD = /^paymentMethod\s*:\s*([^\s#/\\+?[\]|&=%<>{}^:'"]{3,400})$/

/** `$.number`, `$.card.number`, `$.token.cryptogram`, `$..number`. */
const PATH = /^\$(?:\.\.|\.(?:(?:card|token)\.)?)(\w+)$/

/** The grammar. `{{` always opens a placeholder. */
export const basisTheoryAiGrammar: Grammar = {
  name: 'basis-theory-ai',
  find(text, where) {
    let at = text.indexOf('{{')
    if (at < 0) return NONE
    const found: Found[] = []
    while (at >= 0) {
      const expression = read(text, at, where)
      const { start, end } = expression
      const raw = text.slice(start, end)
      const { source, label } = meaning(expression, where, raw)
      found.push({ start, end, hole: hole(source, label) })
      at = text.indexOf('{{', end)
    }
    return found
  },
}

/** An error of the syntax is this API's own, in its own words. */
function read(text: string, start: number, where: string): Expression {
  try {
    return readExpression(text, start, where)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    throw invalidTemplate(MALFORMED, where, error.template ?? '{{')
  }
}

function meaning(
  { head, calls }: Expression,
  where: string,
  raw: string,
): { readonly source: Source; readonly label: string } {
  const id = HEAD.exec(head)?.[1]
  const given = new Map(calls.map(({ name, args }) => [name, args]))
  const path = given.get('json')
  const type = given.get('type') ?? ['pan']
  const filters = [...given.keys()].filter((name) => name !== 'type' && name !== 'json')
  const single = [path, type].every((args) => args?.length === 1 && typeof args[0] === 'string')
  if (id === undefined || !path || !single || filters.length > 0 || given.size < calls.length) {
    const hint =
      "It is written `{{ paymentMethod: <id> | type: 'virtualCard' | json: '$.number' }}`."
    throw invalidTemplate(MALFORMED, where, raw, hint)
  }
  const credential = TYPES.get(String(type[0]))
  if (!credential) {
    const hint = `Types: ${[...TYPES.keys()].join(', ')}.`
    throw invalidTemplate('there is no such credential type', where, raw, hint)
  }
  const { instrument, fields } = credential
  const name = PATH.exec(String(path[0]))?.[1] ?? ''
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (!field) {
    const paths = Object.keys(fields).map((one) => `$.${one}`)
    const hint = `Paths in ${type[0]}: ${paths.join(', ')}.`
    throw invalidTemplate('there is no such value in this credential type', where, raw, hint)
  }
  return {
    source: { from: 'token', token: id, instrument, field },
    label: `{{ paymentMethod: ${id} | type: '${type[0]}' | json: '$.${name}' }}`,
  }
}

/**
 * @module The native grammar: `{{ card.number | last4 }}`, `{{ payer.exp_month }}`, and `{{ '{{' }}` for braces themselves.
 */
import type { Hole } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { hole } from '../hole.ts'
import type { AppliedFilter, InstrumentField, InstrumentName, Source } from '../hole.ts'
import { normalised, readExpression } from './expression.ts'
import type { Expression } from './expression.ts'
import { FilterError, applyFilters, makeFilter } from './filters.ts'
import { NONE, invalidTemplate } from './grammar.ts'
import type { Found, Grammar } from './grammar.ts'

/** The instruments of a token, with what documentation says of them. */
export const INSTRUMENTS: Readonly<Record<Exclude<InstrumentName, 'data'>, string>> = {
  card: 'The stored card.',
  virtual_card: 'The virtual card among the credentials of the token.',
  network_token: 'The network token among the credentials of the token.',
  bank_account: 'The stored bank account.',
}

interface FieldDefinition {
  readonly on: readonly InstrumentName[]
  readonly doc: string
}

const CARDS = ['card', 'virtual_card', 'network_token'] as const

/** The fields, which instruments have them, and what documentation says of them. */
export const FIELDS: Readonly<Record<InstrumentField, FieldDefinition>> = {
  number: { on: CARDS, doc: 'The number, digits only.' },
  exp_month: { on: CARDS, doc: 'The month of expiry, two digits.' },
  exp_year: { on: CARDS, doc: 'The year of expiry, four digits; `| yy` for two.' },
  expiry: { on: CARDS, doc: 'The expiry as `MM/YY`; `| date` for other formats.' },
  holder: { on: ['card', 'virtual_card', 'bank_account'], doc: "The holder's name." },
  cvc: {
    on: ['card', 'virtual_card'],
    doc: 'The security code: of the CVC session for a card, of the credential for a virtual card.',
  },
  brand: { on: CARDS, doc: 'The brand in lower case: `visa`, `mastercard`.' },
  bin: { on: CARDS, doc: 'The first six digits of the number.' },
  last4: { on: [...CARDS, 'bank_account'], doc: 'The last four digits of the number.' },
  cryptogram: { on: ['network_token'], doc: 'The cryptogram, as it was stored.' },
  eci: { on: ['network_token'], doc: 'The electronic commerce indicator.' },
  account_number: { on: ['bank_account'], doc: 'The account number.' },
  routing_number: { on: ['bank_account'], doc: 'The routing number.' },
  account_type: { on: ['bank_account'], doc: 'The type of account: `checking`, `savings`.' },
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const PATH = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*){0,2}$/
/** A placeholder that is a field of an instrument and nothing more. */
const BARE = /\{\{\s*([a-z_]+\.[a-z_0-9]+)\s*\}\}/y

/** The holes of those, made once: a name in `tokens` is never that of an instrument. */
const BARE_HOLES: ReadonlyMap<string, Hole<string>> = new Map(
  Object.entries(FIELDS).flatMap(([field, { on }]) =>
    on.map((instrument) => {
      const head = `${instrument}.${field}`
      const source: Source = {
        from: 'token',
        token: '',
        instrument,
        // A key of the table.
        field: field as InstrumentField,
      }
      return [head, hole<string>(source, normalised({ head, calls: [] }))] as const
    }),
  ),
)

const QUOTED = /^(?:'[^']*'|"[^"]*")$/

/**
 * The native grammar for a request whose `tokens` have these names.
 *
 * `{{` always opens a placeholder. White space inside is free.
 * @throws GatewayError `invalid_request` for a name that no placeholder could use.
 */
export function nativeGrammar(names: readonly string[]): Grammar {
  const known = new Set(names)
  for (const name of known) {
    if (!NAME.test(name) || Object.hasOwn(INSTRUMENTS, name)) {
      throw new GatewayError('invalid_request', 'A name in `tokens` cannot be used.', {
        param: 'tokens',
        hint: `Use letters, digits and \`_\`, and none of ${Object.keys(INSTRUMENTS).join(', ')}.`,
      })
    }
  }
  return {
    name: 'native',
    find(text, where) {
      let at = text.indexOf('{{')
      if (at < 0) return NONE
      const found: Found[] = []
      while (at >= 0) {
        const one = bareAt(text, at) ?? meaning(readExpression(text, at, where), text, where, known)
        found.push(one)
        at = text.indexOf('{{', one.end)
      }
      return found
    },
  }
}

/** The placeholder that begins here, where it is one of the usual; null for all others. */
function bareAt(text: string, start: number): Found | null {
  BARE.lastIndex = start
  const usual = BARE_HOLES.get(BARE.exec(text)?.[1] ?? '')
  return usual ? { start, end: BARE.lastIndex, hole: usual } : null
}

function meaning(
  expression: Expression,
  text: string,
  where: string,
  names: ReadonlySet<string>,
): Found {
  const { start, end, head } = expression
  const raw = text.slice(start, end)
  const filters = expression.calls.map(({ name, args }) => filterOf(name, args))
  const label = normalised(expression)
  if (QUOTED.test(head)) {
    return { start, end, literal: applyFilters(head.slice(1, -1), filters, label) }
  }
  return { start, end, hole: hole<string>(sourceOf(), label, filters) }

  function filterOf(...call: Parameters<typeof makeFilter>): AppliedFilter {
    try {
      return makeFilter(...call)
    } catch (error) {
      if (!(error instanceof FilterError)) throw error
      throw invalidTemplate(error.message, where, raw, error.hint)
    }
  }

  function sourceOf(): Source {
    if (!PATH.test(head)) {
      throw invalidTemplate('a name such as `card.number` is expected', where, raw)
    }
    const path = head.split('.')
    const token = names.has(path[0] ?? '') ? path.shift() : ''
    const field = path.pop() ?? ''
    if (!isField(field)) throw unknown(path[0])
    const { on } = FIELDS[field]
    // A named token's card needs no `card.`, and neither does what only one instrument has.
    const short = token && path.length === 0 ? (on.includes('card') ? 'card' : on[0]) : undefined
    const instrument = on.find((name) => name === (short ?? path[0]))
    if (!instrument || path.length > 1) throw unknown(path[0])
    return { from: 'token', token: token ?? '', instrument, field }
  }

  function unknown(instrument: string | undefined): GatewayError {
    const fields = Object.entries(FIELDS)
      .filter(([, { on }]) => on.some((name) => name === instrument))
      .map(([field]) => field)
    const starts = [...Object.keys(INSTRUMENTS), ...names].join(', ')
    const hint =
      fields.length > 0
        ? `Fields of ${instrument}: ${fields.join(', ')}.`
        : `A placeholder begins with ${starts}, and then names a field: \`{{ card.number }}\`.`
    return invalidTemplate('there is no such value', where, raw, hint)
  }
}

function isField(name: string): name is InstrumentField {
  return Object.hasOwn(FIELDS, name)
}

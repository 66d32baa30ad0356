/** @module Outcomes have the closed shapes of the contract, so that every caller can rely on them. */
import { complaint } from '../finding.ts'
import { isRow } from '../intents.ts'
import type { Rule } from '../rule.ts'
import { outcomesOf } from './unknown_answers.ts'

const DECLINES =
  /^(do_not_honor|insufficient_funds|expired_card|invalid_number|invalid_cvc|invalid_expiry|lost_or_stolen|suspected_fraud|limit_exceeded|not_permitted|authentication_required|try_again|other)$/
const REFUSALS = /^(credentials|request|rate|unavailable)$/

type Is = (value: unknown) => boolean
const text: Is = (value) => typeof value === 'string' && value !== ''
const textOrNull: Is = (value) => value === null || typeof value === 'string'
const link: Is = (value) =>
  value === null || (typeof value === 'string' && URL.parse(value)?.protocol === 'https:')

/** Absent where the customer follows a link. */
const form: Is = (value) =>
  value === undefined ||
  (isRow(value) && Object.values(value).every((one) => typeof one === 'string'))

/** The members of each kind beside `kind` and `psp`. */
const SHAPES: { readonly [kind: string]: { readonly [member: string]: Is } } = {
  approved: { reference: text },
  pending: { reference: text },
  action_required: { reference: text, url: link, form },
  declined: {
    code: (value) => DECLINES.test(String(value)),
    reference: (value) => value === null || text(value),
  },
  refused: { code: (value) => REFUSALS.test(String(value)) },
  unrecognised: { reason: text },
}

export const outcomes: Rule = {
  name: 'outcomes',
  asks: "every outcome is one of the contract's, with all its members and no others",
  check: (subject) =>
    outcomesOf(subject).flatMap(({ name, operation, outcome }) => {
      const wrong = wrongWith(outcome)
      if (wrong === null) return []
      const where = `${operation}: ${name}`
      return [complaint(where, wrong, 'see the type Outcome: each kind has members of its own')]
    }),
}

/** What is wrong with an outcome, or null. */
export function wrongWith(outcome: unknown): string | null {
  if (!isRow(outcome)) return 'parse gives no object'
  const { kind, psp, ...members } = outcome
  const shape = Object.hasOwn(SHAPES, String(kind)) ? SHAPES[String(kind)] : undefined
  if (!shape) return `the kind ${JSON.stringify(kind) ?? 'nothing'} is none`
  if (!isRow(psp) || !textOrNull(psp['code']) || !textOrNull(psp['message'])) {
    return 'psp has no code and message that are a text or null'
  }
  const odd = [
    ...Object.entries(shape).flatMap(([name, is]) => (is(members[name]) ? [] : [name])),
    ...Object.keys(members).filter((name) => !Object.hasOwn(shape, name)),
  ]
  return odd.length === 0
    ? null
    : `${String(kind)} cannot have this ${odd[0]}: ${JSON.stringify(members[odd[0] ?? '']) ?? 'nothing'}`
}

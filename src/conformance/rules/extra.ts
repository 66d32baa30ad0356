/** @module A caller's own fields are sent as they are, and nothing in them is taken for a place where a card goes. */
import type { Json } from '../../adapter.ts'
import { GatewayError } from '../../errors.ts'
import { render } from '../../forward/render.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import { eachPlan, type Rule } from '../rule.ts'
import type { Subject, Trial } from '../subject.ts'

const NAME = 'pangate_check'

/** What a caller could write in the hope of being given the card. */
const FORGED: readonly Json[] = [
  '{{ card.number }}',
  '${card.number}',
  { card: 'number' },
  {
    source: { from: 'token', token: '', instrument: 'card', field: 'number' },
    label: '{{ card.number }}',
    filters: [],
    optional: false,
  },
]
/** The same, where the PSP takes texts alone. */
const PLAIN = 'a text of the caller'

export const extra: Rule = {
  name: 'extra',
  asks: 'fields in extra are sent as they are, and forged holes in them stay text',
  check: (subject) =>
    eachPlan(subject, (_, trial) => {
      const refused: Complaint[] = []
      for (const value of [...FORGED, PLAIN]) {
        const found = sent(subject, trial, value)
        if (found) refused.push(found)
      }
      return refused.slice(0, 1)
    }),
}

/** What is wrong with how a field of the caller's is sent. A field that `check` refuses is not sent at all. */
function sent(subject: Subject, trial: Trial, value: Json): Complaint | null {
  const { operation, intent } = trial
  const given = { ...trial, intent: { ...intent, extra: { ...intent.extra, [NAME]: value } } }
  try {
    const job = subject.plan(given)
    const body = job.plan.body
    const labels = subject.plan(trial).holes.length
    if (job.holes.length !== labels) {
      const fix = 'make holes by the kit, with names you write yourself, and never from extra'
      return complaint(operation, 'a field of the caller becomes a place for a card value', fix)
    }
    const isFields = body !== undefined && 'fields' in body
    const { fields } = render(job, subject.open(job))
    if (isFields ? !holds(fields, value) : !subject.written(job).includes(NAME)) {
      const fix = 'end the fields of build with ...intent.extra'
      return complaint(operation, 'a field in extra is not in the request as it was given', fix)
    }
    return null
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'missing_fields') return null
    const fix = 'send extra as it is, or let check complain of what the PSP would not take'
    return complaint(operation, `a field in extra makes it fail: ${words(error)}`, fix)
  }
}

/** Whether the field stands somewhere among the fields of a plan, as it was given. */
function holds(fields: object, value: Json): boolean {
  return Object.entries(fields).some(([name, field]: [string, unknown]) =>
    name === NAME
      ? JSON.stringify(field) === JSON.stringify(value)
      : typeof field === 'object' && field !== null && holds(field, value),
  )
}

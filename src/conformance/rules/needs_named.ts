/** @module A call that lacks something is told all that it lacks, at once. */
import { GatewayError } from '../../errors.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import { needOf } from '../intents.ts'
import type { Rule } from '../rule.ts'
import type { Subject, Trial } from '../subject.ts'

/** What a call without it is told that it lacks: card and security code have other names there. */
const TOLD: { readonly [need: string]: string } = { card: 'token', cvc: 'cvc_session' }

export const needsNamed: Rule = {
  name: 'needs_named',
  asks: 'a call without what an operation needs is told all of it, and check does not stumble over it',
  check: (subject) =>
    subject.working().flatMap((trial) => {
      const needs = subject.adapter.operations[trial.operation]?.needs ?? []
      const empty = { ...trial, intent: { extra: {} }, card: null, cvc: false }
      const one = needs.map((need): Trial => {
        const { leaveOut } = needOf(need)
        if (need === 'card') return { ...trial, card: null, cvc: true }
        return need === 'cvc'
          ? { ...trial, cvc: false }
          : { ...trial, intent: leaveOut(trial.intent) }
      })
      return [
        ...(needs.length > 0 ? told(subject, empty, needs) : []),
        ...needs.flatMap((need, at) => told(subject, one[at] ?? trial, [need])),
      ]
    }),
}

/** What is wrong with the error that a call without these needs gets. */
function told(subject: Subject, trial: Trial, needs: readonly string[]): readonly Complaint[] {
  const { operation } = trial
  try {
    subject.plan(trial)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'missing_fields') {
      const said = (error.param ?? '').split(',')
      return needs
        .filter((need) => !said.includes(TOLD[need] ?? need))
        .map((need) => complaint(operation, `${need} is not named`, 'leave needs to the core'))
    }
    const fix =
      'check and build run on what is there: write intent.customer?.email, and return a complaint instead of throwing'
    return [complaint(operation, `without ${needs.join(', ')} it fails: ${words(error)}`, fix)]
  }
  return [complaint(operation, `it goes on without ${needs.join(', ')}`, 'leave needs to the core')]
}

/** @module An operation that has what it says it needs works. */
import { GatewayError } from '../../errors.ts'
import { explain } from '../explain.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import type { Rule } from '../rule.ts'

/** What JavaScript writes where there is no value. */
const ODD = /undefined|NaN|\[object Object\]/

export const needsEnough: Rule = {
  name: 'needs_enough',
  asks: 'with what needs names and nothing else, an operation comes to a request, or check says what else it wants',
  async check(subject) {
    const found: Complaint[] = []
    for (const trial of subject.working()) {
      const least = subject.least(trial)
      const full = await subject.run(trial).catch(() => null)
      if (!full) continue
      try {
        const { request } = await subject.run(least)
        const odd = ODD.exec(request.target + request.body.toString())
        // What is there with everything given, too, is told by the rule `filled`.
        if (!odd || ODD.test(full.request.target + full.request.body.toString())) continue
        const fix = 'name the field in needs, or leave out what the intent does not have'
        found.push(complaint(trial.operation, `with the least, it sends the word ${odd[0]}`, fix))
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'missing_fields') continue
        const { part, why } = await explain(subject, least, words(error))
        const fix = 'name the field in needs, or write intent.customer?.email'
        found.push(complaint(trial.operation, `with the least, ${part} fails: ${why}`, fix))
      }
    }
    return found
  },
}

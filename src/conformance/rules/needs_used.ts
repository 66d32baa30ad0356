/** @module What an operation asks for, it uses. */
import type { Need } from '../../adapter.ts'
import { GatewayError } from '../../errors.ts'
import { complaint, type Complaint } from '../finding.ts'
import { needOf } from '../intents.ts'
import type { Rule } from '../rule.ts'
import type { Subject, Trial } from '../subject.ts'

export const needsUsed: Rule = {
  name: 'needs_used',
  asks: 'everything in needs goes into the request, by default or with some choice of the account',
  async check(subject) {
    const found: Complaint[] = []
    for (const [operation, { needs }] of subject.operations) {
      for (const need of needs) {
        const trials = [{}, ...subject.choices]
          .flatMap((options) => subject.working(options))
          .filter((trial) => trial.operation === operation)
        if (trials.length === 0) continue
        const used = await Promise.all(trials.map((trial) => isUsed(subject, trial, need)))
        if (used.includes(true)) continue
        const fix = `take ${need} out of needs: callers without it are refused for nothing`
        found.push(
          complaint(operation, `${need} is needed, but the request is the same without`, fix),
        )
      }
    }
    return found
  },
}

async function isUsed(subject: Subject, trial: Trial, need: Need): Promise<boolean> {
  const way = needOf(need)
  const job = subject.plan(trial)
  if (way.outside) {
    return job.holes.some(({ source }) =>
      source.from === 'token'
        ? (source.field === 'cvc') === (need === 'cvc')
        : source.from === 'derived',
    )
  }
  const other = { ...trial, intent: way.change(trial.intent) }
  try {
    if (subject.written(job) !== subject.written(subject.plan(other))) return true
    // It may be signed and not sent; chance in a signature counts as use.
    const [one, two] = [await subject.run(trial), await subject.run(other)]
    return JSON.stringify(one.request.headers) !== JSON.stringify(two.request.headers)
  } catch (error) {
    // What is checked is used.
    return error instanceof GatewayError && error.code === 'missing_fields'
  }
}

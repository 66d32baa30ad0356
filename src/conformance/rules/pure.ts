/** @module The same intent gives the same plan, and the intent stays as it is. */
import type { Json } from '../../adapter.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import { eachPlan, type Rule } from '../rule.ts'
import type { Subject, Trial } from '../subject.ts'

const TWICE =
  'build from the intent alone: no counter, no chance, no clock, nothing kept between calls'

export const pure: Rule = {
  name: 'pure',
  asks: 'build is pure: twice the same plan for the same intent, which it does not change',
  check: (subject) =>
    eachPlan(subject, (job, trial) => {
      const { operation } = trial
      const found: Complaint[] = []
      const first = subject.written(job)
      // Another payment in between shows what is kept.
      for (const other of subject.working(trial.options)) subject.plan(other)
      if (subject.written(subject.plan(trial)) !== first) {
        found.push(
          complaint(operation, 'the same intent gives another plan the second time', TWICE),
        )
      }
      return [...found, ...frozen(subject, trial, first)]
    }),
}

/** Whether it works on an intent that cannot be changed. */
function frozen(subject: Subject, trial: Trial, first: string): readonly Complaint[] {
  try {
    const job = subject.plan({ ...trial, intent: deepFrozen(trial.intent) })
    if (subject.written(job) === first) return []
    return [complaint(trial.operation, 'a frozen intent gives another plan', TWICE)]
  } catch (error) {
    const fix = 'copy what you change: { ...intent.extra, more: 1 }'
    return [complaint(trial.operation, `it changes the intent: ${words(error)}`, fix)]
  }
}

/** A copy, frozen to the bottom. */
function deepFrozen<T extends Json | object>(value: T): T {
  const copy = structuredClone(value)
  const freeze = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return
    Object.values(one).forEach(freeze)
    Object.freeze(one)
  }
  freeze(copy)
  return copy
}

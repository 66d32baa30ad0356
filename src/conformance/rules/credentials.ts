/** @module A plan names only credentials that an account can have. */
import type { HoleValue } from '../../hole.ts'
import { holesOf } from '../../forward/holes.ts'
import { complaint, type Complaint } from '../finding.ts'
import { eachPlan, type Rule } from '../rule.ts'
import type { Subject } from '../subject.ts'

export const credentials: Rule = {
  name: 'credentials',
  asks: 'every credential that a plan names is declared',
  check: (subject) => [
    ...eachPlan(subject, ({ holes }, { operation }) => unknown(subject, holes, operation)),
    ...unknown(subject, sessionHoles(subject), 'session'),
  ],
}

function unknown(
  { adapter }: Subject,
  holes: readonly HoleValue[],
  where: string,
): readonly Complaint[] {
  return holes.flatMap(({ source }) => {
    if (source.from !== 'credential' || Object.hasOwn(adapter.credentials, source.name)) return []
    const there = Object.keys(adapter.credentials).join(', ')
    const message = `credential('${source.name}') is not declared`
    return [complaint(where, message, `add it to credentials, or use one of: ${there}`)]
  })
}

function sessionHoles(subject: Subject): readonly HoleValue[] {
  const [trial] = subject.working()
  const { session } = subject.adapter
  if (!trial || !session) return []
  try {
    return holesOf(session.plan(subject.intent(trial.operation)))
  } catch {
    // The rule `session` tells of it.
    return []
  }
}

/** @module Every operation comes to a request, from an intent with everything in it. */
import { GatewayError } from '../../errors.ts'
import { explain } from '../explain.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import type { Rule } from '../rule.ts'
import type { Subject, Trial } from '../subject.ts'

/** What keeps a trial from coming to a signed request. */
export async function failures(subject: Subject, trial: Trial): Promise<readonly Complaint[]> {
  const { operation } = trial
  try {
    await subject.run(trial)
    return []
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'missing_fields') {
      const fix = `put what it wants into sample.json: {"intents": {"${operation}": {..}}}`
      return [complaint(operation, `it refuses the example of the check: ${error.message}`, fix)]
    }
    const { part, why } = await explain(subject, trial, words(error))
    const fix = `mend ${part}: an intent lacks what needs does not name, and all that the kit has is card, credential, derived, session, base64, text, decimal, xml and crypto`
    return [complaint(operation, `${part} fails: ${why}`, fix)]
  }
}

export const builds: Rule = {
  name: 'builds',
  asks: 'every operation comes to a signed request',
  async check(subject) {
    const all = await Promise.all(subject.trials().map((trial) => failures(subject, trial)))
    return all.flat()
  },
}

/** @module Each recorded request is what the adapter sends, with names in place of values. */
import { isDeepStrictEqual } from 'node:util'
import { json } from '../../forward/parse.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import type { RequestFixture } from '../fixture.ts'
import { isRow } from '../intents.ts'
import type { Rule } from '../rule.ts'
import type { Subject } from '../subject.ts'

const FIX = 'mend build, or the file if it is wrong'

export const requests: Rule = {
  name: 'requests',
  asks: 'each recorded request is what is sent for its intent',
  check: (subject) =>
    subject.fixtures.requests.flatMap((fixture) => {
      if (subject.adapter.operations[fixture.operation]) return differences(subject, fixture)
      const message = `the adapter has no operation ${fixture.operation}`
      return [complaint(fixture.name, message, 'write the operation, or take the file away')]
    }),
}

function differences(subject: Subject, fixture: RequestFixture): readonly Complaint[] {
  const { name, operation, intent, options = {}, request } = fixture
  try {
    const job = subject.plan({ operation, options, intent: { extra: {}, ...intent } })
    const { body, ...head } = subject.transcript(job)
    const sent = { ...head, body: json(body) ?? body }
    const found = different(request, sent, '')
    return found === null ? [] : [complaint(name, found, FIX)]
  } catch (error) {
    // An operation that never works is told by the rule `builds`.
    if (!subject.working(options).some((trial) => trial.operation === operation)) return []
    return [complaint(name, `there is no request: ${words(error)}`, FIX)]
  }
}

/** The first part that is not as it should be, or null. Bodies are whole, of all else what is named is compared. */
function different(wanted: unknown, sent: unknown, at: string): string | null {
  if (isRow(wanted) && isRow(sent)) {
    const names = at.startsWith('body') ? { ...wanted, ...sent } : wanted
    for (const name of Object.keys(names)) {
      const found = different(wanted[name], sent[name], at === '' ? name : `${at}.${name}`)
      if (found !== null) return found
    }
    return null
  }
  if (isDeepStrictEqual(wanted, sent)) return null
  return `${at} is ${JSON.stringify(sent) ?? 'not sent'}, and the file has ${JSON.stringify(wanted) ?? 'none'}`
}

/** @module Each recorded answer gives the outcome it is recorded with. */
import { isDeepStrictEqual } from 'node:util'
import { complaint, words } from '../finding.ts'
import type { Rule } from '../rule.ts'

export const answers: Rule = {
  name: 'answers',
  asks: 'each recorded answer gives the outcome in its file',
  check: (subject) => [
    ...subject.fixtures.wrong,
    ...subject.fixtures.answers.flatMap((fixture) => {
      const { name, operation, outcome: wanted } = fixture
      if (!subject.adapter.operations[operation]) {
        const fix = 'rename the file, or write the operation'
        return [complaint(name, `the adapter has no operation ${operation}`, fix)]
      }
      try {
        const outcome = subject.outcome(fixture)
        if (isDeepStrictEqual(outcome, wanted)) return []
        const fix = `mend parse, or the file if it is wrong; the file wants ${JSON.stringify(wanted)}`
        return [complaint(name, `parse gives ${JSON.stringify(outcome)}`, fix)]
      } catch (error) {
        const fix = 'take no member for granted: an answer may be anything'
        return [complaint(name, `parse fails: ${words(error)}`, fix)]
      }
    }),
  ],
}

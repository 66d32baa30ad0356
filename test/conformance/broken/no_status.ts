/** @module Broken: an id without a status is enough for it. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'unknown_answers',
  'an id without a status is enough for it',
  /no value that is known but the reference is taken for approved/,
  (good) =>
    with_(good, 'refund', ({ parse }) => ({
      parse: (answer, intent) => {
        const outcome = parse(answer, intent)
        const id = /"id":"(\w+)"/.exec(answer.text)?.[1]
        return outcome.kind === 'unrecognised' && answer.json && answer.text.startsWith('{') && id
          ? { kind: 'approved', reference: id, psp: outcome.psp }
          : outcome
      },
    })),
)

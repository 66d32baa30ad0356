/** @module Broken: it takes every 200 for a payment. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'unknown_answers',
  'it takes every 200 for a payment',
  /is taken for approved/,
  (good) =>
    with_(good, 'refund', ({ parse }) => ({
      parse: (answer, intent) => {
        const outcome = parse(answer, intent)
        return outcome.kind === 'unrecognised' && answer.status === 200
          ? { kind: 'approved', reference: 'pay_1', psp: outcome.psp }
          : outcome
      },
    })),
)

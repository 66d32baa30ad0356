/** @module Broken: an outcome has a code that is none of ours. */
import { broken, with_, file } from '../broken.ts'

export default broken(
  'outcomes',
  'an outcome has a code that is none of ours',
  /cannot have this code/,
  (good) =>
    with_(good, 'purchase', ({ parse }) => ({
      parse: (answer, intent) => {
        const outcome = parse(answer, intent)
        return outcome.kind === 'declined' ? { ...outcome, code: '05' as never } : outcome
      },
    })),
  file('purchase.declined.json', {
    outcome: {
      kind: 'declined',
      code: '05',
      reference: 'pay_2',
      psp: { code: '05', message: 'Do not honour' },
    },
  }),
)

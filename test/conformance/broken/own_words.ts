/** @module Broken: it gives its own words for the PSP's. */
import { broken, with_, file } from '../broken.ts'

export default broken(
  'verbatim',
  "it gives its own words for the PSP's",
  /which is not in the answer/,
  (good) =>
    with_(good, 'purchase', ({ parse }) => ({
      parse: (answer, intent) => {
        const outcome = parse(answer, intent)
        return outcome.kind === 'declined'
          ? { ...outcome, psp: { code: '05', message: 'Please use another card' } }
          : outcome
      },
    })),
  file('purchase.declined.json', {
    outcome: {
      kind: 'declined',
      code: 'do_not_honor',
      reference: 'pay_2',
      psp: { code: '05', message: 'Please use another card' },
    },
  }),
)

/** @module Broken: a recorded answer gives another outcome. */
import { broken, file } from '../broken.ts'

export default broken(
  'answers',
  'a recorded answer gives another outcome',
  /parse gives/,
  (good) => good,
  file('purchase.declined.json', {
    outcome: {
      kind: 'declined',
      code: 'other',
      reference: null,
      psp: { code: '05', message: 'Do not honour' },
    },
  }),
)

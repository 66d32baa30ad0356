/** @module Broken: it takes all else for a decline. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'unknown_answers',
  'it takes all else for a decline',
  /is taken for declined/,
  (good) =>
    with_(good, 'purchase', ({ parse }) => ({
      parse: (answer, intent) => {
        const outcome = parse(answer, intent)
        return outcome.kind === 'unrecognised'
          ? { kind: 'declined', code: 'other', reference: null, psp: { code: '', message: null } }
          : outcome
      },
    })),
)

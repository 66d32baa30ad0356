/** @module Broken: a choice of the account does not work. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'options',
  'a choice of the account does not work',
  /build fails: old is not done/,
  (good) =>
    with_(good, 'purchase', ({ build }) => ({
      build: (intent) => {
        if (intent.options['names'] === 'old') throw new Error('old is not done')
        return build(intent)
      },
    })),
)

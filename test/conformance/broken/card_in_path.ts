/** @module Broken: the path has the card number. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'card_places',
  'the path has the card number',
  /is in the path/,
  (good, { card }) =>
    with_(good, 'purchase', ({ build }) => ({
      build: (intent) => ({ ...build(intent), path: ['/v1/cards/', card('number')] }),
    })),
)

/** @module Broken: it sees a card for nothing. */
import { broken } from '../broken.ts'

export default broken(
  'derive_used',
  'it sees a card for nothing',
  /it sees a card for nothing/,
  (good) => ({ ...good, derive: { ...good.derive, spare: () => '' } }),
)

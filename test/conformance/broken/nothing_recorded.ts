/** @module Broken: an operation has no recorded answer. */
import { broken, without } from '../broken.ts'

export default broken(
  'recorded',
  'an operation has no recorded answer',
  /no recorded answer of success/,
  (good) => good,
  without('refund.'),
)

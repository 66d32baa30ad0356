/** @module Broken: no decline is recorded. */
import { broken, without } from '../broken.ts'

export default broken(
  'recorded',
  'no decline is recorded',
  /no recorded answer of a decline/,
  (good) => good,
  without('purchase.declined'),
)

/** @module Broken: a reference leads to another path. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'place',
  'a reference leads to another path',
  /leads to another path/,
  (good) => with_(good, 'refund', () => ({ check: () => [] })),
)

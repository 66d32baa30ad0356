/** @module Broken: it refuses genuine answers. */
import { broken } from '../broken.ts'

export default broken(
  'signed_answers',
  'it refuses genuine answers',
  /verify says false/,
  (good) => ({ ...good, verify: () => false }),
)

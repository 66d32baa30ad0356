/** @module Broken: it was written for another contract. */
import { broken } from '../broken.ts'

export default broken(
  'contract',
  'it was written for another contract',
  /contract is 2/,
  (good) => ({ ...good, contract: 2 }),
)

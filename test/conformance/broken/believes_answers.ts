/** @module Broken: it takes every answer for the PSP's. */
import { broken } from '../broken.ts'

export default broken(
  'signed_answers',
  "it takes every answer for the PSP's",
  /under another secret too/,
  (good) => ({ ...good, verify: () => true }),
)

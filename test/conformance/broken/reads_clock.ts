/** @module Broken: it reads a clock. */
import { broken, withFields } from '../broken.ts'

export default broken('clock', 'it reads a clock', /the time of a clock/, (good) =>
  withFields(good, () => ({ time: Math.floor(Date.now() / 86_400_000) * 86_400 })),
)

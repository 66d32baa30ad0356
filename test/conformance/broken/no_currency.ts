/** @module Broken: it sends no currency. */
import { broken, withFields } from '../broken.ts'

export default broken('amounts', 'it sends no currency', /the currency of .* is not sent/, (good) =>
  withFields(good, () => ({ currency: undefined })),
)

/** @module Broken: it uses what it does not say that it needs. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'needs_enough',
  'it uses what it does not say that it needs',
  /with the least, build fails/,
  (good) =>
    withFields(good, ({ billing_address }) => {
      if (!billing_address) throw new TypeError('billing_address is undefined')
      return { city: billing_address.city }
    }),
)

/** @module Broken: check takes for granted what a call may lack. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'needs_named',
  'check takes for granted what a call may lack',
  /without customer\.email it fails/,
  (good) =>
    with_(good, 'purchase', () => ({
      check: ({ customer }) => {
        if (customer === undefined || customer.email === undefined)
          throw new TypeError('no customer')
        return []
      },
    })),
)

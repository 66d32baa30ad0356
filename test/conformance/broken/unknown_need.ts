/** @module Broken: an operation needs what no call can have. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'declared',
  'an operation needs what no call can have',
  /customer\.mail/,
  (good) =>
    with_(good, 'purchase', ({ needs }) => ({ needs: [...needs, 'customer.mail' as never] })),
)

/** @module Broken: it needs what it does not use. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'needs_used',
  'it needs what it does not use',
  /customer\.phone is needed/,
  (good) => with_(good, 'purchase', ({ needs }) => ({ needs: [...needs, 'customer.phone'] })),
)

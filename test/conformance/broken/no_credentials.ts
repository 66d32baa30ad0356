/** @module Broken: a credential does not say whether it is secret. */
import { broken } from '../broken.ts'

export default broken(
  'declared',
  'a credential does not say whether it is secret',
  /credentials\.merchant|does not say secret/,
  (good) => ({ ...good, credentials: { ...good.credentials, merchant: { label: 'Merchant' } } }),
)

/** @module Broken: it overwrites the idempotency key. */
import { broken } from '../broken.ts'

export default broken(
  'idempotency',
  'it overwrites the idempotency key',
  /the field request_id is not the key/,
  (good) => ({ ...good, fields: { ...good.fields, request_id: () => 'always the same' } }),
)

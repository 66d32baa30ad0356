/** @module Broken: it drops the fields of the caller. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'extra',
  'it drops the fields of the caller',
  /is not in the request as it was given/,
  (good) =>
    with_(good, 'refund', ({ build }) => ({ build: (intent) => build({ ...intent, extra: {} }) })),
)

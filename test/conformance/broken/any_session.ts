/** @module Broken: it takes any answer for a session. */
import { broken } from '../broken.ts'

export default broken(
  'session',
  'it takes any answer for a session',
  /is taken for a session/,
  (good) => ({
    ...good,
    session: { ...good.session, parse: () => ({ values: { token: 't1' }, seconds: 600 }) },
  }),
)

/** @module Broken: the key has no field to stand in. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'idempotency',
  'the key has no field to stand in',
  /no fields for the key/,
  (good, { session }) =>
    with_(good, 'refund', () => ({
      build: ({ reference, extra }) => ({
        method: 'GET',
        path: `/v1/refund/${reference}`,
        headers: { 'x-session': session('token') },
        query: Object.entries(extra)
          .map(([name, value]) => `${name}=${encodeURIComponent(JSON.stringify(value))}`)
          .join('&'),
      }),
    })),
)

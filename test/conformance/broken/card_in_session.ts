/** @module Broken: its session step sends a card. */
import { broken } from '../broken.ts'

export default broken(
  'session',
  'its session step sends a card',
  /its plan has \{\{ card\.number/,
  (good, { card }) => ({
    ...good,
    session: {
      ...good.session,
      plan: () => ({
        method: 'POST',
        path: '/login',
        body: { encoding: 'json', fields: { card: card('number') } },
      }),
    },
  }),
)

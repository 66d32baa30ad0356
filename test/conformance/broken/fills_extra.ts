/** @module Broken: it makes a place for a card of what the caller wrote. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'extra',
  'it makes a place for a card of what the caller wrote',
  /becomes a place for a card value/,
  (good, { card }) =>
    withFields(good, ({ extra }) => ({
      pangate_check:
        JSON.stringify(extra['pangate_check'])?.includes('{{ card.number }}') === true
          ? card('number')
          : extra['pangate_check'],
    })),
)

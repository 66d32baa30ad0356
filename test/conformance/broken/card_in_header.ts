/** @module Broken: a header has the card number. */
import { broken } from '../broken.ts'

export default broken(
  'card_places',
  'a header has the card number',
  /card\.number .* is in the header x-card/,
  (good, { card }) => ({ ...good, headers: { ...good.headers, 'x-card': card('number') } }),
)

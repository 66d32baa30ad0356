/** @module Broken: a signature's header has the card number. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'card_places',
  "a signature's header has the card number",
  /the card number is in the header x-signature/,
  (good, { card }) => ({
    ...withFields(good, () => ({ plain: card('number') })),
    sign: ({ fields }: { fields: Record<string, unknown> }) => ({
      'x-signature': Buffer.from(String(fields['plain'])).toString('base64'),
    }),
  }),
)

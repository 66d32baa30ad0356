/** @module Broken: it computes with binary fractions. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'amounts',
  'it computes with binary fractions',
  /200\.17 EUR are sent as another amount/,
  (good, { decimal }) =>
    withFields(good, ({ amount }) => ({
      amount: amount && (amount.currency === 'EUR' ? amount.minor * 0.01 : decimal(amount)),
    })),
)

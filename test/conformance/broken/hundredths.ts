/** @module Broken: it takes every currency for one with two decimals. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'amounts',
  'it takes every currency for one with two decimals',
  /JPY are sent as another amount/,
  (good) =>
    withFields(good, ({ amount }) => ({ amount: amount && (amount.minor / 100).toFixed(2) })),
)

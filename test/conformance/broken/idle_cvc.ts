/** @module Broken: it asks for a security code and sends none. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'needs_used',
  'it asks for a security code and sends none',
  /cvc is needed/,
  (good, { card }) => ({
    ...withFields(good, ({ options }) => ({
      cvc: undefined,
      [options['names'] === 'old' ? 'pan' : 'number']: card('number'),
    })),
    derive: undefined,
  }),
)

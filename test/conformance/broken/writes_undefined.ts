/** @module Broken: it writes the word undefined. */
import { broken, withFields } from '../broken.ts'

export default broken('filled', 'it writes the word undefined', /the word undefined/, (good) =>
  withFields(good, ({ operation }) => ({ note: `for ${Reflect.get(Object(operation), 'x')}` })),
)

/** @module Broken: a counter is kept between calls. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'pure',
  'a counter is kept between calls',
  /another plan the second time/,
  (good) => {
    let count = 0
    return withFields(good, () => ({ number_of_call: ++count }))
  },
)

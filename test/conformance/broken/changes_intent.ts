/** @module Broken: it changes the intent. */
import { broken, withFields } from '../broken.ts'

export default broken('pure', 'it changes the intent', /it changes the intent/, (good) =>
  withFields(good, ({ extra }) => {
    Object.assign(extra, { more: 'mine' })
    return extra
  }),
)

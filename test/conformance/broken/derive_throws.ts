/** @module Broken: derive fails. */
import { broken } from '../broken.ts'

export default broken('builds', 'derive fails', /derive\.sealed fails: no cipher/, (good) => ({
  ...good,
  derive: {
    sealed: () => {
      throw new Error('no cipher')
    },
  },
}))

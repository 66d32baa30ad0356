/** @module Broken: build fails. */
import { broken, with_ } from '../broken.ts'

export default broken('builds', 'build fails', /build fails: no idea/, (good) =>
  with_(good, 'refund', () => ({
    build: () => {
      throw new Error('no idea')
    },
  })),
)

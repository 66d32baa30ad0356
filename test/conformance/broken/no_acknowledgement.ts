/** @module Broken: its acknowledgement is no success. */
import { broken } from '../broken.ts'

export default broken(
  'notification',
  'its acknowledgement is no success',
  /no success/,
  (good) => ({
    ...good,
    notification: {
      ...good.notification,
      acknowledge: () => ({ status: 500, headers: {}, body: '' }),
    },
  }),
)

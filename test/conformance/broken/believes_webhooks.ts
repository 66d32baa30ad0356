/** @module Broken: it takes every notification for the PSP's. */
import { broken } from '../broken.ts'

export default broken(
  'notification',
  "it takes every notification for the PSP's",
  /verify takes it with other values/,
  (good) => ({ ...good, notification: { ...good.notification, verify: () => true } }),
)

/** @module Broken: it sets the header host. */
import { broken } from '../broken.ts'

export default broken('headers', 'it sets the header host', /the header host/, (good) => ({
  ...good,
  headers: { ...good.headers, host: 'acme.example' },
}))

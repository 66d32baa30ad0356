/** @module Broken: a secret is a part of the host. */
import { broken } from '../broken.ts'

export default broken('hosts', 'a secret is a part of the host', /is a secret/, (good) => ({
  ...good,
  hosts: { ...good.hosts, live: 'https://{secret}.acme.example' },
}))

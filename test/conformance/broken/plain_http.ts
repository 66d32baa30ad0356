/** @module Broken: a host is not https. */
import { broken } from '../broken.ts'

export default broken('hosts', 'a host is not https', /no https host/, (good) => ({
  ...good,
  hosts: { ...good.hosts, live: 'http://acme.example' },
}))

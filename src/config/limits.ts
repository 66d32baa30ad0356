/**
 * @module The settings of `[limits]`. The defaults are those of one machine of two cores, which several merchants share.
 */
import { setting } from './setting.ts'
import { integer, rate } from './types.ts'

export const LIMITS = {
  key_rate: setting(
    rate,
    '200/s burst 400',
    'Requests of one API key or OAuth client, in all processes together.',
  ),
  tenant_rate: setting(rate, '500/s burst 1000', 'Requests of one tenant, in all its keys.'),
  address_failures: setting(
    rate,
    '30/min',
    'Attempts without valid credentials from one address; beyond, they get 429. Valid credentials pass all the same.',
  ),
  concurrent_requests: setting(
    integer(0, 1_000_000),
    2048,
    'Requests that one process has under way, beyond which it answers 503; a tenant may have three quarters of them. 0: no limit.',
  ),
  concurrent_work: setting(
    integer(0, 100_000),
    256,
    'Of these, requests that it works on itself, and that wait neither for a PSP nor for their body; others wait their turn. 0: no limit.',
  ),
  patience_ms: setting(
    integer(0, 10_000),
    500,
    'How long a request waits for those before it to be worked on, before it gets 503.',
  ),
  concurrent_per_destination: setting(
    integer(0, 100_000),
    256,
    'Forwards that one process has running to one host and port; a tenant may have three quarters of them. 0: no limit.',
  ),
  body_bytes: setting(
    integer(0, 68_719_476_736),
    268_435_456,
    'Bytes of request bodies that one process holds at once, beyond which it answers 503. 0: no limit.',
  ),
  circuit_failures: setting(
    integer(0, 10_000),
    10,
    'Connections to a host that fail in a row, or answers that do not come, after which it is left alone for a while. 0: never.',
  ),
  circuit_open_ms: setting(
    integer(100, 60_000),
    5_000,
    'How long it is left alone the first time; twice as long each further time, up to a minute.',
  ),
} as const

/**
 * @module Limits in tests: none where a test is about something else, those that ship where it is about them.
 */

/** For the environment of `serve`: tests call faster than any merchant, and fail on purpose. What a test sets itself wins. */
export const NO_LIMITS = {
  PANGATE_LIMITS_KEY_RATE: 'none',
  PANGATE_LIMITS_TENANT_RATE: 'none',
  PANGATE_LIMITS_ADDRESS_FAILURES: 'none',
  PANGATE_LIMITS_CONCURRENT_REQUESTS: '0',
  PANGATE_LIMITS_CONCURRENT_WORK: '0',
  PANGATE_LIMITS_CONCURRENT_PER_DESTINATION: '0',
  PANGATE_LIMITS_CIRCUIT_FAILURES: '0',
} as const

/** For the same: the defaults, as an empty variable is none. */
export const SHIPPED_LIMITS: Readonly<Record<keyof typeof NO_LIMITS, string>> = {
  PANGATE_LIMITS_KEY_RATE: '',
  PANGATE_LIMITS_TENANT_RATE: '',
  PANGATE_LIMITS_ADDRESS_FAILURES: '',
  PANGATE_LIMITS_CONCURRENT_REQUESTS: '',
  PANGATE_LIMITS_CONCURRENT_WORK: '',
  PANGATE_LIMITS_CONCURRENT_PER_DESTINATION: '',
  PANGATE_LIMITS_CIRCUIT_FAILURES: '',
}

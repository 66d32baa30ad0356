/**
 * @module No limits, for tests that are about something else: they call faster than any merchant, and fail on purpose.
 */

/** For the environment of `serve`. What a test sets itself wins. */
export const NO_LIMITS = {
  PANGATE_LIMITS_KEY_RATE: 'none',
  PANGATE_LIMITS_TENANT_RATE: 'none',
  PANGATE_LIMITS_ADDRESS_FAILURES: 'none',
  PANGATE_LIMITS_CONCURRENT_REQUESTS: '0',
  PANGATE_LIMITS_CONCURRENT_PER_DESTINATION: '0',
  PANGATE_LIMITS_CIRCUIT_FAILURES: '0',
} as const

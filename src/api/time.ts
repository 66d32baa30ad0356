/**
 * @module Times in the API: RFC 3339 in, milliseconds inside, RFC 3339 out.
 */
import { rfc3339 } from '../clock.ts'
import { GatewayError } from '../errors.ts'

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i

/** Milliseconds of a time that must lie ahead. Throws `invalid_request`. */
export function futureTime(text: string, now: number, param: string): number {
  const time = RFC3339.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) {
    throw new GatewayError('invalid_request', `${param} must be a time in RFC 3339.`, { param })
  }
  if (time <= now) {
    throw new GatewayError('invalid_request', `${param} must lie in the future.`, { param })
  }
  return time
}

/** A time that may be missing. */
export function timeOrNull(time: number | null): string | null {
  return time === null ? null : rfc3339(time)
}

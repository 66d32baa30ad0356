/**
 * @module Times in Basis Theory's forms: ISO 8601 and `8/26/2030 7:23:57 PM -07:00` in, ISO 8601 with an offset out.
 */
import { rfc3339 } from '../../clock.ts'
import { GatewayError } from '../../errors.ts'

/** `9/27/2030`, and `8/26/2030 7:23:57 PM -07:00` with or without seconds and offset. */
const AMERICAN =
  /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))? ?([AP]M)?(?: ?(Z|[+-]\d{2}:\d{2}))?)?$/i

const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/i

/** Milliseconds of a time; without an offset it is UTC. Null for what is none. */
export function parseTime(text: string): number | null {
  const iso = ISO.exec(text)
  if (iso) {
    const [, day = '', time = '00:00', offset = 'Z'] = iso
    return timeOn(day, time, offset)
  }
  const [whole, month = '', day = '', year = '', hour = '0', minute = '00', ...rest] =
    AMERICAN.exec(text) ?? []
  if (whole === undefined) return null
  const [second = '00', half, offset = 'Z'] = rest
  if (half && (Number(hour) < 1 || Number(hour) > 12)) return null
  const hours = half ? (Number(hour) % 12) + (/p/i.test(half) ? 12 : 0) : Number(hour)
  return timeOn(`${year}-${two(month)}-${two(day)}`, `${two(hours)}:${minute}:${second}`, offset)
}

/** A time that must lie ahead. Throws `invalid_request`. */
export function timeOf(text: string, now: number, param = 'expires_at'): number {
  const time = parseTime(text)
  if (time === null) {
    throw new GatewayError('invalid_request', 'It must be a time in ISO 8601.', { param })
  }
  if (time <= now) {
    throw new GatewayError('invalid_request', 'It must lie in the future.', { param })
  }
  return time
}

/** `2020-09-15T15:53:00+00:00` */
export function shownTime(milliseconds: number): string {
  return rfc3339(milliseconds).replace('Z', '+00:00')
}

/** Null for a day that is not in the calendar, which `Date` would take for one of the next month. */
function timeOn(day: string, time: string, offset: string): number | null {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return null
  const parsed = Date.parse(`${day}T${time}${offset.toUpperCase()}`)
  return Number.isNaN(parsed) ? null : parsed
}

function two(part: string | number): string {
  return String(part).padStart(2, '0')
}

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
    const [, day, time = '00:00', offset = 'Z'] = iso
    return real(Date.parse(`${day}T${time}${offset.toUpperCase()}`))
  }
  const american = AMERICAN.exec(text)
  if (!american) return null
  const [
    ,
    month = '',
    day = '',
    year = '',
    hour = '0',
    minute = '00',
    second = '00',
    half,
    offset = 'Z',
  ] = american
  const hours = half ? (Number(hour) % 12) + (half.toUpperCase() === 'PM' ? 12 : 0) : Number(hour)
  if (half && (Number(hour) < 1 || Number(hour) > 12)) return null
  const two = (part: string | number): string => String(part).padStart(2, '0')
  return real(
    Date.parse(
      `${year}-${two(month)}-${two(day)}T${two(hours)}:${minute}:${second}${offset.toUpperCase()}`,
    ),
  )
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

function real(time: number): number | null {
  return Number.isNaN(time) ? null : time
}

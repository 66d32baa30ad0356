/**
 * @module Whether a request may be sent where it wants to go: decided on the parsed address, before anything is opened.
 */
import type { Text } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { destinationsAt, type Destination } from '../store/destinations.ts'
import type { Store } from '../store/open.ts'

/** A place by its parts: host in lower case without a trailing dot, port always there. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** The place of an origin such as `https://api.stripe.com`. Throws `invalid_url` for anything but https. */
export function placeOf(origin: string): Place {
  const url = URL.parse(origin)
  if (!url || url.protocol !== 'https:' || url.username || url.password || !url.hostname) {
    throw new GatewayError('invalid_url', 'The URL is not an https URL.', { param: 'url' })
  }
  return {
    host: url.hostname.toLowerCase().replace(/\.$/, ''),
    port: url.port === '' ? 443 : Number(url.port),
  }
}

/** Throws `destination_denied` unless the tenant lists the place, the path and the method. */
export async function checkDestination(
  store: Store,
  tenant: string,
  place: Place,
  method: string,
  path: Text<string>,
): Promise<void> {
  const start = literalStart(path)
  let entries = await destinationsAt(store, tenant, place.host, place.port)
  if (entries.some((entry) => allows(entry, method, start))) return
  // What a replica does not have may have just been added.
  if (store.primary) {
    entries = await destinationsAt({ db: store.primary }, tenant, place.host, place.port)
    if (entries.some((entry) => allows(entry, method, start))) return
  }
  const listed = entries.length > 0
  throw new GatewayError(
    'destination_denied',
    listed
      ? 'The host is listed, but not for this path and method.'
      : `The host ${place.host}${place.port === 443 ? '' : `:${place.port}`} is not on the list of destinations.`,
    { param: 'url', about: `${place.host}:${place.port}` },
  )
}

/** Throws `destination_denied` where the token itself may not be sent to this host. */
export function checkTokenHost(allowed: readonly string[] | null, place: Place): void {
  if (allowed === null || allowed.includes(place.host)) return
  throw new GatewayError('destination_denied', 'The token may not be sent to this host.', {
    param: 'token',
    about: `${place.host}:${place.port}`,
    hint: 'The token was stored with allowed_hosts; use one of them.',
  })
}

function allows(entry: Destination, method: string, path: string): boolean {
  if (entry.methods && !entry.methods.includes(method)) return false
  const prefix = entry.path_prefix.replace(/\/$/, '')
  return path === prefix || path.startsWith(`${prefix}/`)
}

/**
 * The path up to its first hole: what is filled in later is percent-encoded and cannot climb out of it.
 * Throws `invalid_url` for a path that a server might read as another one.
 */
function literalStart(path: Text<string>): string {
  const parts: readonly unknown[] = Array.isArray(path) ? path : [path]
  const whole = parts.map((part) => (typeof part === 'string' ? part : 'x'))
  if (/(^|\/)(\.|%2e){1,2}(\/|$)|%2f|%5c|\\/i.test(whole.join(''))) {
    throw new GatewayError('invalid_url', 'The path has dot segments or encoded slashes.', {
      param: 'url',
    })
  }
  const hole = parts.findIndex((part) => typeof part !== 'string')
  return whole.slice(0, hole < 0 ? whole.length : hole + 1).join('')
}

/**
 * @module A request's first lines, before any route sees it: what two readers would read in two ways is refused, or made plain.
 */
import { GatewayError } from './errors.ts'

/** RFC 9110, 7.2: one host, perhaps with a port. Two `Host` headers arrive joined by a comma, and that is in no name. */
const HOST = /^(?:[A-Za-z0-9._~-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/

/** For proxies of another kind (RFC 9110, 9.3.6), and for seeing what was sent, credentials included (9.3.8). */
const NEVER = new Set(['CONNECT', 'TRACE'])

/** The error for a request that no route is to see; null for all others. */
export function refusal(request: Request): GatewayError | null {
  if (NEVER.has(request.method)) {
    return new GatewayError('method_not_allowed', 'No path takes this method.')
  }
  // A request of HTTP/1.0 may name no host.
  if (HOST.test(request.headers.get('host') ?? '')) return null
  return new GatewayError('invalid_request', 'The request does not name one host.', {
    param: 'host',
  })
}

/**
 * The request under a URL whose path is where Elysia looks for it: from the twelfth character on. Under a host of three
 * letters it would take `/v1/keys` for `/keys`, and without a host what stands in the query for the path.
 */
export function routable(request: Request): Request {
  const { url } = request
  const path = url.startsWith('http://') ? url.indexOf('/', 7) : 0
  return path > 10 ? request : new Request(`http://localhost${url.slice(path)}`, request)
}

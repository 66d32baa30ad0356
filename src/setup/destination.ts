/**
 * @module A new entry of the allow-list, checked: shared by the API and the command line.
 */
import { GatewayError } from '../errors.ts'
import { newId } from '../id.ts'
import type { Destination } from '../store/destinations.ts'
import { hostName } from './host_name.ts'

export interface DestinationInput {
  readonly host: string
  readonly port?: number | undefined
  readonly path_prefix?: string | undefined
  readonly methods?: readonly string[] | null | undefined
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** The row to add. Throws `invalid_request` for what is no host name, with what to write instead. */
export function newDestination(tenant: string, input: DestinationInput, now: number): Destination {
  const host = hostName(input.host)
  if (host === null) {
    throw new GatewayError('invalid_request', 'host must be a host name alone.', {
      param: 'host',
      hint: 'Write api.example.com; the port goes into `port`, a path into `path_prefix`.',
    })
  }
  const path_prefix = input.path_prefix ?? '/'
  const path = URL.parse(`https://${host}${path_prefix}`)
  if (
    !path_prefix.startsWith('/') ||
    path?.pathname !== path_prefix ||
    /%2f|%5c/i.test(path_prefix)
  ) {
    throw new GatewayError(
      'invalid_request',
      'path_prefix must be a plain path that begins with /.',
      {
        param: 'path_prefix',
      },
    )
  }
  const port = input.port ?? 443
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new GatewayError('invalid_request', 'port must be from 1 to 65535.', { param: 'port' })
  }
  const methods = input.methods ?? null
  if (methods?.some((method) => !METHODS.includes(method))) {
    throw new GatewayError('invalid_request', `methods must be some of ${METHODS.join(', ')}.`, {
      param: 'methods',
    })
  }
  return {
    id: newId('dst', now),
    tenant_id: tenant,
    host,
    port,
    path_prefix,
    methods: methods && [...methods],
    created_at: now,
  }
}

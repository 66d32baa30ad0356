/**
 * @module `/v1/destinations`: the allow-list.
 */
import type { Static } from '@sinclair/typebox'
import { byCaller, type Caller } from '../auth/caller.ts'
import { rfc3339 } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import { json, nothing } from '../respond.ts'
import type { Route } from '../route.ts'
import { newDestination } from '../setup/destination.ts'
import {
  addDestination,
  listDestinations,
  removeDestination,
  type Destination,
} from '../store/destinations.ts'
import { refuseCardNumbers } from './clear_text.ts'
import * as schemas from './schemas.ts'

/** The routes of destinations. */
export function destinationRoutes({ store, clock }: Gateway): readonly Route[] {
  const tag = 'Destinations'
  const scope = 'admin'
  return [
    {
      method: 'POST',
      path: '/v1/destinations',
      tag,
      scope,
      summary: 'Allow a host',
      body: schemas.CreateDestination,
      answer: { status: 201, schema: schemas.Destination },
      async handle({ json: { value } }, caller) {
        // The edge has checked the body against this schema.
        const input = value as Static<typeof schemas.CreateDestination>
        refuseTest(caller)
        refuseCardNumbers([input.host], 'host')
        refuseCardNumbers([input.path_prefix], 'path_prefix')
        const by = byCaller(caller, clock())
        const destination = newDestination(caller.tenant, input, by.at)
        await addDestination(store, destination, by)
        return json(201, view(destination))
      },
    },
    {
      method: 'GET',
      path: '/v1/destinations',
      tag,
      scope,
      summary: 'List what is allowed',
      answer: { status: 200, schema: schemas.DestinationPage },
      async handle(_, caller) {
        const rows = await listDestinations(store, caller.tenant)
        return json(200, { data: rows.map(view), next_cursor: null })
      },
    },
    {
      method: 'GET',
      path: '/v1/destinations/:id',
      tag,
      scope,
      summary: 'Read one',
      answer: { status: 200, schema: schemas.Destination },
      async handle({ params }, caller) {
        const rows = await listDestinations(store, caller.tenant)
        const row = rows.find(({ id }) => id === params['id'])
        if (row) return json(200, view(row))
        throw new GatewayError('not_found', 'There is no such destination.')
      },
    },
    {
      method: 'DELETE',
      path: '/v1/destinations/:id',
      tag,
      scope,
      summary: 'Allow a host no longer',
      answer: { status: 204 },
      async handle({ params }, caller) {
        refuseTest(caller)
        const by = byCaller(caller, clock())
        if (await removeDestination(store, caller.tenant, params['id'] ?? '', by)) return nothing()
        throw new GatewayError('not_found', 'There is no such destination.')
      },
    },
  ]
}

/** The list is the same for test and live keys, so a test key may read it and not change it. */
function refuseTest({ test }: Caller): void {
  if (!test) return
  throw new GatewayError('forbidden', 'A test key cannot change the list of destinations.', {
    hint: 'Use a live key with the scope admin, or `pangate destination add`.',
  })
}

/** A destination as the API and the command line show it. */
export function view({ id, host, port, path_prefix, methods, created_at }: Destination) {
  return { id, host, port, path_prefix, methods, created_at: rfc3339(created_at) }
}

/**
 * @module Whether the program runs, and whether it can do its work; and what its adapters offer.
 */
import { GatewayError } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import { json } from '../respond.ts'
import type { Route } from '../route.ts'

/** The routes for load balancers and the curious. */
export function healthRoutes(
  { store, registry }: Gateway,
  isReady: () => boolean,
): readonly Route[] {
  const tag = 'Service'
  return [
    {
      method: 'GET',
      path: '/healthz',
      tag,
      open: true,
      vital: true,
      summary: 'The program runs',
      answer: { status: 200 },
      handle: () => json(200, { status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      tag,
      open: true,
      vital: true,
      summary: 'The program can take requests',
      answer: { status: 200 },
      async handle() {
        if (!isReady()) throw new GatewayError('unready', 'The program is stopping.')
        await store.db.run('select 1')
        const replica = store.state?.().replica ?? null
        // One that is stale is not read: the primary answers in its place, so requests can be taken.
        return json(200, { status: 'ready', ...(replica !== null && { replica }) })
      },
    },
    {
      method: 'GET',
      path: '/v1/adapters',
      tag: 'Accounts',
      scope: null,
      summary: 'What each adapter can do, and which credentials it wants',
      answer: { status: 200 },
      handle: () =>
        json(200, {
          data: registry.list().map((adapter) => ({
            id: adapter.id,
            name: adapter.name,
            docs: adapter.docs,
            api_version: adapter.api_version,
            hosts: adapter.hosts,
            credentials: adapter.credentials,
            options: adapter.options ?? {},
            notifications: adapter.notification !== undefined,
            operations: Object.fromEntries(
              Object.entries(adapter.operations).map(([name, { needs }]) => [name, { needs }]),
            ),
          })),
          next_cursor: null,
        }),
    },
  ]
}

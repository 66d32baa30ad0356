/**
 * @module `/v1/keys` and `/v1/clients`: credentials of callers, shown once when they are made.
 */
import type { Static } from '@sinclair/typebox'
import { byCaller, type Caller } from '../auth/caller.ts'
import { createCredential, type CredentialKind } from '../auth/credentials.ts'
import { rfc3339 } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import { json, nothing } from '../respond.ts'
import type { Route } from '../route.ts'
import {
  listClients,
  listKeys,
  revokeClient,
  revokeKey,
  type ClientRow,
  type KeyRow,
} from '../store/keys.ts'
import { refuseCardNumbers } from './clear_text.ts'
import * as schemas from './schemas.ts'
import { timeOrNull } from './time.ts'

interface Kind {
  readonly kind: CredentialKind
  readonly path: string
  readonly tag: string
  readonly noun: string
  /** The field of the answer that holds the secret, once. */
  readonly field: 'key' | 'secret'
  readonly one: Route['body']
  readonly page: Route['body']
  readonly list: typeof listKeys | typeof listClients
  readonly revoke: typeof revokeKey
}

const KINDS: readonly Kind[] = [
  {
    kind: 'key',
    path: '/v1/keys',
    tag: 'API keys',
    noun: 'an API key',
    field: 'key',
    one: schemas.Key,
    page: schemas.KeyPage,
    list: listKeys,
    revoke: revokeKey,
  },
  {
    kind: 'client',
    path: '/v1/clients',
    tag: 'OAuth clients',
    noun: 'an OAuth client',
    field: 'secret',
    one: schemas.Client,
    page: schemas.ClientPage,
    list: listClients,
    revoke: revokeClient,
  },
]

/** The routes of keys and clients. */
export function keyRoutes(gateway: Gateway): readonly Route[] {
  return KINDS.flatMap((kind) => routesOf(gateway, kind))
}

function routesOf({ store, clock }: Gateway, kind: Kind): readonly Route[] {
  const { path, tag, noun } = kind
  const scope = 'admin'
  /** A test key manages test keys only. */
  const visible = async (caller: Caller): Promise<readonly (KeyRow | ClientRow)[]> => {
    const rows: readonly (KeyRow | ClientRow)[] = await kind.list(store, caller.tenant)
    return caller.test ? rows.filter(({ test }) => test) : rows
  }
  const find = async (caller: Caller, id: string | undefined): Promise<KeyRow | ClientRow> => {
    const row = (await visible(caller)).find((one) => one.id === id)
    if (row) return row
    throw new GatewayError('not_found', 'There is no such one.')
  }
  return [
    {
      method: 'POST',
      path,
      tag,
      scope,
      summary: `Make ${noun}; its secret is shown once`,
      body: schemas.CreateKey,
      answer: { status: 201, ...(kind.one && { schema: kind.one }) },
      async handle({ json: { value } }, caller) {
        // The edge has checked the body against this schema.
        const input = value as Static<typeof schemas.CreateKey>
        refuseCardNumbers([input.name], 'name')
        if (caller.test && input.test === false) {
          throw new GatewayError('forbidden', 'A test key cannot make a live one.', {
            param: 'test',
          })
        }
        const made = await createCredential(
          store,
          kind.kind,
          {
            tenant: caller.tenant,
            name: input.name ?? '',
            scopes: input.scopes,
            test: input.test ?? caller.test,
            ...(input.rate !== undefined && { rate: input.rate }),
          },
          byCaller(caller, clock()),
        )
        return json(201, { ...view(made.row), [kind.field]: made.secret.reveal() })
      },
    },
    {
      method: 'GET',
      path,
      tag,
      scope,
      summary: 'List them, revoked ones too',
      answer: { status: 200, ...(kind.page && { schema: kind.page }) },
      async handle(_, caller) {
        return json(200, { data: (await visible(caller)).map(view), next_cursor: null })
      },
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      tag,
      scope,
      summary: 'Read one',
      answer: { status: 200, ...(kind.one && { schema: kind.one }) },
      handle: async ({ params }, caller) => json(200, view(await find(caller, params['id']))),
    },
    {
      method: 'DELETE',
      path: `${path}/:id`,
      tag,
      scope,
      summary: 'Revoke; it stops working at once',
      answer: { status: 204 },
      async handle({ params }, caller) {
        const { id } = await find(caller, params['id'])
        const by = byCaller(caller, clock())
        if (await kind.revoke(store, caller.tenant, id, by)) return nothing()
        throw new GatewayError('not_found', 'There is no such one, or it is revoked already.')
      },
    },
  ]
}

function view({ id, name, scopes, test, rate, created_at, revoked_at }: KeyRow | ClientRow) {
  return {
    id,
    name,
    scopes,
    test,
    rate,
    created_at: rfc3339(created_at),
    revoked_at: timeOrNull(revoked_at),
  }
}

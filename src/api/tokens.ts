/**
 * @module `/v1/tokens`: store, read, change, erase, reveal.
 */
import type { Static } from '@sinclair/typebox'
import { GatewayError } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import { json, nothing } from '../respond.ts'
import type { Context, Route } from '../route.ts'
import { eraseToken, storeToken } from '../tokens/store.ts'
import { pageOf, pagingOf } from './paging.ts'
import * as schemas from './schemas.ts'
import { checkedChange, checkedToken } from './token_input.ts'
import { sessionView, tokenView } from './token_view.ts'

/** The routes of tokens. */
export function tokenRoutes(gateway: Gateway): readonly Route[] {
  const { vault, clock } = gateway
  const tag = 'Tokens'
  return [
    {
      method: 'POST',
      path: '/v1/tokens',
      tag,
      scope: 'tokens:write',
      summary: 'Store a card or bank account',
      body: schemas.CreateToken,
      answer: { status: 201, schema: schemas.Token },
      async handle({ json: { value } }, caller) {
        // The edge has checked the body against this schema.
        const checked = checkedToken(value as Static<typeof schemas.CreateToken>, clock())
        const { token, session } = await storeToken(gateway, caller, checked)
        return json(201, { ...tokenView(token), cvc_session: sessionView(session) })
      },
    },
    {
      method: 'GET',
      path: '/v1/tokens',
      tag,
      scope: 'tokens:read',
      summary: 'List tokens, newest first',
      query: schemas.TokenQuery,
      answer: { status: 200, schema: schemas.TokenPage },
      async handle({ url }, caller) {
        const paging = pagingOf(url)
        const query = { ...paging, fingerprint: url.searchParams.get('fingerprint') }
        const rows = await vault.list(caller, { ...query, limit: paging.limit + 1 })
        return json(200, pageOf(rows, paging, tokenView))
      },
    },
    {
      method: 'GET',
      path: '/v1/tokens/:id',
      tag,
      scope: 'tokens:read',
      summary: 'Read what may be shown of a token',
      answer: { status: 200, schema: schemas.Token },
      handle: async (context, caller) => json(200, tokenView(await vault.get(caller, id(context)))),
    },
    {
      method: 'PATCH',
      path: '/v1/tokens/:id',
      tag,
      scope: 'tokens:write',
      summary: 'Change expiry or metadata',
      body: schemas.ChangeToken,
      answer: { status: 200, schema: schemas.Token },
      async handle(context, caller) {
        const token = await vault.get(caller, id(context))
        // The edge has checked the body against this schema.
        const change = context.json.value as Static<typeof schemas.ChangeToken>
        const checked = checkedChange(token, change, clock())
        return json(200, tokenView(await vault.update(caller, token.id, checked)))
      },
    },
    {
      method: 'DELETE',
      path: '/v1/tokens/:id',
      tag,
      scope: 'tokens:write',
      summary: 'Erase a token',
      answer: { status: 204 },
      async handle(context, caller) {
        await eraseToken(gateway, caller, id(context))
        return nothing()
      },
    },
    {
      method: 'POST',
      path: '/v1/tokens/:id/reveal',
      tag,
      scope: 'tokens:reveal',
      summary: 'Read the number in the clear',
      answer: { status: 200, schema: schemas.Revealed },
      async handle(context, caller) {
        const row = await vault.find(caller, id(context))
        const wanted = [{ name: '', row, instruments: new Set([row.type]) }]
        gateway.log.warn('token.revealed', {
          request_id: context.request_id,
          tenant: caller.tenant,
          caller: caller.id,
        })
        return vault.openFor('reveal', caller, wanted, async (values) => {
          const open = values.get('')
          const shown = row.type === 'data' ? open?.data?.value : { ...open?.[row.type] }
          return json(200, { id: row.id, type: row.type, [row.type]: shown })
        })
      },
    },
  ]
}

function id({ params }: Context): string {
  const value = params['id']
  if (value === undefined) throw new GatewayError('token_unknown', 'There is no such token.')
  return value
}

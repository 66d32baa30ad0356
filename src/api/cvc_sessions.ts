/**
 * @module `/v1/cvc-sessions`: a security code, kept apart from its card for seconds.
 */
import type { Static } from '@sinclair/typebox'
import { checkCvc, type Brand } from '../card.ts'
import { GatewayError } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import { json, nothing } from '../respond.ts'
import type { Route } from '../route.ts'
import { Secret } from '../secret.ts'
import * as schemas from './schemas.ts'
import { sessionView } from './token_view.ts'

/** The routes of CVC sessions. */
export function cvcSessionRoutes({ vault, sessions }: Gateway): readonly Route[] {
  const tag = 'CVC sessions'
  return [
    {
      method: 'POST',
      path: '/v1/cvc-sessions',
      tag,
      scope: 'tokens:write',
      summary: 'Keep a security code for one forward',
      body: schemas.CreateCvcSession,
      answer: { status: 201, schema: schemas.CvcSession },
      async handle({ json: { value } }, caller) {
        // The edge has checked the body against this schema.
        const input = value as Static<typeof schemas.CreateCvcSession>
        const token = input.token ? await vault.find(caller, input.token) : null
        // Written by the vault from a checked card.
        const brand = (token?.shown['brand'] ?? null) as Brand | 'unknown' | null
        const cvc = new Secret(checkCvc(input.cvc, brand))
        return json(201, sessionView(await sessions.create(caller, cvc, token?.id ?? null)))
      },
    },
    {
      method: 'DELETE',
      path: '/v1/cvc-sessions/:id',
      tag,
      scope: 'tokens:write',
      summary: 'Forget a security code',
      answer: { status: 204 },
      async handle({ params }, caller) {
        if (await sessions.remove(caller, params['id'] ?? '')) return nothing()
        throw new GatewayError('cvc_session_unknown', 'There is no such CVC session.')
      },
    },
  ]
}

/**
 * @module Stitch's API: `POST /v2/forwarded-requests` and `POST /v2/tokens`, for callers with its client tokens or our keys.
 */
import type { TSchema } from '@sinclair/typebox'
import type { Caller } from '../../auth/caller.ts'
import type { Scope } from '../../auth/scopes.ts'
import { GatewayError } from '../../errors.ts'
import type { Gateway } from '../../gateway.ts'
import type { Route } from '../../route.ts'
import { errorBody } from './errors.ts'
import { forwardRequest } from './forward.ts'
import { FlatToken, ForwardRequest, NestedToken, TokenOrForward } from './schemas.ts'
import { createToken } from './tokens.ts'

/** The routes of Stitch's API. */
export function stitchRoutes(gateway: Gateway): readonly Route[] {
  const common = { method: 'POST', tag: 'Stitch', error: errorBody } as const
  return [
    {
      ...common,
      path: '/v2/forwarded-requests',
      scope: 'forward',
      summary: "Forward a request, in Stitch's form",
      body: ForwardRequest,
      answer: { status: 200 },
      handle: (context, caller) => forwardRequest(gateway, context, caller),
    },
    {
      ...common,
      path: '/v2/tokens',
      scope: 'tokens:write',
      alternative: 'forward',
      summary: "Store a card, in Stitch's form; its sample of a forward works here too",
      body: TokenOrForward,
      shape: shapeOf,
      answer: { status: 201 },
      handle(context, caller) {
        const isForward = shapeOf(context.json.value) === ForwardRequest
        needScope(caller, isForward ? 'forward' : 'tokens:write')
        return isForward
          ? forwardRequest(gateway, context, caller)
          : createToken(gateway, context, caller)
      },
    },
  ]
}

function shapeOf(value: unknown): TSchema {
  if (has(value, 'destinationRequest') || has(value, 'request')) return ForwardRequest
  return has(value, 'card') ? NestedToken : FlatToken
}

function has(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
}

function needScope({ scopes }: Caller, scope: Scope): void {
  if (scopes.has(scope)) return
  throw new GatewayError('forbidden', `This call needs the scope ${scope}.`)
}

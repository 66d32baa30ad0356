/**
 * @module Basis Theory AI's proxy: `/tenants/:tenantId/proxy`, with `BT-Authorization` and `BT-Target-URL`.
 *
 * https://docs.basistheory.ai/api-reference/proxy/proxy-request; a newer version says `/projects/:projectId/proxy`.
 */
import type { Caller } from '../auth/caller.ts'
import { GatewayError } from '../errors.ts'
import { forward } from '../forward/forward.ts'
import { isOwnTenant } from '../forward/tenant.ts'
import type { Gateway } from '../gateway.ts'
import type { Context, Route } from '../route.ts'
import { Secret } from '../secret.ts'
import { basisTheoryAiGrammar } from '../template/basis_theory_ai.ts'
import { passedThrough } from './basis_theory/proxy_answer.ts'
import { proxyCall } from './basis_theory/proxy_request.ts'
import { aiError } from './basis_theory_ai_errors.ts'

/** The routes of the proxy; POST is published, and the other methods are the target's as well. */
export function basisTheoryAiRoutes(gateway: Gateway): readonly Route[] {
  return ['/tenants/:tenantId/proxy', '/projects/:projectId/proxy'].map((path) => ({
    method: 'ANY',
    path,
    tag: 'Basis Theory AI',
    scope: 'forward',
    summary: "Forward a request, in Basis Theory AI's form",
    answer: { status: 200 },
    credential,
    error: aiError,
    async handle(context, caller) {
      await checkTenant(gateway, context, caller)
      const call = proxyCall(context, caller, {
        dialect: 'basis-theory-ai',
        grammar: basisTheoryAiGrammar,
        url: targetOf(context),
        named: 'BT-Target-URL',
      })
      return passedThrough(await forward(gateway, call), () => ({}))
    },
  }))
}

function credential({ headers }: Request): Secret | null {
  const match = /^bearer +([\x21-\x7e]+)$/i.exec(headers.get('bt-authorization') ?? '')
  return match?.[1] === undefined ? null : new Secret(match[1])
}

/** Another's tenant is none at all. */
async function checkTenant(gateway: Gateway, { params }: Context, caller: Caller): Promise<void> {
  const named = decoded(params['tenantId'] ?? params['projectId'] ?? '')
  if (await isOwnTenant(gateway, caller, named)) return
  const field = 'tenantId' in params ? 'tenantId' : 'projectId'
  throw new GatewayError('not_found', `The path names another tenant than that of the key.`, {
    param: field,
  })
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function targetOf({ request, url }: Context): string {
  const target = request.headers.get('bt-target-url')
  if (!target) {
    throw new GatewayError('missing_fields', 'The header BT-Target-URL is missing.', {
      param: 'BT-Target-URL',
    })
  }
  if (url.search === '') return target
  throw new GatewayError('invalid_request', 'The query belongs into BT-Target-URL.', {
    param: 'BT-Target-URL',
  })
}

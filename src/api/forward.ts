/**
 * @module `POST /v1/forward`: the unified endpoint, by account or by request.
 */
import type { Static, TSchema } from '@sinclair/typebox'
import { Type } from '@sinclair/typebox'
import type { Text } from '../adapter.ts'
import type { Caller } from '../auth/caller.ts'
import { GatewayError } from '../errors.ts'
import type { Call, OwnRequest } from '../forward/call.ts'
import { forward } from '../forward/forward.ts'
import type { Gateway } from '../gateway.ts'
import { member, type JsonNode } from '../json.ts'
import { jsonText } from '../respond.ts'
import type { Context, Route } from '../route.ts'
import { compileBody } from '../template/compile.ts'
import { compileJsonNode } from '../template/json.ts'
import { nativeGrammar } from '../template/native.ts'
import { compileText } from '../template/text.ts'
import { compileUrl } from '../template/url.ts'
import { checkSchema } from './check.ts'
import { idempotencyKey } from './idempotency_key.ts'
import * as schemas from './forward_schemas.ts'
import { resultText } from './result.ts'
import { wishOf } from './wish.ts'

type ByRequest = Static<typeof schemas.ForwardByRequest>
type ByAccount = Static<typeof schemas.ForwardByAccount>

/** For the document; the two are told apart in callOf, so that an error is about the one that was meant. */
const SHAPES: readonly TSchema[] = [schemas.ForwardByRequest, schemas.ForwardByAccount]
const EITHER = Type.Object({}, { oneOf: SHAPES })

/** The route of forwards. */
export function forwardRoutes(gateway: Gateway): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/forward',
      tag: 'Forward',
      scope: 'forward',
      summary: "Send a request to a PSP: by account and operation, or one's own with placeholders",
      body: EITHER,
      answer: { status: 200, schema: schemas.ForwardResult },
      async handle(context, caller) {
        const result = await forward(gateway, callOf(context, caller))
        return jsonText(200, resultText(result))
      },
    },
  ]
}

function callOf(context: Context, caller: Caller): Call {
  const { value, node } = context.json
  // A request means the caller's own; everything else must be an operation.
  if (member(node, 'request')) {
    checkSchema(schemas.ForwardByRequest, value)
    return call(context, caller, value, tokensOf(value), ownRequest(context, value))
  }
  checkSchema(schemas.ForwardByAccount, value)
  return call(context, caller, value, tokensOf(value), wishOf(value))
}

function call(
  { request, request_id, bytes }: Context,
  caller: Caller,
  input: ByRequest | ByAccount,
  tokens: Call['tokens'],
  wants: Call['wants'],
): Call {
  return {
    caller,
    request_id,
    dialect: 'native',
    tokens,
    cvc: input.cvc_session ? { session: input.cvc_session } : null,
    account: input.account ?? null,
    wants,
    idempotency_key: idempotencyKey(request),
    body: bytes,
    timeout_ms: input.timeout_ms ?? null,
    dry_run: input.dry_run ?? false,
  }
}

function tokensOf(input: ByRequest | ByAccount): Call['tokens'] {
  const named = 'tokens' in input ? Object.entries(input.tokens ?? {}) : []
  for (const [name] of named) {
    if (/^[a-z][a-z0-9_]*$/.test(name)) continue
    throw new GatewayError('invalid_request', 'Names of tokens are lower-case words.', {
      param: 'tokens',
    })
  }
  return new Map(input.token ? [['', input.token], ...named] : named)
}

function ownRequest({ json }: Context, input: ByRequest): OwnRequest {
  const { method = 'POST', url, headers = {} } = input.request
  const grammar = nativeGrammar(Object.keys(input.tokens ?? {}))
  const { origin, path, query } = compileUrl(url, grammar, 'request.url')
  const request = member(json.node, 'request')
  const body = request && member(request, 'body')
  const verb = methodOf(method)
  const given = Object.entries(headers)
  const contentType = given.find(([name]) => /^content-type$/i.test(name))?.[1]
  const compiled: [string, Text<string>][] = []
  if (body && body.kind !== 'string' && !contentType) {
    compiled.push(['content-type', 'application/json'])
  }
  for (const [name, value] of given) {
    compiled.push([name, compileText(value, grammar, `request.headers.${name}`)])
  }
  return {
    kind: 'request',
    origin,
    plan: {
      method: verb,
      path,
      ...(query !== undefined && { query }),
      headers: Object.fromEntries(compiled),
      ...(body && body.kind !== 'null' && { body: { template: templateOf(json.text, body) } }),
    },
  }

  function templateOf(text: string, node: JsonNode) {
    const where = 'request.body'
    if (node.kind === 'string') return compileBody(node.value, contentType ?? null, grammar, where)
    return compileJsonNode(text, node, grammar, where)
  }
}

function methodOf(method: string): OwnRequest['plan']['method'] {
  switch (method) {
    case 'GET':
    case 'POST':
    case 'PUT':
    case 'PATCH':
    case 'DELETE':
      return method
    default:
      throw new GatewayError('invalid_request', 'method must be GET, POST, PUT, PATCH or DELETE.', {
        param: 'request.method',
      })
  }
}

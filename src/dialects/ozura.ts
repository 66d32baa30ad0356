/**
 * @module Ozura's API: `POST /proxy/transaction` with a JSON envelope, `X-API-Key`, answers wrapped as its clients expect.
 */
import { Type, type Static } from '@sinclair/typebox'
import { GatewayError } from '../errors.ts'
import { bodyText } from '../forward/body_text.ts'
import type { Call, OwnRequest, RawAnswer } from '../forward/call.ts'
import { forward } from '../forward/forward.ts'
import { headerRecord } from '../forward/headers.ts'
import type { Gateway } from '../gateway.ts'
import { member } from '../json.ts'
import { json, jsonText } from '../respond.ts'
import type { Context, Route } from '../route.ts'
import { Secret } from '../secret.ts'
import { compileJsonNode } from '../template/json.ts'
import { ozuraGrammar } from '../template/ozura.ts'
import { compileText } from '../template/text.ts'
import { compileUrl } from '../template/url.ts'

const Transaction = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 255 }),
    cvc_session_id: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])),
    proxy_url: Type.String({ minLength: 1, maxLength: 8192 }),
    request_data: Type.Unknown(),
    http_headers: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 8192 }))),
    http_method: Type.Optional(Type.String({ maxLength: 10 })),
  },
  { additionalProperties: false },
)
type Transaction = Static<typeof Transaction>

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** The status and message of each of our errors, in the words its pages use; the rest keeps ours. */
const MESSAGES: { readonly [code in GatewayError['code']]?: readonly [number, string | null] } = {
  unauthenticated: [401, 'Invalid API key'],
  forbidden: [403, 'This API key does not have permission for this operation'],
  token_unknown: [404, 'Token not found'],
  token_expired: [404, 'Token not found'],
  cvc_session_unknown: [404, 'CVC session expired or not found'],
  credential_missing: [400, null],
  invalid_url: [400, 'Invalid proxy URL'],
  destination_denied: [403, null],
  missing_fields: [400, null],
  rate_limited: [429, 'Rate limit exceeded'],
  psp_unreachable: [502, 'Failed to proxy request'],
  psp_tls: [502, 'Failed to proxy request'],
  address_denied: [403, null],
  psp_broken: [502, 'Failed to proxy request'],
  psp_timeout: [504, 'Request timeout'],
}

/** The routes of Ozura's API. */
export function ozuraRoutes(gateway: Gateway): readonly Route[] {
  const common = { tag: 'Ozura', credential: apiKey, error: errorBody } as const
  return [
    {
      ...common,
      method: 'POST',
      path: '/proxy/transaction',
      scope: 'forward',
      summary: "Forward a request, in Ozura's form",
      body: Transaction,
      answer: { status: 200 },
      async handle(context, caller) {
        // The edge has checked the body against this schema.
        const input = context.json.value as Transaction
        const call: Call = {
          caller,
          request_id: context.request_id,
          dialect: 'ozura',
          tokens: new Map([['', input.token]]),
          cvc: input.cvc_session_id ? { session: input.cvc_session_id } : null,
          account: null,
          wants: ownRequest(context, input),
          idempotency_key: null,
          body: context.bytes,
          timeout_ms: null,
          dry_run: false,
        }
        const { response } = await forward(gateway, call)
        return jsonText(200, wrapped(response))
      },
    },
    {
      ...common,
      method: 'DELETE',
      path: '/proxy/delete-cvc-session/:uuid',
      scope: 'tokens:write',
      summary: 'Forget a CVC session',
      answer: { status: 200 },
      async handle({ params }, caller) {
        if (await gateway.sessions.remove(caller, params['uuid'] ?? '')) {
          return json(200, { success: true, message: 'CVC session deleted!' })
        }
        throw new GatewayError('cvc_session_unknown', 'There is no such CVC session.')
      },
    },
  ]
}

function apiKey(request: Request): Secret | null {
  const key = request.headers.get('x-api-key')
  return key ? new Secret(key) : null
}

function ownRequest({ json: { text, node } }: Context, input: Transaction): OwnRequest {
  const { origin, path, query } = compileUrl(input.proxy_url, ozuraGrammar, 'proxy_url')
  const data = member(node, 'request_data')
  if (!data) throw new GatewayError('missing_fields', 'Missing required field: request_data')
  return {
    kind: 'request',
    origin,
    plan: {
      method: methodOf(input.http_method ?? 'POST'),
      path,
      ...(query !== undefined && { query }),
      headers: {
        'content-type': 'application/json',
        ...Object.fromEntries(
          Object.entries(input.http_headers ?? {}).map(([name, value]) => [
            name.toLowerCase(),
            compileText(value, ozuraGrammar, `http_headers.${name}`),
          ]),
        ),
      },
      body: { template: compileJsonNode(text, data, ozuraGrammar, 'request_data') },
    },
  }
}

function methodOf(text: string): OwnRequest['plan']['method'] {
  const method = METHODS.find((one) => one === text.toUpperCase())
  if (method) return method
  throw new GatewayError('invalid_request', 'Invalid value for http_method', {
    param: 'http_method',
  })
}

/** The PSP's JSON keeps its exact spelling inside the wrapping. */
function wrapped(response: RawAnswer | null): string {
  const { status, headers, body } = response ?? { status: 0, headers: [], body: Buffer.alloc(0) }
  const record = JSON.stringify(headerRecord(headers))
  return `{"success":true,"proxy_response":{"status_code":${status},"headers":${record},"body":${bodyText(body)}}}`
}

function errorBody(error: GatewayError, request_id: string): Response {
  const [status, message] = MESSAGES[error.code] ?? [error.status, null]
  const body = {
    success: false,
    message: message ?? error.message,
    data: null,
    code: error.code,
    sent: error.sent,
    param: error.param,
    request_id,
  }
  return json(status, body)
}

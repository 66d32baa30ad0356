/**
 * @module Ozura's call in JSON: an envelope with the request's parts. https://docs.ozura.com/api-reference/vault/proxy-transaction
 */
import { Type, type Static } from '@sinclair/typebox'
import type { Caller } from '../../auth/caller.ts'
import type { Call } from '../../forward/call.ts'
import { member } from '../../json.ts'
import type { Context } from '../../route.ts'
import { missingField } from './answer.ts'
import { callOf, methodOf, requestOf } from './request.ts'
import { requestData } from './request_data.ts'

const orNull = <S extends Parameters<typeof Type.Optional>[0]>(schema: S) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

export const Envelope = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 255 }),
    cvc_session_id: orNull(Type.String({ maxLength: 64 })),
    proxy_url: Type.String({ minLength: 1, maxLength: 8192 }),
    request_data: Type.Optional(Type.Unknown()),
    http_headers: orNull(Type.Record(Type.String(), Type.String({ maxLength: 8192 }))),
    http_method: orNull(Type.String({ maxLength: 10 })),
  },
  { additionalProperties: false },
)

const JSON_TYPE = 'application/json'

/** The call that an envelope asks for. */
export function envelopeCall(context: Context, caller: Caller): Call {
  // The edge has checked the body against this schema.
  const input = context.json.value as Static<typeof Envelope>
  const { text, node } = context.json
  const method = methodOf(input.http_method)
  const data = member(node, 'request_data')
  const bodiless = method === 'GET' || method === 'DELETE'
  if (!data && !bodiless) throw missingField('request_data')
  const headers = Object.entries(input.http_headers ?? {})
  const type = headers.findLast(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? JSON_TYPE
  // An empty object has to be written, because the field is required; a GET with a body is not what was meant.
  const empty = !data || (bodiless && data.kind === 'object' && data.entries.length === 0)
  const body = empty || data.kind === 'null' ? null : requestData(text, data, type)
  const wants = requestOf({
    method,
    proxy_url: input.proxy_url,
    headers: body ? [['content-type', type], ...headers] : headers,
    where: 'http_headers',
    body,
  })
  return callOf(context, caller, input.token, input.cvc_session_id, wants)
}

/**
 * @module The shapes of `/v1/forward` and its records, as TypeBox.
 */
import { Type, type Static } from '@sinclair/typebox'
import { OPERATIONS } from '../adapter.ts'
import { nullable, object, oneOf, page, record, text } from './schema_parts.ts'

const common = {
  token: Type.Optional(nullable(text('a token id'))),
  cvc_session: Type.Optional(nullable(text('a CVC session id', 64))),
  timeout_ms: Type.Optional(Type.Integer({ minimum: 100, maximum: 120_000 })),
  dry_run: Type.Optional(Type.Boolean()),
}

export const ForwardByRequest = object({
  ...common,
  tokens: Type.Optional(
    record(64, text('a token id'), {
      description: 'further tokens by the names that placeholders use',
      maxProperties: 20,
    }),
  ),
  account: Type.Optional(nullable(text('an account id'))),
  request: object({
    method: Type.Optional(text('GET, POST, PUT, PATCH or DELETE', 10)),
    url: text('an https URL', 8192),
    headers: Type.Optional(record(256, Type.String({ maxLength: 8192 }))),
    body: Type.Optional(Type.Unknown({ description: 'a JSON value, or the body as a string' })),
  }),
})

const words = (names: readonly string[]) =>
  object(Object.fromEntries(names.map((name) => [name, Type.Optional(text(name))])))

export const ForwardByAccount = object({
  ...common,
  account: text('an account id'),
  operation: oneOf(OPERATIONS),
  amount: Type.Optional(
    object({
      minor: Type.Integer({ minimum: 0, description: 'an amount in minor units' }),
      currency: text('an ISO 4217 currency in upper case', 3),
    }),
  ),
  reference: Type.Optional(text('a reference')),
  return_url: Type.Optional(text('an https URL', 2000)),
  notification_url: Type.Optional(text('an https URL', 2000)),
  extra: Type.Optional(record(128, Type.Unknown())),
  customer: Type.Optional(words(['id', 'first_name', 'last_name', 'email', 'phone', 'dob'])),
  billing_address: Type.Optional(
    words(['line1', 'line2', 'city', 'state', 'postal_code', 'country']),
  ),
  device: Type.Optional(words(['ip', 'user_agent'])),
})
export type ForwardByAccount = Static<typeof ForwardByAccount>

export const ForwardResult = Type.Object({
  id: Type.String(),
  sent: oneOf(['no', 'unknown', 'yes']),
  outcome: nullable(Type.Record(Type.String(), Type.Unknown())),
  response: nullable(
    Type.Object({
      status: Type.Integer(),
      headers: Type.Record(Type.String(), Type.String()),
      body: Type.Unknown({ description: 'JSON where the PSP answered JSON, else a string' }),
    }),
  ),
  timing: Type.Object({ total_ms: Type.Number(), psp_ms: nullable(Type.Number()) }),
})
export const Forward = Type.Record(Type.String(), Type.Unknown())
export const ForwardPage = page(Forward)

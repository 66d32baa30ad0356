/**
 * @module The shapes of what the native API manages, as TypeBox: they check what comes in and are the OpenAPI document.
 */
import { Type } from '@sinclair/typebox'
import { SCOPES } from '../auth/scopes.ts'
import { RATE } from '../limits/rate.ts'
import { nullable, object, oneOf, page, record, text } from './schema_parts.ts'

const Time = Type.String({
  description: 'a time in RFC 3339, such as 2030-01-31T12:00:00Z',
  maxLength: 40,
})
const Month = Type.Union([
  Type.Integer({ minimum: 1, maximum: 12 }),
  text('a month from 01 to 12', 2),
])
const Year = Type.Union([
  Type.Integer({ minimum: 0, maximum: 9999 }),
  text('a year of two or four digits', 4),
])
const Number = text('a card number of 12 to 19 digits; spaces and dashes may stand in it', 40)
const Cvc = text('a security code of three or four digits', 4)
const Metadata = record(64, Type.String({ maxLength: 500 }), {
  description: 'up to 50 names and values; card numbers are refused',
  maxProperties: 50,
})
const Scope = oneOf(Object.keys(SCOPES))
const Shown = Type.Record(Type.String(), nullable(Type.String()))

export const CreateToken = object({
  type: oneOf(['card', 'bank_account']),
  card: Type.Optional(
    object({
      number: Number,
      exp_month: Month,
      exp_year: Year,
      holder: Type.Optional(nullable(text('the name on the card'))),
    }),
  ),
  bank_account: Type.Optional(
    object({
      account_number: text('an account number or IBAN', 40),
      routing_number: Type.Optional(nullable(text('a routing number', 40))),
      account_type: Type.Optional(nullable(text('checking or savings', 20))),
      country: Type.Optional(nullable(text('an ISO 3166-1 alpha-2 country', 2))),
      holder: Type.Optional(nullable(text('the name on the account'))),
    }),
  ),
  cvc: Type.Optional(nullable(Cvc)),
  credentials: Type.Optional(
    object({
      virtual_card: Type.Optional(
        object({
          number: Number,
          exp_month: Month,
          exp_year: Year,
          cvc: Type.Optional(nullable(Cvc)),
        }),
      ),
      network_token: Type.Optional(
        object({
          number: Number,
          exp_month: Month,
          exp_year: Year,
          cryptogram: Type.Optional(nullable(text('a cryptogram'))),
          eci: Type.Optional(nullable(text('an electronic commerce indicator', 2))),
        }),
      ),
    }),
  ),
  metadata: Type.Optional(Metadata),
  expires_at: Type.Optional(nullable(Time)),
  allowed_hosts: Type.Optional(
    nullable(
      Type.Array(text('a host'), { description: 'hosts this token may be sent to', maxItems: 50 }),
    ),
  ),
})

export const ChangeToken = object({
  card: Type.Optional(object({ exp_month: Month, exp_year: Year })),
  metadata: Type.Optional(Metadata),
  expires_at: Type.Optional(nullable(Time)),
})

const Session = Type.Object({ id: Type.String({ format: 'uuid' }), expires_at: Time })

export const Token = Type.Object({
  id: Type.String(),
  type: oneOf(['card', 'bank_account', 'data']),
  alias: Type.Optional(Type.String({ description: 'an id of its creator, found as `id` is' })),
  card: Type.Optional(Shown),
  bank_account: Type.Optional(Shown),
  data: Type.Optional(Shown),
  fingerprint: Type.String(),
  credentials: Type.Record(Type.String(), Shown),
  cvc_session: Type.Optional(nullable(Session)),
  metadata: Metadata,
  allowed_hosts: nullable(Type.Array(Type.String())),
  created_at: Time,
  expires_at: nullable(Time),
})
export const TokenPage = page(Token)

export const Revealed = Type.Object({
  id: Type.String(),
  type: oneOf(['card', 'bank_account', 'data']),
  card: Type.Optional(Shown),
  bank_account: Type.Optional(Shown),
  data: Type.Optional(Type.Unknown({ description: 'the stored JSON' })),
})

export const CreateCvcSession = object({
  cvc: Cvc,
  token: Type.Optional(nullable(text('a token id'))),
})
export const CvcSession = Session

export const CreateKey = object({
  name: Type.Optional(text('what the key is for')),
  scopes: Type.Array(Scope, { minItems: 1, maxItems: 20 }),
  test: Type.Optional(Type.Boolean()),
  rate: Type.Optional(
    Type.String({
      pattern: RATE.source,
      description:
        'its own rate: `N/s` or `N/min`, perhaps with ` burst M`; by default that of the configuration',
    }),
  ),
})
const Credential = {
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Scope),
  test: Type.Boolean(),
  rate: nullable(Type.String()),
  created_at: Time,
  revoked_at: nullable(Time),
}
export const Key = Type.Object({
  ...Credential,
  key: Type.Optional(Type.String({ description: 'shown once' })),
})
export const KeyPage = page(Key)
export const Client = Type.Object({
  ...Credential,
  secret: Type.Optional(Type.String({ description: 'shown once' })),
})
export const ClientPage = page(Client)

export const CreateDestination = object({
  host: text('a host name, such as api.stripe.com'),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
  path_prefix: Type.Optional(text('a path that begins with /')),
  methods: Type.Optional(
    nullable(Type.Array(oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']), { minItems: 1 })),
  ),
})
export const Destination = Type.Object({
  id: Type.String(),
  host: Type.String(),
  port: Type.Integer(),
  path_prefix: Type.String(),
  methods: nullable(Type.Array(Type.String())),
  created_at: Time,
})
export const DestinationPage = page(Destination)

const Texts = record(64, Type.String({ maxLength: 8192 }))
export const CreateAccount = object({
  adapter: text('the id of an adapter'),
  mode: oneOf(['live', 'sandbox']),
  name: text('what you call the account'),
  credentials: Texts,
  options: Type.Optional(Texts),
  base_url: Type.Optional(nullable(text('an https URL', 2000))),
  tls: Type.Optional(
    nullable(
      object({
        client_certificate: Type.Optional(
          text('PEM, with those between it and the authority', 32768),
        ),
        client_key: Type.Optional(text('PEM, without a password', 16384)),
        pins: Type.Optional(
          Type.Array(text("sha256/ and base64: a public key of the PSP's chain", 60), {
            maxItems: 16,
          }),
        ),
      }),
    ),
  ),
})
export const Account = Type.Object({
  id: Type.String(),
  adapter: Type.String(),
  mode: oneOf(['live', 'sandbox']),
  name: Type.String(),
  credentials: Type.Record(Type.String(), Type.String(), {
    description: 'secret ones as [secret]',
  }),
  options: Type.Record(Type.String(), Type.String()),
  base_url: nullable(Type.String()),
  tls: Type.Boolean({ description: 'whether it has a client certificate or pins' }),
  created_at: Time,
})
export const AccountPage = page(Account)

export const PageQuery = object({
  limit: Type.Optional(
    Type.String({ pattern: '^[1-9]\\d{0,2}$', description: 'a number from 1 to 100' }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 64 })),
})
export const TokenQuery = object({
  ...PageQuery.properties,
  fingerprint: Type.Optional(Type.String({ maxLength: 64 })),
})

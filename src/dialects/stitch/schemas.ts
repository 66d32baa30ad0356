/**
 * @module What Stitch's calls take. Both names that its page has for the request, and both shapes of a token.
 */
import { Type, type Static } from '@sinclair/typebox'

const optional = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null({ description: 'null' })]))

/** https://docs.stitch.money, "Forward API Requests": at most two minutes. */
const MOST_MS = 120_000

const Destination = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 8192 }),
    method: Type.String({ minLength: 1, maxLength: 10 }),
    headers: optional(Type.Record(Type.String(), Type.String({ maxLength: 8192 }))),
    body: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
)

export const ForwardRequest = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 600 }),
    timeout: optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: MOST_MS,
        description: `a number of milliseconds, at most ${MOST_MS}`,
      }),
    ),
    securityCode: optional(Type.String({ maxLength: 2048 })),
    destinationRequest: Type.Optional(Destination),
    request: Type.Optional(Destination),
  },
  { additionalProperties: false },
)
export type ForwardRequest = Static<typeof ForwardRequest>
export type Destination = Static<typeof Destination>

const Expiry = Type.Object(
  {
    month: Type.Union([Type.String({ maxLength: 2048 }), Type.Integer()]),
    year: Type.Union([Type.String({ maxLength: 2048 }), Type.Integer()]),
  },
  { additionalProperties: false },
)
const card = {
  number: Type.String({ maxLength: 2048 }),
  securityCode: optional(Type.String({ maxLength: 2048 })),
  expiry: Expiry,
}
const further = {
  type: Type.Literal('card'),
  metadata: optional(
    Type.Record(Type.String({ maxLength: 64 }), Type.Unknown(), { maxProperties: 49 }),
  ),
  externalReference: optional(Type.String({ maxLength: 500 })),
}

/** The newer shape, with the card in an object of its own. */
export const NestedToken = Type.Object(
  { ...further, card: Type.Object(card, { additionalProperties: false }) },
  { additionalProperties: false },
)
/** The older shape. */
export const FlatToken = Type.Object({ ...further, ...card }, { additionalProperties: false })
export type NestedToken = Static<typeof NestedToken>
export type FlatToken = Static<typeof FlatToken>

/** `POST /v2/tokens` takes all three: its page's sample of a forward is posted there. */
export const TokenOrForward = Type.Object({}, { anyOf: [NestedToken, FlatToken, ForwardRequest] })

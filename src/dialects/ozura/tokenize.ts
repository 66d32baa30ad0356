/**
 * @module Ozura's `POST /tokenize` and `POST /test-tokens`. https://docs.ozura.com/api-reference/vault/tokenize, test-tokens
 */
import { Type, type Static } from '@sinclair/typebox'
import type { Caller } from '../../auth/caller.ts'
import { GatewayError } from '../../errors.ts'
import type { Gateway } from '../../gateway.ts'
import { json } from '../../respond.ts'
import { storeToken } from '../../tokens/store.ts'
import { PLAIN, storeOnce } from '../../tokens/store_once.ts'
import { bankOf, cardOf, cvcOf, present } from './instrument.ts'

const strict = { additionalProperties: false } as const
const text = (maxLength: number) => Type.Optional(Type.String({ maxLength }))
const digits = Type.Optional(
  Type.Union([Type.String({ maxLength: 4 }), Type.Integer({ minimum: 0, maximum: 9999 })]),
)

const CARD = {
  cardNumber: text(40),
  expirationMonth: digits,
  expirationYear: digits,
  cvc: text(4),
  cvv: text(4),
  firstName: text(64),
  lastName: text(64),
}

export const Tokenize = Type.Object(
  {
    type: Type.Union([Type.Literal('card'), Type.Literal('bank')]),
    data: Type.Object({ ...CARD, accountNumber: text(40), routingNumber: text(40) }, strict),
    // Its fields are not published; what is shown is the least in any case.
    maskingConfig: Type.Optional(Type.Object({})),
  },
  strict,
)

export const TestToken = Type.Object(CARD, strict)

const YEAR_SECONDS = 365 * 24 * 3600

/** 201 with the token, masked, and a session where there was a security code. The same card gives the same token. */
export async function tokenize(
  gateway: Gateway,
  caller: Caller,
  { type, data }: Static<typeof Tokenize>,
): Promise<Response> {
  if (type === 'bank') {
    const bank_account = bankOf(data, 'data')
    const { token, deduplicated } = await storeOnce(gateway, caller, { bank_account }, null)
    const account_number = masked(bank_account.account_number, bank_account.last4)
    return json(201, {
      success: true,
      token: token.id,
      data: { account_number, routing_number: bank_account.routing_number },
      mask: { account_number },
      fingerprint: token.fingerprint,
      deduplicated,
    })
  }
  const card = cardOf(data, 'data', new Date(gateway.clock()))
  const cvc = cvcOf(data, 'data', card)
  const { token, session, deduplicated } = await storeOnce(gateway, caller, { card }, cvc)
  const number = masked(card.number, card.last4)
  return json(201, {
    success: true,
    token: token.id,
    data: { number, expiration_month: card.exp_month, expiration_year: card.exp_year },
    mask: { card_number: number },
    ...(session && { cvc_session_id: session.id }),
    bin: card.bin,
    fingerprint: token.fingerprint,
    deduplicated,
  })
}

/** 201 with a token whose session lasts a year and is not used up. Only in test mode, since nobody may keep real codes for so long. */
export async function testToken(
  gateway: Gateway,
  caller: Caller,
  data: Static<typeof TestToken>,
): Promise<Response> {
  const card = cardOf(data, '', new Date(gateway.clock()))
  if (data.cvv === undefined) present(data, 'cvc', '')
  const cvc = cvcOf(data, '', card)
  if (!caller.test) {
    throw new GatewayError('forbidden', 'Test tokens need a key of test mode.', {
      hint: 'Make a key with `pangate key create --test`.',
    })
  }
  const checked = { ...PLAIN, instrument: { card }, cvc }
  const choice = { ttl_seconds: YEAR_SECONDS, reusable: true }
  const { token, session } = await storeToken(gateway, caller, checked, choice)
  return json(201, {
    success: true,
    token: token.id,
    cvc_session_id: session?.id ?? null,
    mask: { card_number: masked(card.number, card.last4) },
    bin: card.bin,
    test_mode: true,
    expires_in: '1 year (test session)',
  })
}

function masked(number: string, last4: string): string {
  return last4.padStart(number.length, '*')
}

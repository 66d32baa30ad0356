/**
 * @module Stitch's tokens: `POST /v2/tokens` in its two published shapes, answered in the shape that was sent.
 */
import type { Caller } from '../../auth/caller.ts'
import { checkCard, checkCvc, looksLikeCardNumber, type Card } from '../../card.ts'
import { rfc3339 } from '../../clock.ts'
import { GatewayError } from '../../errors.ts'
import type { Gateway } from '../../gateway.ts'
import { json } from '../../respond.ts'
import type { Context } from '../../route.ts'
import { storeToken } from '../../tokens/store.ts'
import { plainValue } from './encrypted.ts'
import { shownTokenId } from './ids.ts'
import type { FlatToken, NestedToken } from './schemas.ts'

type Metadata = NonNullable<FlatToken['metadata']>

/** Longer values of metadata are refused, as everywhere. */
const LONGEST = 500

/** Stores a card whose request fits one of the two schemas. The security code is checked and not kept, as at Stitch. */
export async function createToken(
  gateway: Gateway,
  { json: { value } }: Context,
  caller: Caller,
): Promise<Response> {
  // The edge has checked the body against one of the two schemas.
  const input = value as FlatToken | NestedToken
  const nested = 'card' in input
  const card = checkedCard(input, new Date(gateway.clock()))
  const metadata = input.metadata ?? {}
  const externalReference = input.externalReference ?? null
  const { token } = await storeToken(gateway, caller, {
    instrument: { card },
    cvc: null,
    virtual_card: null,
    network_token: null,
    metadata: {
      ...keptMetadata(metadata),
      ...(externalReference !== null && {
        externalReference: kept(externalReference, 'externalReference'),
      }),
    },
    allowed_hosts: null,
    expires_at: null,
  })
  const shown = {
    bin: card.bin,
    lastFour: card.last4,
    expiry: { month: card.exp_month, year: card.exp_year.slice(-2) },
    brand: card.brand,
    // Who issued a BIN is in lists that are sold; nobody's is in here.
    issuer: null,
  }
  const id = shownTokenId(token.id)
  return json(201, {
    id,
    token: id,
    type: 'card',
    ...(nested ? { card: shown } : shown),
    metadata,
    externalReference,
    createdAt: rfc3339(token.created_at),
  })
}

function checkedCard(input: FlatToken | NestedToken, now: Date): Card {
  const own = 'card' in input ? input.card : input
  const at = (field: string) => ('card' in input ? `card.${field}` : field)
  const { expiry } = own
  const holder = input.metadata?.['cardholderName'] ?? null
  if (typeof holder !== 'string' && holder !== null) {
    const field = 'metadata.cardholderName'
    throw new GatewayError('invalid_request', `${field} must be text.`, { param: field })
  }
  const given = {
    number: plainValue(own.number, at('number')),
    exp_month: plainValue(expiry.month, at('expiry.month')),
    exp_year: plainValue(expiry.year, at('expiry.year')),
    holder,
  }
  try {
    const card = checkCard(given, now, '')
    if (own.securityCode) {
      checkCvc(plainValue(own.securityCode, at('securityCode')), card.brand, at('securityCode'))
    }
    return card
  } catch (error) {
    const field = error instanceof GatewayError ? FIELDS[error.param ?? ''] : undefined
    if (!(error instanceof GatewayError) || !field) throw error
    const param = field.startsWith('metadata') ? field : at(field)
    throw new GatewayError(error.code, error.message, { param, hint: error.hint })
  }
}

/** Fields of a card as the check names them, and as this API does. */
const FIELDS: Readonly<Record<string, string>> = {
  '.number': 'number',
  '.exp_month': 'expiry.month',
  '.exp_year': 'expiry.year',
  '.holder': 'metadata.cardholderName',
}

/** Metadata is text with us: what is more than that is kept as JSON. */
function keptMetadata(metadata: Metadata): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      kept(name, 'metadata'),
      kept(typeof value === 'string' ? value : JSON.stringify(value), `metadata.${name}`),
    ]),
  )
}

/** Throws `invalid_request` for what is too long, or holds a card number, which would be kept in the clear. */
function kept(text: string, param: string): string {
  if (looksLikeCardNumber(text)) {
    throw new GatewayError('invalid_request', `${param} holds a card number.`, {
      param,
      hint: 'It is stored in the clear; leave card numbers out of it.',
    })
  }
  if (text.length <= LONGEST) return text
  throw new GatewayError('invalid_request', `${param} has more than ${LONGEST} characters.`, {
    param,
  })
}

/**
 * @module Basis Theory's token types (https://developers.basistheory.com/docs/api/tokens/token-types), one entry each.
 */
import type { Json } from '../../adapter.ts'
import type { NewInstrument, TokenType } from '../../vault/token.ts'
import * as check from './token_data.ts'

/** Data that passed the checks of its type. */
export interface CheckedData {
  /** As it is stored and given back; a card's security code is not in it. */
  readonly data: Json
  readonly cvc: string | null
  /** What other APIs see of it too; null for what is no card and no account. */
  readonly instrument: NewInstrument | null
  /** What is stored beside the instrument, or all of it. */
  readonly rest: Json | null
}

export interface TypeEntry {
  readonly containers: readonly string[]
  readonly fingerprint: string
  readonly mask: Json
  readonly indexes: readonly string[]
  readonly stored: TokenType
  /** The data is the card number alone, and no object. */
  readonly bare?: true
  /** Throws `invalid_card` for data that is not of this type, naming the field. */
  check(data: Json): CheckedData
}

const LAST4 = '{{ data | reveal_last: 4 }}'
const NO_DASHES = "{{ data | remove: '-' }}"
const CARD_MASK = {
  number: '{{ data.number | reveal_last: 4 }}',
  expiration_month: '{{ data.expiration_month }}',
  expiration_year: '{{ data.expiration_year }}',
}

/** A value of digits, with the same default for all that a type can choose. */
function digits(
  container: string,
  test: (text: string) => boolean,
  message: string,
  further: Partial<TypeEntry> = {},
): TypeEntry {
  return {
    containers: [container],
    fingerprint: '{{ data }}',
    mask: LAST4,
    indexes: [],
    stored: 'data',
    check: (data) => check.text(data, test, message),
    ...further,
  }
}

const DASHED = { fingerprint: NO_DASHES, indexes: ['{{ data }}', NO_DASHES, '{{ data | last4 }}'] }

export const TOKEN_TYPES: Readonly<Record<string, TypeEntry>> = {
  token: {
    containers: ['/general/high/'],
    fingerprint: '{{ data | stringify }}',
    mask: null,
    indexes: [],
    stored: 'data',
    check: check.anything,
  },
  card: {
    containers: ['/pci/high/'],
    fingerprint: '{{ data.number }}',
    mask: CARD_MASK,
    indexes: [],
    stored: 'card',
    check: check.card,
  },
  card_number: {
    containers: ['/pci/high/'],
    fingerprint: '{{ data }}',
    mask: LAST4,
    indexes: [],
    stored: 'card',
    bare: true,
    check: check.cardNumber,
  },
  network_token: {
    containers: ['/pci/high/'],
    fingerprint: '{{ data.number }}',
    mask: CARD_MASK,
    indexes: [],
    stored: 'data',
    check: check.networkToken,
  },
  bank: {
    containers: ['/bank/high/'],
    fingerprint: '{{ data.account_number }}|{{ data.routing_number }}',
    mask: {
      routing_number: '{{ data.routing_number }}',
      account_number: '{{ data.account_number | reveal_last: 4 }}',
    },
    indexes: [],
    stored: 'bank_account',
    check: check.bank,
  },
  us_bank_account_number: digits(
    '/bank/high/',
    (text) => /^\d{3,17}$/.test(text),
    'The account number must have 3 to 17 digits.',
  ),
  us_bank_routing_number: digits(
    '/bank/low/',
    check.isRoutingNumber,
    'The routing number must have nine digits and the right check digit.',
  ),
  social_security_number: digits(
    '/pii/high/',
    (text) => /^\d{3}-?\d{2}-?\d{4}$/.test(text),
    'The social security number must have nine digits, with or without dashes.',
    DASHED,
  ),
  employer_id_number: digits(
    '/pii/high/',
    (text) => /^\d{2}-?\d{7}$/.test(text),
    'The employer id number must have nine digits, with or without a dash.',
    DASHED,
  ),
}

/** The type under which a token that was stored through another API shows. */
export const NATIVE_TYPES: Readonly<Record<TokenType, string>> = {
  card: 'card',
  bank_account: 'bank',
  data: 'token',
}

/**
 * @module A whole token as one JSON value: what was stored as data, or a card or account in the words of data tokens.
 */
import type { Json } from '../adapter.ts'
import type { InstrumentValues, TokenRow } from './token.ts'

/**
 * The value. A card is `{number, expiration_month, expiration_year, ..}`, an account `{routing_number, account_number, ..}`,
 * with what else was stored beside them; with the attribute `bare` it is the number alone.
 */
export function dataOf(
  row: Pick<TokenRow, 'type' | 'attributes'>,
  instrument: InstrumentValues | undefined,
  sealed: string | null,
): Json {
  // Sealed by the vault from JSON.
  const stored = sealed === null ? null : (JSON.parse(sealed) as Json)
  if (row.type === 'data') return stored
  const own = row.type === 'card' ? cardData(instrument) : accountData(instrument)
  if (row.attributes?.['bare'] === true) return instrument?.number ?? null
  return isRecord(stored) ? { ...own, ...stored } : own
}

/** The value with a security code in it, where it is a card's. */
export function withCvc(value: Json, cvc: string | null): Json {
  return cvc === null || !isRecord(value) ? value : { ...value, cvc }
}

function cardData(card: InstrumentValues | undefined): { readonly [name: string]: Json } {
  const { number, exp_month, exp_year } = card ?? {}
  return {
    number: number ?? null,
    ...(exp_month && { expiration_month: Number(exp_month) }),
    ...(exp_year && { expiration_year: Number(exp_year) }),
  }
}

function accountData(account: InstrumentValues | undefined): { readonly [name: string]: Json } {
  const { routing_number, account_number } = account ?? {}
  return { routing_number: routing_number ?? null, account_number: account_number ?? null }
}

function isRecord(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

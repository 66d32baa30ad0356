/**
 * @module Amounts: minor units, the currencies of ISO 4217 with their decimals, and decimal text.
 */
import type { Amount } from './adapter.ts'
import { GatewayError } from './errors.ts'

/**
 * Decimals -> currencies: list one of ISO 4217 (maintained by SIX) as of 2026, funds included, without what has no minor
 * unit (gold, test codes, drawing rights). PSPs deviate for a few: adapters have tables of their own for those.
 */
const CURRENCIES = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY ' +
    'COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS ' +
    'INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR ' +
    'MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP ' +
    'STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
} as const

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  Object.entries(CURRENCIES).flatMap(([exponent, codes]) =>
    codes.split(' ').map((code) => [code, Number(exponent)] as const),
  ),
)

/** The largest amount, in minor units. */
const LARGEST = 10 ** 12

/** Every currency code, sorted. */
export function currencies(): readonly string[] {
  return [...EXPONENTS.keys()].sort()
}

/** Decimals of a currency: 2 for `EUR`, 0 for `JPY`. Throws `invalid_request` for what is no current ISO 4217 code. */
export function exponentOf(currency: string, param = 'amount.currency'): number {
  const exponent = EXPONENTS.get(currency)
  if (exponent === undefined) {
    throw refuse('The currency must be a current ISO 4217 code in capitals, such as EUR.', param)
  }
  return exponent
}

/** The amount, or `invalid_request` with the field in `param`, under `where`: 0 to 10^12 minor units of a known currency. */
export function checkAmount(
  input: { readonly minor: number; readonly currency: string },
  where = 'amount',
): Amount {
  const { minor, currency } = input
  if (!Number.isInteger(minor) || minor < 0 || minor > LARGEST || Object.is(minor, -0)) {
    throw refuse(
      'The amount must be a whole number of minor units (cents), from 0 to 1000000000000.',
      `${where}.minor`,
    )
  }
  exponentOf(currency, `${where}.currency`)
  return { minor, currency }
}

/** The amount in major units: `19.99`, `500` for yen. `exponent` replaces the currency's own, for PSPs that deviate. */
export function toDecimal(amount: Amount, exponent = exponentOf(amount.currency)): string {
  const digits = String(amount.minor).padStart(exponent + 1, '0')
  if (exponent === 0) return digits
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/**
 * The amount of decimal text in major units: digits, and a point with no more decimals than the currency has. Nothing is
 * rounded. Throws `invalid_request` with `where` in `param`.
 */
export function fromDecimal(
  text: string,
  currency: string,
  where = 'amount',
  exponent = exponentOf(currency, `${where}.currency`),
): Amount {
  const [, whole, decimals = ''] = /^([0-9]{1,16})(?:\.([0-9]{1,8}))?$/.exec(text) ?? []
  if (whole === undefined) {
    throw refuse('The amount must be written in digits, such as 19.99.', where)
  }
  if (decimals.length > exponent) {
    throw refuse(`The amount has more than the ${exponent} decimals of ${currency}.`, where)
  }
  const minor = Number(whole + decimals.padEnd(exponent, '0'))
  if (minor > LARGEST) throw refuse('The amount is over the limit.', where)
  return { minor, currency }
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_request', message, { param })
}

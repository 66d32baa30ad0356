/**
 * @module Amounts in minor units, and the currencies they may be in. https://docs.stripe.com/currencies
 */
import { invalid, missing } from './error.ts'
import type { Params } from './params.ts'

const MOST = 99_999_999

/** The least that can be charged. https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
const LEAST: { readonly [currency: string]: readonly [minor: number, written: string] } = {
  usd: [50, '$0.50'],
  aed: [200, 'د.إ2.00'],
  aud: [50, '$0.50'],
  bgn: [100, 'лв1.00'],
  brl: [50, 'R$0.50'],
  cad: [50, '$0.50'],
  chf: [50, 'CHF0.50'],
  czk: [1500, 'Kč15.00'],
  dkk: [250, 'kr2.50'],
  eur: [50, '€0.50'],
  gbp: [30, '£0.30'],
  hkd: [400, '$4.00'],
  huf: [17500, 'Ft175.00'],
  inr: [50, '₹0.50'],
  jpy: [50, '¥50'],
  mxn: [1000, '$10.00'],
  myr: [200, 'RM2.00'],
  nok: [300, 'kr3.00'],
  nzd: [50, '$0.50'],
  pln: [200, 'zł2.00'],
  ron: [200, 'lei2.00'],
  sek: [300, 'kr3.00'],
  sgd: [50, '$0.50'],
  thb: [1000, '฿10.00'],
}

/** The other presentment currencies; their least follows the exchange rate, which the sandbox has none of. */
const OTHERS =
  'afn all amd ang aoa ars awg azn bam bbd bdt bif bmd bnd bob bsd bwp byn bzd cdf clp cny cop crc cve djf dop dzd egp etb fjd fkp gel gip gmd gnf gtq gyd hnl htg idr ils isk jmd kes kgs khr kmf krw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mzn nad ngn nio npr pab pen pgk php pkr pyg qar rsd rub rwf sar sbd scr shp sle sos srd std szl tjs top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw'.split(
    ' ',
  )
const CURRENCIES = new Set([...Object.keys(LEAST), ...OTHERS])

/** Reads `amount` and `currency`, both required, and checks the least and the most. */
export function readAmount(params: Params): { amount: number; currency: string } {
  const amount = params.integer('amount')
  if (amount === undefined) throw missing('amount')
  const currency = params.required('currency').toLowerCase()
  if (!CURRENCIES.has(currency)) {
    throw invalid(
      `Invalid currency: ${currency}. Stripe currently supports these currencies: ${[...CURRENCIES].join(', ')}`,
      { param: 'currency' },
    )
  }
  atLeastOne(amount, 'amount')
  const [least, written] = LEAST[currency] ?? [1, '']
  if (amount < least) {
    throw invalid(`Amount must be at least ${written} ${currency}`, {
      code: 'amount_too_small',
      param: 'amount',
    })
  }
  if (amount > MOST) {
    throw invalid('Amount must be no more than $999,999.99', {
      code: 'amount_too_large',
      param: 'amount',
    })
  }
  return { amount, currency }
}

export function atLeastOne(amount: number, param: string): void {
  if (amount >= 1) return
  throw invalid('This value must be greater than or equal to 1.', {
    code: 'parameter_invalid_integer',
    param,
  })
}

/** An amount for people: `$30.00`; without a known sign, the minor units and the code. */
export function written(amount: number, currency: string): string {
  const least = LEAST[currency]?.[1]
  if (least === undefined) return `${amount} ${currency}`
  const decimals = /\.\d\d$/.test(least)
  return least.replace(/[\d.]+$/, decimals ? (amount / 100).toFixed(2) : String(amount))
}

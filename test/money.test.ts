/**
 * @module Amounts: ISO 4217 decimals, limits, and decimal text there and back.
 */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../src/errors.ts'
import { checkAmount, currencies, exponentOf, fromDecimal, toDecimal } from '../src/money.ts'

function refusedParam(check: () => unknown): string | null {
  try {
    check()
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    expect(error.code).toBe('invalid_request')
    return error.param
  }
  throw new Error('nothing was refused')
}

describe('currencies', () => {
  test.each([
    ['EUR', 2],
    ['USD', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['CLP', 0],
    ['ISK', 0],
    ['HUF', 2],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['UYW', 4],
    ['MGA', 2],
    ['XCG', 2],
    ['ZWG', 2],
  ])('%s has %d decimals', (currency, exponent) => {
    expect(exponentOf(currency)).toBe(exponent)
  })

  test('each is a code once, and known to ICU', () => {
    const codes = currencies()
    expect(new Set(codes).size).toBe(codes.length)
    const known = new Set(Intl.supportedValuesOf('currency'))
    // The Arab Monetary Fund's XAD (2025) is younger than this ICU.
    expect(codes.filter((code) => !known.has(code))).toEqual(['XAD'])
    expect(codes.length).toBeGreaterThan(150)
  })

  test.each([
    'eur',
    'EURO',
    '',
    'ZZZ',
    'ANG',
    'ZWL',
    'XAU',
    'XXX',
    'XTS',
    'HRK',
    '__proto__',
    'EUR ',
  ])('%p is none', (currency) => {
    expect(refusedParam(() => checkAmount({ minor: 1, currency }))).toBe('amount.currency')
  })
})

test('amounts are whole, not negative, and bounded', () => {
  for (const minor of [0, 1, 1999, 10 ** 12]) {
    expect(checkAmount({ minor, currency: 'EUR' })).toEqual({ minor, currency: 'EUR' })
  }
  for (const minor of [-1, -0, 0.5, NaN, Infinity, 10 ** 12 + 1]) {
    expect(refusedParam(() => checkAmount({ minor, currency: 'EUR' }, 'total'))).toBe('total.minor')
  }
})

describe('decimal text', () => {
  test.each([
    [1999, 'EUR', '19.99'],
    [5, 'EUR', '0.05'],
    [0, 'EUR', '0.00'],
    [500, 'JPY', '500'],
    [0, 'JPY', '0'],
    [1, 'KWD', '0.001'],
    [12345, 'CLF', '1.2345'],
    [10 ** 12, 'EUR', '10000000000.00'],
  ])('%d %s is %s', (minor, currency, text) => {
    expect(toDecimal({ minor, currency })).toBe(text)
    expect(fromDecimal(text, currency)).toEqual({ minor, currency })
  })

  test('there and back is the same, for every currency', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...currencies()),
        fc.integer({ min: 0, max: 10 ** 12 }),
        (currency, minor) => {
          expect(fromDecimal(toDecimal({ minor, currency }), currency).minor).toBe(minor)
        },
      ),
    )
  })

  test('a PSP may have other decimals', () => {
    expect(toDecimal({ minor: 1999, currency: 'EUR' }, 0)).toBe('1999')
    expect(toDecimal({ minor: 500, currency: 'JPY' }, 2)).toBe('5.00')
    expect(fromDecimal('5.00', 'JPY', 'amount', 2).minor).toBe(500)
  })

  test('fewer decimals are fine, more are refused, and nothing else is a number', () => {
    expect(fromDecimal('19.9', 'EUR').minor).toBe(1990)
    expect(fromDecimal('19', 'EUR').minor).toBe(1900)
    const bad = ['19.999', '1.', '.5', '1,00', '-1', '+1', '1e3', ' 1', '', '١', '99999999999.00']
    for (const text of bad) {
      expect(refusedParam(() => fromDecimal(text, 'EUR', 'total'))).toBe('total')
    }
    expect(refusedParam(() => fromDecimal('1.0', 'JPY'))).toBe('amount')
  })
})

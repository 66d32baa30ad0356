/**
 * @module Which texts stop a forward because a card number stands in them, and which only look a little like one.
 */
import { describe, expect, test } from 'bun:test'
import { hasBareCardNumber } from '../src/card.ts'
import { GatewayError } from '../src/errors.ts'
import { refuseClearNumbers } from '../src/forward/clear_numbers.ts'

/** Published test numbers, by what they show. */
const NUMBERS = {
  visa: '4242424242424242',
  mastercard: '2223003122003222',
  amex: '378282246310005',
  diners: '30569309025904',
  discover: '6011111111111117',
  unionpay: '6200000000000005',
  maestro: '6759649826438453',
}

describe('refused', () => {
  for (const [brand, number] of Object.entries(NUMBERS)) {
    const groups =
      number.length === 15
        ? /(.{4})(.{6})(.{5})/
        : number.length === 14
          ? /(.{4})(.{6})(.{4})/
          : /(.{4})(.{4})(.{4})(.{4})/
    for (const divider of [' ', '-', '+', '%20']) {
      test(`${brand}, grouped by ${divider}`, () => {
        const grouped = number.replace(groups, (_, ...parts: readonly string[]) =>
          parts.filter((part) => /^\d+$/.test(part) && part.length < 9).join(divider),
        )
        expect(hasBareCardNumber(`a=${grouped.slice(0, number.length + 9)}&b=1`)).toBe(true)
      })
    }
    const places = {
      alone: number,
      'a JSON string': `{"n":"${number}"}`,
      'a JSON number': `{"n":${number}}`,
      'JSON in JSON': `{"b":"{\\"n\\":\\"${number}\\"}"}`,
      'after an escape of JSON': `{"n":"a\\n${number}\\u0020"}`,
      'JSON in a form': `b=%7B%22n%22%3A%22${number}%22%7D`,
      XML: `<n>${number}</n>`,
      'a sentence': `Charge card ${number}.`,
      'after a dash': `card-${number}`,
      'beside a UUID': `123e4567-e89b-42d3-a456-426614174000 ${number}`,
    }
    for (const [place, text] of Object.entries(places)) {
      test(`${brand}, ${place}`, () => expect(hasBareCardNumber(text)).toBe(true))
    }
  }
})

describe('let through', () => {
  const texts = {
    'a wrong check digit': '4242424242424243',
    'no brand': '9999999999999995',
    'a length that the brand has not': '378282246310005000',
    'a phone number of thirteen digits': '4915123456782',
    'a part of a longer number': '42424242424242420000000',
    'a part of a word': 'a4242424242424242',
    'the start of a word': '4242424242424242a',
    'a part of a hash': 'f4242424242424242e',
    'a fraction': '0.4242424242424242',
    'a number with a fraction': '4242424242424242.5',
    'a UUID of digits': '42424242-4242-4242-8111-111111111111',
    'dates and times': '4242-42-42 4242 4242 42',
    'groups that no card has': '42 42 42 42 42 42 42 42',
    'a masked number': '424242******4242',
    'a token': 'tok_01m7yg0000000000000000000x',
    nothing: '',
  }
  for (const [what, text] of Object.entries(texts)) {
    test(what, () => expect(hasBareCardNumber(text)).toBe(false))
  }
  test('a megabyte of digits, in less than a second', () => {
    const started = performance.now()
    expect(hasBareCardNumber('4242 '.repeat(200_000))).toBe(true)
    expect(hasBareCardNumber('42 '.repeat(333_333))).toBe(false)
    expect(hasBareCardNumber('%34'.repeat(333_333))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

test('every field of an intent is looked at, but for the amount', () => {
  const wants = (intent: object) => ({
    wants: {
      kind: 'intent' as const,
      operation: 'purchase' as const,
      intent: { extra: {}, ...intent },
    },
  })
  const refused = (intent: object): string | null => {
    try {
      refuseClearNumbers('refuse', wants(intent))
      return null
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      expect(error.message).not.toContain('42424')
      return error.param
    }
  }
  const { visa } = NUMBERS
  expect(refused({ reference: visa })).toBe('reference')
  expect(refused({ customer: { phone: visa } })).toBe('customer.phone')
  expect(refused({ extra: { a: [{ b: Number(visa) }] } })).toBe('extra.a.0.b')
  expect(refused({ extra: { [visa]: 1 } })).toBe('extra')
  expect(refused({ amount: { minor: Number(visa), currency: 'EUR' } })).toBeNull()
  expect(refused({ reference: 'order 1' })).toBeNull()
  expect(() => refuseClearNumbers('allow', wants({ reference: visa }))).not.toThrow()
})

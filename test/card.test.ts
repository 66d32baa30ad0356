/**
 * @module Cards: brands against published test numbers, expiry at its edges, and nothing of a card in any error.
 */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  bin,
  brandOf,
  BRANDS,
  checkCard,
  checkCvc,
  looksLikeCardNumber,
  luhn,
  maskCardNumbers,
  normaliseNumber,
  type CardInput,
} from '../src/card.ts'
import { GatewayError } from '../src/errors.ts'
import vectors from './vectors/card_brands.json'

const NOW = new Date('2026-06-15T00:00:00Z')
const VISA: CardInput = { number: '4242424242424242', exp_month: 12, exp_year: 2030 }

/** The error that a check throws, or a failure of the test. */
function refusal(check: () => unknown): GatewayError {
  try {
    check()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** Completes digits with their Luhn digit. */
function withLuhn(digits: string): string {
  for (let last = 0; last < 10; last++) if (luhn(digits + last)) return digits + last
  throw new Error('no check digit')
}

describe('brands', () => {
  for (const { source, cards } of vectors) {
    test(source, () => {
      for (const [brand, numbers] of Object.entries(cards)) {
        for (const number of numbers) {
          expect([number, String(checkCard({ ...VISA, number }, NOW).brand)]).toEqual([
            number,
            brand,
          ])
        }
      }
    })
  }

  test('every brand has a published number', () => {
    const seen = new Set(vectors.flatMap(({ cards }) => Object.keys(cards)))
    // Hiper publishes none that could be found.
    expect(Object.keys(BRANDS).filter((brand) => !seen.has(brand))).toEqual(['hiper'])
  })

  test.each([
    ['222099', 'unknown'],
    ['222100', 'mastercard'],
    ['272099', 'mastercard'],
    ['272100', 'unknown'],
    ['500000', 'maestro'],
    ['510000', 'mastercard'],
    ['559999', 'mastercard'],
    ['560000', 'maestro'],
    ['622126', 'unionpay'],
    ['622925', 'unionpay'],
    ['506698', 'maestro'],
    ['506699', 'elo'],
    ['506778', 'elo'],
    ['506779', 'maestro'],
    ['506098', 'maestro'],
    ['506099', 'verve'],
    ['650030', 'discover'],
    ['650031', 'elo'],
    ['650027', 'verve'],
    ['627780', 'elo'],
    ['627781', 'unionpay'],
    ['63737423', 'hiper'],
    ['63737424', 'maestro'],
    ['352799', 'unknown'],
    ['352800', 'jcb'],
    ['358999', 'jcb'],
    ['359000', 'unknown'],
    ['220499', 'mir'],
    ['220500', 'unknown'],
    ['340000', 'amex'],
    ['350000', 'unknown'],
    ['306000', 'unknown'],
    ['180000', 'jcb'],
    ['181000', 'uatp'],
    ['817199', 'unionpay'],
    ['817200', 'rupay'],
    ['900000', 'unknown'],
    ['401178', 'elo'],
    ['401180', 'visa'],
  ])('%s is %s', (prefix, brand) => {
    expect(brandOf(prefix.padEnd(16, '0'))).toBe(brand as ReturnType<typeof brandOf>)
  })

  test('no two brands claim the same range with prefixes of one length', () => {
    const claims = Object.entries(BRANDS).flatMap(([brand, { ranges }]) =>
      ranges.flatMap(({ prefixes }) =>
        prefixes.split(' ').map((text) => {
          const [from = '', to = from] = text.split('-')
          expect(text).toMatch(/^\d{1,8}(-\d{1,8})?$/)
          expect([to.length, Number(to) >= Number(from)]).toEqual([from.length, true])
          return { brand, digits: from.length, from: Number(from), to: Number(to) }
        }),
      ),
    )
    const clashes = claims.filter((a, i) =>
      claims.some((b, j) => i < j && a.digits === b.digits && a.from <= b.to && b.from <= a.to),
    )
    expect(clashes).toEqual([])
  })
})

describe('number', () => {
  test('one wrong digit or two swapped neighbours are seen', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^4[0-9]{14}$/),
        fc.integer({ min: 1, max: 15 }),
        fc.integer({ min: 1, max: 9 }),
        (start, at, by) => {
          const number = withLuhn(start)
          const wrong = (Number(number[at]) + by) % 10
          expect(luhn(number.slice(0, at) + wrong + number.slice(at + 1))).toBe(false)
        },
      ),
    )
    expect(luhn('')).toBe(false)
    expect(luhn('0')).toBe(false)
    expect(luhn('424242424242424a')).toBe(false)
  })

  test('spaces and dashes between digits are accepted, nothing else is', () => {
    expect(normaliseNumber(' 4242 4242-4242 4242\n')).toBe('4242424242424242')
    const bad = [
      '',
      '4242  4242 4242 4242',
      '4242.4242.4242.4242',
      '-4242424242424242',
      '4242424242424242-',
      '42424242４2424242',
      '4242424242424242e0',
      '٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢',
      '4'.repeat(11),
      '4'.repeat(20),
      '4 '.repeat(100_000),
    ]
    for (const text of bad) {
      const { code, param } = refusal(() => normaliseNumber(text))
      expect([code, param]).toEqual(['invalid_card', 'card.number'])
    }
  })

  test('length must fit the brand, and the check digit all but UnionPay', () => {
    const number = (number: string) => () => checkCard({ ...VISA, number }, NOW)
    expect(refusal(number(withLuhn('42424242424242'))).message).toContain('too many or too few')
    expect(refusal(number(withLuhn('37828224631000'.padEnd(15, '0')))).message).toContain(
      'too many',
    )
    expect(refusal(number('4242424242424241')).message).toContain('check digit')
    expect(refusal(number('900000000000')).message).toContain('check digit')
    expect(number('6200000000000006')().brand).toBe('unionpay')
    expect(number(withLuhn('90000000000'))().brand).toBe('unknown')
  })

  test('what is shown leaves four digits or more hidden', () => {
    for (let length = 12; length <= 19; length++) {
      const hidden = length - bin('4'.repeat(length)).length - 4
      expect(hidden).toBeGreaterThanOrEqual(4)
      if (length >= 14) expect(bin('4'.repeat(length))).toBe('444444')
    }
  })
})

describe('expiry', () => {
  test('is given as numbers or text, and comes out as two and four digits', () => {
    const forms: [number | string, number | string][] = [
      [3, 2031],
      ['3', '31'],
      ['03', 31],
      [' 03 ', ' 2031 '],
    ]
    for (const [exp_month, exp_year] of forms) {
      const card = checkCard({ ...VISA, exp_month, exp_year }, NOW)
      expect([card.exp_month, card.exp_year]).toEqual(['03', '2031'])
    }
  })

  test('the month is good until it has ended at UTC-12', () => {
    const card = { ...VISA, exp_month: 2, exp_year: 2028 }
    expect(checkCard(card, new Date('2028-03-01T11:59:59.999Z')).exp_year).toBe('2028')
    expect(refusal(() => checkCard(card, new Date('2028-03-01T12:00:00Z'))).param).toBe(
      'card.exp_month',
    )
    const december = { ...VISA, exp_month: '12', exp_year: '27' }
    expect(checkCard(december, new Date('2028-01-01T11:00:00Z')).exp_month).toBe('12')
    expect(refusal(() => checkCard(december, new Date('2028-01-01T12:00:00Z'))).param).toBe(
      'card.exp_year',
    )
  })

  test.each([
    [0, 2030, 'exp_month'],
    [13, 2030, 'exp_month'],
    [-1, 2030, 'exp_month'],
    [1.5, 2030, 'exp_month'],
    [NaN, 2030, 'exp_month'],
    ['', 2030, 'exp_month'],
    ['001', 2030, 'exp_month'],
    ['1e0', 2030, 'exp_month'],
    [12, 203, 'exp_year'],
    [12, '3', 'exp_year'],
    [12, 2077, 'exp_year'],
    [12, '99', 'exp_year'],
    [12, 2025, 'exp_year'],
    [5, 2026, 'exp_month'],
  ])('%p/%p is refused', (exp_month, exp_year, field) => {
    const error = refusal(() => checkCard({ ...VISA, exp_month, exp_year }, NOW, 'data'))
    expect([error.code, error.param]).toEqual(['invalid_card', `data.${field}`])
  })

  test('fifty years ahead is the end', () => {
    expect(checkCard({ ...VISA, exp_year: '76' }, NOW).exp_year).toBe('2076')
  })
})

describe('holder', () => {
  const holder = (holder: string | null) => () => checkCard({ ...VISA, holder }, NOW)

  test('is a name or nothing', () => {
    expect(holder('  Zoë O’Brien-فاطمه 3rd ')().holder).toBe('Zoë O’Brien-فاطمه 3rd')
    expect(holder(' ')().holder).toBeNull()
    expect(holder(null)().holder).toBeNull()
    expect(checkCard(VISA, NOW).holder).toBeNull()
    expect(holder('😀'.repeat(128))().holder).toHaveLength(256)
  })

  test.each(['a'.repeat(129), 'a\nb', 'a\u0000', 'a\u2028b', '\ud800x', '4242 4242 4242 4242'])(
    '%p is refused',
    (text) => {
      expect(refusal(holder(text)).param).toBe('card.holder')
    },
  )
})

describe('security code', () => {
  test('has the length of its brand', () => {
    expect(checkCvc('123', 'visa')).toBe('123')
    expect(checkCvc('1234', 'amex')).toBe('1234')
    for (const brand of ['unknown', null] as const) {
      expect([checkCvc('123', brand), checkCvc('1234', brand)]).toEqual(['123', '1234'])
    }
    for (const [cvc, brand] of [
      ['1234', 'visa'],
      ['123', 'amex'],
      ['12', null],
      ['12345', null],
      ['12a', null],
      ['１２３', null],
      ['123\n', null],
      ['', null],
    ] as const) {
      const error = refusal(() => checkCvc(cvc, brand, 'card.cvc'))
      expect([error.code, error.param]).toEqual(['invalid_card', 'card.cvc'])
    }
  })
})

test('no error repeats what was sent', () => {
  const canaries = ['8137', '4539578763621487', 'Jane4539578763621486', '5521', '7793']
  const inputs: (() => unknown)[] = [
    () => checkCard({ ...VISA, number: '4539578763621487' }, NOW),
    () => checkCard({ ...VISA, exp_month: '8137' }, NOW),
    () => checkCard({ ...VISA, exp_year: '8137' }, NOW),
    () => checkCard({ ...VISA, holder: 'Jane4539578763621486' }, NOW),
    () => checkCvc('5521', 'visa'),
    () => checkCvc('7793x', null),
  ]
  for (const input of inputs) {
    const error = refusal(input)
    const text = JSON.stringify([
      error.message,
      error.param,
      error.hint,
      error.template,
      error.cause,
    ])
    for (const canary of canaries) expect(text).not.toContain(canary)
  }
})

describe('card numbers in text', () => {
  test.each([
    ['4242424242424242', '424242******4242'],
    ['pay 4242 4242 4242 4242 now', 'pay 4242 42** **** 4242 now'],
    ['3782-822463-10005.', '3782-82****-*0005.'],
    ['"number":"4242424242424242","cvc"', '"number":"424242******4242","cvc"'],
    ['card[number]=4242+4242+4242+4242&x=1', 'card[number]=4242+42**+****+4242&x=1'],
    ['note=a%204242424242424242%20b', 'note=a%20424242******4242%20b'],
    ['n=4242%204242%204242%204242', 'n=4242%2042**%20****%204242'],
    ['"a\\u00204242424242424242"', '"a\\u0020424242******4242"'],
    ['100%4242424242424242', '100%424242******4242'],
    ['ref 77 4242 4242 4242 4242', 'ref 77 4242 42** **** 4242'],
    ['4242424242424242 123', '424242******4242 123'],
    ['4242424242424242=30121011000', '424242******4242=30121011000'],
    ['4222222222222', '42222****2222'],
    ['6205500000000000004', '620550*********0004'],
    ['4242424242424242,5555555555554444', '424242******4242,555555******4444'],
  ])('%p becomes %p', (text, masked) => {
    expect(looksLikeCardNumber(text)).toBe(true)
    expect(maskCardNumbers(text)).toBe(masked)
    expect(looksLikeCardNumber(masked)).toBe(false)
  })

  test.each([
    '',
    'hello',
    '4242424242424241',
    '1750000000000',
    '2026-06-15 12:30:45',
    '4242 4242  4242 4242',
    '42424242424242424242424242424242',
    'tok_01jxq8k3c5v7w9y1z2a4b6d8f0',
    '000000000000000000',
    '+49 30 1234 5678',
    '622126000000000000000',
  ])('%p is left alone', (text) => {
    expect(looksLikeCardNumber(text)).toBe(false)
    expect(maskCardNumbers(text)).toBe(text)
  })

  test('every published number is found, however it is grouped', () => {
    const numbers = vectors.flatMap(({ cards }) => Object.values(cards).flat())
    const dividers = fc.constantFrom('', '', ' ', '-', '+', '\u00a0')
    fc.assert(
      fc.property(
        fc.constantFrom(...numbers),
        fc.array(dividers, { minLength: 18, maxLength: 18 }),
        fc.constantFrom('', 'card: ', '"', '\n', 'x'),
        (number, dividers, around) => {
          const written = [...number].map((digit, i) => digit + (dividers[i] ?? '')).join('')
          const text = around + written.replace(/[ +\u00a0-]$/, '') + around
          expect(looksLikeCardNumber(text)).toBe(true)
          const left = maskCardNumbers(text).replace(/[^0-9]/g, '')
          expect(left.length).toBeLessThanOrEqual(10)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('every published number is found with each divider that is written in several characters', () => {
    const numbers = vectors.flatMap(({ cards }) => Object.values(cards).flat())
    for (const divider of ['%20', '%2d', '%2D', '%2b', '%2B', '\\u0020', '\\u002d', '\\u002D']) {
      for (const number of numbers) {
        const text = `"${number.replace(/.{4}(?!$)/g, `$&${divider}`)}"`
        expect(looksLikeCardNumber(text)).toBe(number.length > 12)
        expect(maskCardNumbers(text) === text).toBe(number.length <= 12)
      }
    }
  })

  test('overlapping numbers are masked to the end', () => {
    // 4242 alone is nothing; both 16-digit windows of these 20 digits are cards.
    const text = '4242 4242 4242 4242 4242'
    expect(maskCardNumbers(text)).toBe('4242 42** **** **** ****')
  })

  test('hostile text takes time in proportion to its length', () => {
    const time = (text: string): number => {
      const start = performance.now()
      maskCardNumbers(text)
      return performance.now() - start
    }
    for (const piece of [
      '4',
      '4 ',
      '4-',
      '42 ',
      '%',
      '%2',
      '%20',
      '4%20',
      '\\u',
      '4242424242424242 ',
    ]) {
      const small = piece.repeat(20_000 / piece.length)
      time(small)
      // Quadratic work would be 64 times as much over eight times the text; two seconds are for a slow machine.
      expect(time(piece.repeat((8 * 20_000) / piece.length))).toBeLessThan(2_000)
    }
  })
})

/**
 * @module Values are found in every written form, where they stand, and nothing else is taken for them.
 */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { findCvc } from '../../src/forward/find_cvc.ts'
import { findNumber } from '../../src/forward/find_number.ts'
import { findText } from '../../src/forward/find_text.ts'
import type { Finder } from '../../src/forward/finder.ts'
import { canaryCard, canaryCvc } from '../support/canary.ts'

const NUMBER = canaryCard()
const CODE = canaryCvc()

/** The text without what was found, each find as `#`. */
function without(find: Finder, text: string): string {
  let left = ''
  let at = 0
  for (const { start, end } of find(text)) {
    left += `${text.slice(at, start)}#`
    at = end
  }
  return left + text.slice(at)
}

const each = (how: (digit: string) => string, between = '') => [...NUMBER].map(how).join(between)
const grouped = (by: string) => (NUMBER.match(/.{1,4}/g) ?? []).join(by)
const latin1 = (bytes: Buffer) => bytes.toString('latin1')
const wide = Buffer.from(NUMBER, 'utf16le')

const FORMS: Readonly<Record<string, string>> = {
  plain: NUMBER,
  'by spaces': grouped(' '),
  'by dashes': grouped('-'),
  'by three separators': grouped(' - '),
  'by percent-encoded spaces': grouped('%20'),
  'by percent-encoded dashes': grouped('%2D'),
  'by entities': grouped('&nbsp;'),
  'by no-break spaces in UTF-8': latin1(Buffer.from(grouped('\u00a0'))),
  'by narrow no-break spaces in UTF-8': latin1(Buffer.from(grouped('\u202f'))),
  'by en dashes in UTF-8': latin1(Buffer.from(grouped('\u2013'))),
  'by escaped no-break spaces': grouped('\\u00a0'),
  'digit by digit': each((one) => one, ' '),
  'percent-encoded': each((one) => `%3${one}`),
  'escaped in JSON': each((one) => `\\u003${one}`),
  'references by number': each((one) => `&#${one.charCodeAt(0)};`),
  'references in hexadecimal': each((one) => `&#X3${one};`),
  mixed: each((one) => (Number(one) % 2 === 0 ? one : `%3${one}`), '-'),
  'UTF-16, little end first': latin1(wide).replace(/\0$/, ''),
  hexadecimal: Buffer.from(NUMBER).toString('hex'),
  'hexadecimal of groups': Buffer.from(grouped(' ')).toString('hex'),
  'hexadecimal of UTF-16': wide.toString('hex').replace(/00$/, ''),
}

describe('a number', () => {
  test.each(Object.entries(FORMS))('%s', (_, written) => {
    expect(without(findNumber(NUMBER), written)).toBe('#')
    expect(without(findNumber(NUMBER), `{"a": "${written}", "b": 1}`)).toBe('{"a": "#", "b": 1}')
  })

  test.each([
    ['plain', Buffer.from(NUMBER)],
    ['in groups', Buffer.from(grouped(' '))],
    ['in groups by dashes', Buffer.from(grouped('-'))],
    ['in UTF-16', wide],
    ['in UTF-16, big end first', Buffer.from(wide).swap16()],
  ] as const)('inside base64, %s, wherever it begins', (_, bytes) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const before of ['', '{', '{"', '{"n', '{"no']) {
        const text = Buffer.concat([Buffer.from(before), bytes, Buffer.from('"}')]).toString(
          encoding,
        )
        const left = without(findNumber(NUMBER), `"x": "${text}"`)
        expect(left).toContain('#')
        const kept = Buffer.from(left.slice(6, -1).replace('#', ''), 'base64')
        expect(latin1(kept)).not.toMatch(new RegExp(`${NUMBER.slice(2, -2)}`))
      }
    }
  })

  test('an account of letters and digits', () => {
    const account = 'DE89370400440532013000'
    const find = findNumber(account)
    expect(without(find, `a DE89 3704 0044 0532 0130 00 b ${account.toLowerCase()} c`)).toBe(
      'a # b # c',
    )
    expect(without(find, Buffer.from(`"${account}"`).toString('base64'))).toContain('#')
  })

  test('several, beside each other, and none that is cut off', () => {
    const find = findNumber(NUMBER)
    expect(without(find, `${NUMBER}${NUMBER} ${NUMBER.slice(1)} ${NUMBER.slice(0, -1)}`)).toBe(
      `## ${NUMBER.slice(1)} ${NUMBER.slice(0, -1)}`,
    )
    expect(without(find, `${NUMBER.slice(0, 3)}${NUMBER}`)).toBe(`${NUMBER.slice(0, 3)}#`)
  })

  test('no other text is taken for it', () => {
    const find = findNumber(NUMBER)
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (text) => {
        const bare = text.replace(/[^0-9]/g, '')
        if (!bare.includes(NUMBER.slice(0, 8))) expect(find(text)).toEqual([])
      }),
    )
    expect(find(grouped('    '))).toEqual([])
    expect(find(grouped('x'))).toEqual([])
  })

  test('is found among any bytes, and the rest keeps its own', () => {
    const find = findNumber(NUMBER)
    const bytes = fc.uint8Array({ maxLength: 60 }).map((all) => latin1(Buffer.from(all)))
    const form = fc.constantFrom(...Object.values(FORMS))
    fc.assert(
      fc.property(bytes, form, bytes, (before, written, after) => {
        const left = without(find, before + written + after)
        expect(left).toContain('#')
        expect(before.startsWith(left.slice(0, left.indexOf('#')))).toBe(true)
        expect(after.endsWith(left.slice(left.lastIndexOf('#') + 1))).toBe(true)
      }),
    )
  })

  test('takes time in proportion to the text, whatever it is', () => {
    const find = findNumber(NUMBER)
    const half = NUMBER.slice(0, -1)
    for (const bait of [
      half,
      `${half} `,
      '%3',
      '3'.repeat(16),
      '&#x3',
      '\\u003',
      '34 ',
      ' ',
      'MDAw',
    ]) {
      const text = bait.repeat(200_000 / bait.length)
      const started = performance.now()
      find(text)
      expect(performance.now() - started).toBeLessThan(2_000)
    }
  })
})

describe('a longer text', () => {
  const secret = 'sk_live_a+b/c=d"e\u00fc'
  test.each([
    ['as it is', latin1(Buffer.from(secret))],
    ['percent-encoded', encodeURIComponent(secret)],
    ['as a JSON string', latin1(Buffer.from(JSON.stringify(secret).slice(1, -1)))],
  ])('%s', (_, written) => {
    expect(without(findText(secret), `a ${written} b ${written}`)).toBe('a # b #')
  })

  test('inside base64 of both alphabets, wherever it begins', () => {
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const before of ['', 'a', 'ab', 'user:']) {
        const text = Buffer.from(`${before}${secret}:`).toString(encoding)
        expect(without(findText(secret), text)).toContain('#')
      }
    }
  })
})

describe('a security code', () => {
  test.each([
    [`{"cvc":"${CODE}"}`, '{"cvc":"#"}'],
    [`{"cvc": ${CODE}, "amount": ${CODE}}`, `{"cvc": #, "amount": ${CODE}}`],
    [`card[cvv]=${CODE}&a=${CODE}`, `card[cvv]=#&a=${CODE}`],
    [`<SecurityCode>${CODE}</SecurityCode>`, '<SecurityCode>#</SecurityCode>'],
    [`"{\\"cvv2\\":\\"${CODE}\\"}"`, '"{\\"cvv2\\":\\"#\\"}"'],
    [`cvc%3D${CODE}`, 'cvc%3D#'],
    [`{"cvc":"${CODE}1"}`, `{"cvc":"${CODE}1"}`],
    [`{"cvc":"1${CODE}"}`, `{"cvc":"1${CODE}"}`],
    [`{"cvc_check":"pass","n":${CODE}}`, `{"cvc_check":"pass","n":${CODE}}`],
  ])('%s', (text, left) => {
    expect(without(findCvc(CODE, []), text)).toBe(left)
  })

  test("in a field of the request's own", () => {
    const text = `{"pin": "${CODE}", "pins": "${CODE}", "spin": "${CODE}"}`
    expect(without(findCvc(CODE, ['pin']), text)).toBe(
      `{"pin": "#", "pins": "${CODE}", "spin": "${CODE}"}`,
    )
    expect(without(findCvc(CODE, []), text)).toBe(text)
  })
})

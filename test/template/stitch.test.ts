/** @module Stitch's selectors: what they give, what is text, and JSON in which one stands for a number. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { STITCH_SELECTORS, compileStitchBody, stitchGrammar } from '../../src/template/stitch.ts'
import { compilePlain } from '../../src/template/text.ts'
import { CARD, render, thrown } from './render.ts'

const JSON_TYPE = 'application/json'
const filled = (text: string) => render(compilePlain(text, stitchGrammar, 'body'))
const inJson = (text: string) => render(compileStitchBody(text, JSON_TYPE, 'body'))

describe('selectors', () => {
  test.each([
    ['{{card.number}}', '4242424242424242'],
    ['{{card.expiry}}', '03/30'],
    ['{{card.expiry.month}}', '03'],
    ['{{card.expiry.year}}', '30'],
    ['{{card.securityCode}}', '737'],
    ['{{ card.number\t}}', '4242424242424242'],
    ['{{card.expiry.month}}{{card.expiry.year}}', '0330'],
    ['{{{card.expiry.year}}}', '{30}'],
  ])('%s', (text, gives) => expect(filled(text)).toBe(gives))

  test.each([
    '',
    '{{',
    '}}',
    '{{}}',
    '{{ 5 }}',
    '{ {card.number} }',
    '{card.number}',
    '${cardNumber}',
  ])('leaves %j alone', (text) => expect(filled(text)).toBe(text))

  test.each([
    ['{{card.cvv}}', '{{card.cvv}}', 'no such selector'],
    ['{{Card.Number}}', '{{Card.Number}}', 'no such selector'],
    ['{{card.number | last4}}', '{{card.number', 'not closed'],
    ['a {{card.number} b', '{{card.number', 'not closed'],
    ['{{4242424242424242x}}', undefined, ''],
  ])('refuses %s', (text, template, words) => {
    if (template === undefined) return expect(filled(text)).toBe(text)
    const error = thrown('invalid_template', () => filled(text))
    expect(error).toMatchObject({ param: 'body', template })
    expect(error.message).toContain(words)
  })
})

describe('JSON with selectors in place of numbers', () => {
  test.each([
    ['{"m":{{card.expiry.month}}}', '{"m":3}'],
    ['[ {{card.number}} , {{ card.expiry.year }}]', '[ 4242424242424242 , 30]'],
    ['{"m":{{card.expiry.month}},"t":"{{card.expiry}}"}', '{"m":3,"t":"03/30"}'],
    ['{{card.number}}', '4242424242424242'],
    ['{"a":"\\u0022{{card.expiry}}","m":{{card.expiry.month}}}', '{"a":"\\u002203/30","m":3}'],
  ])('%s', (text, gives) => expect(inJson(text)).toBe(gives))

  test('keeps every digit of a long number', () => {
    const template = compileStitchBody('{"n":{{card.number}}}', JSON_TYPE, 'body')
    const values = { ...CARD, '.card.number': '6304000000000000123' }
    expect(render(template, values)).toBe('{"n":6304000000000000123}')
  })

  test.each([
    ['{"c":{{card.securityCode}}}', 'invalid_template'],
    ['{"e":{{card.expiry}}}', 'invalid_template'],
    ['{"n":1{{card.number}}}', 'invalid_json'],
    ['{"n":{{card.number}}0}', 'invalid_json'],
    ['{"n":{{card.number}},}', 'invalid_json'],
    ['{{{card.number}}:1}', 'invalid_json'],
    ['{"{{card.number}}":{{card.number}}}', 'invalid_json'],
    ['{"n":{{card.number}},"n":2}', 'invalid_json'],
    ['{"n":{{card.pan}}}', 'invalid_template'],
  ] as const)('refuses %s', (text, code) => void thrown(code, () => inJson(text)))

  test('is another matter in text and forms', () => {
    const text = '{"m":{{card.expiry.month}}}'
    expect(render(compileStitchBody(text, 'text/plain', 'body'))).toBe('{"m":03}')
    expect(
      render(compileStitchBody(`a=${text}`, 'application/x-www-form-urlencoded', 'body')),
    ).toBe('a={"m":03}')
  })
})

test('in random JSON each selector becomes its value and all else keeps its bytes', () => {
  const names = fc.constantFrom(...STITCH_SELECTORS.keys())
  const text = fc.string({ unit: 'grapheme' }).map((one) => one.replace(/[{}]/g, ''))
  const leaf = fc.oneof(
    text.map((one) => ({ spelled: JSON.stringify(one), meant: JSON.stringify(one) })),
    fc.tuple(text, names, text).map(([before, name, after]) => ({
      spelled: JSON.stringify(`${before}{{${name}}}${after}`),
      meant: JSON.stringify(before + filled(`{{${name}}}`) + after),
    })),
    fc.constantFrom('card.number', 'card.expiry.month', 'card.expiry.year').map((name) => ({
      spelled: `{{${name}}}`,
      meant: String(Number(filled(`{{${name}}}`))),
    })),
    fc.constantFrom('1.10', '1e2', '12345678901234567890', 'null').map((one) => ({
      spelled: one,
      meant: one,
    })),
  )
  const property = fc.property(fc.array(leaf, { maxLength: 6 }), (leaves) => {
    const written = (key: 'spelled' | 'meant') =>
      `{ ${leaves.map((one, i) => `"k${i}" :${one[key]}`).join(',\n')} }`
    expect(inJson(written('spelled'))).toBe(written('meant'))
  })
  fc.assert(property, { numRuns: 300 })
})

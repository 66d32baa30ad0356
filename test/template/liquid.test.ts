/** @module Liquid chains: every filter by the examples of its page, and what an expression may not do. */
import { describe, expect, test } from 'bun:test'
import type { FilterValue } from '../../src/hole.ts'
import { FilterError } from '../../src/template/filters.ts'
import { LIQUID_NAMES, compileChain } from '../../src/template/liquid.ts'
import { Refusal } from '../../src/template/value.ts'

const put = (value: FilterValue, chain: string) => compileChain(chain).apply(value)

const CARD = { number: '3622720627165567', expiration_month: 10, expiration_year: 2028 }
const SHORT = '36227206271667'
const DASHED = '3622-7206-2716-5567'

/** https://developers.basistheory.com/docs/expressions/filters */
describe("the examples of Basis Theory's page", () => {
  test.each<[FilterValue, string, FilterValue]>([
    [{ name: 'John Doe' }, "json: '$.name' | split: ' ' | last | upcase", 'DOE'],
    [CARD, "json: '$.number' | card_bin", '36227206'],
    [SHORT, 'card_bin', '362272'],
    [DASHED, "card_bin: '-'", '36227206'],
    [CARD, "card_exp: 'MM'", '10'],
    [CARD, "card_exp: 'MMYY'", '1028'],
    [CARD, "card_exp: 'MM/YY'", '10/28'],
    [CARD, "card_exp: 'YYYY'", '2028'],
    [CARD, "card_exp: 'YYYY-MM'", '2028-10'],
    [CARD, "card_exp: 'YYYY/MM'", '2028/10'],
    [{ data: { ...CARD, expiration_month: 3 } }, "card_exp: 'MM_YYYY'", '03_2028'],
    [CARD.number, "card_mask: 'false', 'false', 'X', '-'", 'XXXXXXXXXXXXXXXX'],
    [CARD.number, "card_mask: 'true', 'false', 'X', '-'", '36227206XXXXXXXX'],
    [CARD.number, "card_mask: 'true', 'true', '#', '-'", '36227206####5567'],
    [CARD.number, "card_mask: false, true, 'X', '-'", 'XXXXXXXXXXXX5567'],
    [DASHED, "card_mask: 'false', 'false', 'X', '-'", 'XXXX-XXXX-XXXX-XXXX'],
    [DASHED, "card_mask: 'true', 'false', 'X', '-'", '3622-7206-XXXX-XXXX'],
    [DASHED, "card_mask: 'true', 'true', '#', '-'", '3622-7206-####-5567'],
    ['123456', "card_mask: 'true', 'true'", 'XXXXXX'],
    [CARD.number, 'last4', '5567'],
    [CARD.number, 'slice: 12, 2 | last4', '55'],
    ['1234', "pad_left: 6, '0'", '001234'],
    ['1234', "pad_left: 2, '0'", '1234'],
    ['1234', "pad_right: 6, 'X'", '1234XX'],
    [DASHED, 'reveal: 6', '3622-7XXXXXXXXXXXXX'],
    [DASHED, 'reveal: 7, 5', '3622-72XXXXXXX-5567'],
    [DASHED, "reveal: 7, 5, '#'", '3622-72#######-5567'],
    [DASHED, `reveal: 7, 4, '#', "-"`, '3622-72##-####-5567'],
    [DASHED, 'reveal: 10, 9', 'XXXXXXXXXXXXXXXXXXX'],
    [SHORT, 'reveal_last: 6', 'XXXXXXXX271667'],
    [SHORT, "reveal_last: 3, '#'", '###########667'],
    [8.99, 'stringify', '8.99'],
    ['The Lord of the Rings', 'json_stringify', 'The Lord of the Rings'],
    [[{ color: 'red', price: 19.95 }], 'json_stringify', '[{"color":"red","price":19.95}]'],
    ['true', 'to_boolean', true],
    ['FALSE', 'to_boolean', false],
    ['42', 'to_number', 42],
    ['3.14159', 'to_number', 3.14159],
    ['0000000000000000012', 'to_number', 12],
    ['6011000990139424123', 'to_number', 6011000990139424123n],
    [3.14159, 'to_string', '3.14159'],
    [true, 'to_string', 'true'],
    [
      '4242424242424242',
      "hmac: 'sha-256', 'secretKeyValue' | to_base16",
      '90A0050E90515101DCAD0F68955370CCA81F6DCB9D299E7E0585CC9746716D9B',
    ],
    [
      '4242424242424242',
      "hmac: 'secretKeyValue' | to_base64",
      'kKAFDpBRUQHcrQ9olVNwzKgfbcudKZ5+BYXMl0ZxbZs=',
    ],
    ['Zoë', 'to_base64', 'Wm/Dqw=='],
  ])('%j | %s', (value, chain, wanted) => expect(put(value, `| ${chain}`)).toEqual(wanted))

  test.each([
    ['alias_card', /^\d{16}$/],
    ["alias_card: 'true', 'false'", /^36227206\d{8}$/],
    ["alias_card: 'true', 'true'", /^36227206\d{4}5567$/],
    ["alias_card: 'false', 'true'", /^\d{12}5567$/],
    ['alias_preserve_format: 3, 5', /^362\d{8}65567$/],
    ['alias_preserve_length: 3', /^362[a-z0-9]{13}$/],
  ])('%s', (chain, form) => {
    const [one, other] = [put(CARD.number, `| ${chain}`), put(CARD.number, `| ${chain}`)]
    expect(String(one)).toMatch(form)
    expect(other).not.toBe(one)
  })

  test('an alias keeps dashes, letters and signs', () => {
    expect(String(put(DASHED, '| alias_card: true, true'))).toMatch(/^3622-72\d\d-\d{4}-5567$/)
    expect(String(put('AB-12 ß', '| alias_preserve_format'))).toMatch(/^[a-z]{2}-\d\d [a-z]$/)
  })
})

/** https://shopify.github.io/liquid/filters/ */
describe('standard filters', () => {
  test.each<[FilterValue, string, FilterValue]>([
    [-17, 'abs', 17],
    ['/my/fancy/url', "append: '.html'", '/my/fancy/url.html'],
    [4, 'at_least: 5', 5],
    [4, 'at_most: 3', 3],
    ['b25lIHR3bw==', 'base64_decode', 'one two'],
    ['one two', 'base64_encode', 'b25lIHR3bw=='],
    ['a?b>c', 'base64_url_safe_encode', 'YT9iPmM='],
    ['YT9iPmM=', 'base64_url_safe_decode', 'a?b>c'],
    ['my title', 'capitalize', 'My title'],
    ['183.357', 'ceil', 184],
    ['2034-12-01', "date: '%m/%y'", '12/34'],
    [null, "default: 'none'", 'none'],
    ['', "default: 'none'", 'none'],
    [16, 'divided_by: 4', 4],
    [20, 'divided_by: 7', 2],
    ['Parker Moore', 'downcase', 'parker moore'],
    ["Have you read 'James'?", 'escape', 'Have you read &#39;James&#39;?'],
    ['a,b,c', "split: ',' | reverse | join: '-'", 'c-b-a'],
    ['a,b,b', "split: ',' | uniq | size", 2],
    [1.2, 'floor', 1],
    ['  a ', 'lstrip', 'a '],
    [[{ a: 1 }, { a: 2 }], "map: 'a'", [1, 2]],
    [[{ a: 1 }, { a: 2 }], "where: 'a', 2 | first", { a: 2 }],
    [183, 'modulo: 12', 3],
    ['12', 'plus: 4', 16],
    ['apples', "prepend: 'some '", 'some apples'],
    ['I strained', "remove: 'rain'", 'I sted'],
    ['a.b.c', "replace_first: '.', '/'", 'a/b.c'],
    [183.357, 'round: 2', 183.36],
    ['Liquid', 'slice: -3, 2', 'ui'],
    ['<b>x</b>', 'strip_html', 'x'],
    [3, 'times: 2', 6],
    ['Ground control', 'truncate: 9', 'Ground...'],
    ['a%20b%2Bc', 'url_decode', 'a b+c'],
    ['a b+c', 'url_encode', 'a+b%2Bc'],
  ])('%j | %s', (value, chain, wanted) => expect(put(value, `| ${chain}`)).toEqual(wanted))

  test('all are there, by name', () => {
    for (const name of 'concat raw inspect sample where_exp group_by_exp'.split(' ')) {
      expect(LIQUID_NAMES.has(name)).toBe(false)
    }
    // None that is listed is unknown to the library.
    for (const name of LIQUID_NAMES) {
      const chain = name === 'json' ? "| json: '$'" : `| ${name}`
      expect(() => compileChain(chain)).not.toThrow()
    }
  })
})

describe('what an expression may not do', () => {
  test.each([
    ['| nope', 'there is no such filter'],
    ['| constructor', 'there is no such filter'],
    ['| __proto__', 'there is no such filter'],
    ["| where_exp: 'x', 'x.a'", 'there is no such filter'],
    ['| append: (1..99999999)', 'an argument is text in quotes'],
    ['| append: other', 'an argument is text in quotes'],
    ['| append: value', 'an argument is text in quotes'],
    ["| default: 'a', allow_false: true", 'an argument is text in quotes'],
    [`| append: '${'x'.repeat(513)}'`, 'an argument is text in quotes'],
    ['| upcase'.repeat(17), 'it has too many filters'],
    ["| json: 'number'", 'the JSONPath is malformed'],
    ['| json', 'the JSONPath is malformed'],
    ["| append: 'a' 'b'", 'it is not a chain'],
    ['upcase', 'a `|` is expected'],
    ['| upcase }} {{ value', 'it is not a chain'],
    ['.data | upcase', 'a `|` is expected'],
  ])('%s', (chain, why) => {
    expect(() => compileChain(chain)).toThrow(FilterError)
    expect(() => compileChain(chain)).toThrow(why)
  })

  test.each<[FilterValue, string]>([
    ['a'.repeat(60_000), `replace: 'a', '${'b'.repeat(500)}'`],
    ['a', Array.from({ length: 16 }, () => `replace: '${'a'}', '${'a'.repeat(90)}'`).join(' | ')],
    ['2034-12-01', "date: '%99999999d'"],
    ['x', "hmac: 'md5', 'k'"],
    ['x', "hmac: 'sha-256', ''"],
    [{ a: 1 }, 'to_string'],
    ['x', 'to_number'],
    ['1e999', 'to_number'],
    ['x', 'to_boolean'],
    [1, 'divided_by: 0'],
    ['123', "alias_card: 'true', 'true'"],
    ['x', "card_exp: 'MM'"],
    [CARD, "card_exp: 'DD'"],
    ['x', 'pad_left: -1'],
    ['x', "reveal: 1, 1, 'XY'"],
  ])('%.20j | %.60s is refused', (value, chain) => {
    expect(() => put(value, `| ${chain}`)).toThrow()
  })

  test('padding has a limit, and refusals do not show the value', () => {
    expect(String(put('x', "| pad_left: 99999999, '0'"))).toHaveLength(1024)
    const refused = (chain: string) => {
      try {
        put('4242424242424242', chain)
      } catch (error) {
        return error instanceof Refusal ? error.message : ''
      }
      return 'nothing was thrown'
    }
    expect(refused("| card_exp: 'MM'")).toBe('it is not a card')
    expect(refused('| to_boolean')).toBe('it is neither true nor false')
  })

  test('a value is not read as an expression, and a chain keeps nothing for the next', () => {
    const chain = compileChain('| upcase')
    expect(chain.apply('{{ value }}{% raw %}')).toBe('{{ VALUE }}{% RAW %}')
    expect(chain.apply('b')).toBe('B')
  })

  test('nothing is changed in what is given', () => {
    const given = Object.freeze({ list: Object.freeze(['b', 'a']) })
    expect(put(given, "| json: '$.list' | sort | join: ','")).toBe('a,b')
    expect(given).toEqual({ list: ['b', 'a'] })
  })
})

/**
 * @module Text with Liquid objects: by Basis Theory's examples, and by property.
 */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Json } from '../../src/adapter.ts'
import { evaluateLiquid, memberAt, readLiquid } from '../../src/template/liquid_text.ts'

/** https://developers.basistheory.com/docs/expressions/filters#json */
const DATA = {
  books: [
    { author: 'Herman Melville', title: 'Moby Dick', price: 8.99 },
    { author: 'J. R. R. Tolkien', title: 'The Lord of the Rings', price: 22.99 },
  ],
  bicycle: { color: 'red', price: 19.95 },
  'odd key': 1,
}

const evaluate = (
  text: string,
  variables: { readonly [name: string]: Json } = { data: DATA },
): Json => evaluateLiquid(readLiquid(text, 'mask'), ({ head }) => memberAt(variables, head), 'mask')

describe('an object alone is a value of its kind', () => {
  test.each<[string, Json]>([
    ['{{ data.bicycle.color }}', 'red'],
    ["{{ data | json: '$.bicycle.price' }}", 19.95],
    ['{{ data.bicycle }}', { color: 'red', price: 19.95 }],
    ["{{ data | json: '$.books[0].author' }}", 'Herman Melville'],
    ['{{ data.books[1].title }}', 'The Lord of the Rings'],
    ["{{ data['odd key'] }}", 1],
    ['{{ data.nonexistent }}', null],
    ['{{ data.bicycle.color.length }}', null],
    ['{{ data.constructor }}', null],
    ['{{ data.__proto__ }}', null],
    ['{{data.bicycle.color|upcase}}', 'RED'],
    ['{{- data.bicycle.color | upcase -}}', 'RED'],
    ["{{ data.bicycle.color | append: '}} | {{' }}", 'red}} | {{'],
  ])('%s', (text, value) => {
    expect(evaluate(text)).toEqual(value)
  })
})

describe('objects in a longer text are put together', () => {
  test.each<[string, string]>([
    ['{{ data.bicycle.color }}, {{ data.bicycle.price }}', 'red, 19.95'],
    ['[{{ data.nonexistent }}]', '[]'],
    ['{{ data.bicycle }}!', '{"color":"red","price":19.95}!'],
  ])('%s', (text, value) => {
    expect(evaluate(text)).toBe(value)
  })
})

test.each([
  ['{{ data', 'not closed'],
  ["{{ data | append: '}}", 'not closed'],
  ['{{ }}', 'names nothing'],
  ['{{ data | nothing }}', 'no such filter'],
  ['{{ data | json }}', 'JSONPath'],
  ['{% if data %}x{% endif %}', 'tags'],
])('%s is refused', (text, why) => {
  expect(() => readLiquid(text, 'mask')).toThrow(why)
})

test('a filter that does not apply is told without the value', () => {
  const run = () => evaluate('{{ data | to_number }}', { data: 'not 4242424242424242' })
  expect(run).toThrow('mask')
  expect(run).not.toThrow('4242')
})

test('text without braces is itself; a value is not read again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, value) => {
      fc.pre(!/\{[{%]/.test(before) && !before.endsWith('{') && before !== '')
      expect(evaluate(before)).toBe(before)
      expect(evaluate(`${before}{{ data }}`, { data: value })).toBe(before + value)
      expect(evaluate('{{ data }}', { data: value })).toBe(value)
    }),
  )
})

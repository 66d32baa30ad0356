/**
 * @module Bracket syntax and JSON into one tree, hostile names included.
 */
import { expect, test } from 'bun:test'
import { parseForm, parseJson, SyntaxFault } from '../../src/sandbox/form.ts'

const plain = (tree: unknown): unknown => JSON.parse(JSON.stringify(tree))

test.each([
  ['a=1&b=', { a: '1', b: '' }],
  ['card[number]=4&card[exp][y]=30', { card: { number: '4', exp: { y: '30' } } }],
  ['expand[]=x&expand[]=y', { expand: { 0: 'x', 1: 'y' } }],
  ['expand[0]=x&expand[1]=y', { expand: { 0: 'x', 1: 'y' } }],
  ['card%5Bnumber%5D=4+2%202%2B', { card: { number: '4 2 2+' } }],
  ['a=1&&a=2', { a: '2' }],
  ['a', { a: '' }],
  ['', {}],
])('%s', (text, tree) => {
  expect(plain(parseForm(text))).toEqual(tree)
})

test.each([
  'a=%ZZ',
  'a=%C3',
  'a[=1',
  'a]b=1',
  '[a]=1',
  '=1',
  'a[b=1',
  'a=1&a[b]=2',
  'a[b]=2&a=1',
  `a${'[b]'.repeat(9)}=1`,
  'a=1&'.repeat(1001),
])('refused: %s', (text) => {
  expect(() => parseForm(text)).toThrow(SyntaxFault)
})

test('names of prototypes are names like any other', () => {
  const tree = parseForm('__proto__[polluted]=1&constructor[prototype][polluted]=1&a[__proto__]=2')
  expect(Object.keys(tree)).toEqual(['__proto__', 'constructor', 'a'])
  expect(Object.getPrototypeOf(tree)).toBeNull()
  expect('polluted' in {}).toBe(false)
  const json = parseJson('{"__proto__":{"polluted":1}}')
  expect(Object.keys(json)).toEqual(['__proto__'])
  expect('polluted' in {}).toBe(false)
})

test('JSON scalars read as a form would carry them', () => {
  expect(plain(parseJson('{"amount":2000,"capture":false,"x":null,"l":["a",1]}'))).toEqual({
    amount: '2000',
    capture: 'false',
    x: '',
    l: { 0: 'a', 1: '1' },
  })
  for (const text of ['[]', '"a"', '1', 'null', '{', '{"a":1}x', '['.repeat(20)]) {
    expect(() => parseJson(text)).toThrow(SyntaxFault)
  }
})

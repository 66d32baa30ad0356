/** @module JSONPath: what leads where, to several values, or nowhere. */
import { describe, expect, test } from 'bun:test'
import type { Json } from '../../src/adapter.ts'
import { leafOf, parseJsonPath, valueAt } from '../../src/template/json_path.ts'
import { Refusal } from '../../src/template/value.ts'

const STORE = {
  books: [
    { title: 'Moby Dick', price: 8.99, tags: ['sea', 'whale'], author: { name: 'Melville' } },
    { title: 'The Lord of the Rings', price: 22.99, isbn: '0-395-19395-8' },
  ],
  bicycle: { color: 'red', price: 19.95 },
  'odd name': 1,
  $ref: 'dollar',
  nothing: null,
  yes: true,
}

const at = (path: string) => {
  const parsed = parseJsonPath(path)
  if (!parsed) throw new Error(`not a path: ${path}`)
  return valueAt(STORE, parsed)
}

describe('valueAt', () => {
  test.each([
    ['$', STORE],
    [' $.bicycle.color ', 'red'],
    ['$.bicycle', { color: 'red', price: 19.95 }],
    ["$['bicycle']['color']", 'red'],
    ['$["odd name"]', 1],
    ['$.$ref', 'dollar'],
    ['$.books[0].title', 'Moby Dick'],
    ['$.books[-1].title', 'The Lord of the Rings'],
    ['$.books[0].tags[1]', 'whale'],
    ['$..color', 'red'],
    ['$..author.name', 'Melville'],
    ['$.books[?(@.price < 10)].title', 'Moby Dick'],
    ['$.books[?(@.price>=22.99)].isbn', '0-395-19395-8'],
    ["$.books[?(@.title == 'Moby Dick')].price", 8.99],
    ['$.books[?(@.title != "Moby Dick")].price', 22.99],
    ['$.books[?(@.isbn)].title', 'The Lord of the Rings'],
    ["$.books[?(@.author.name=='Melville')].price", 8.99],
    ["$.books[?@.title > 'N'].price", 22.99],
    ['$[?(@ == true)]', true],
    ['$.yes', true],
  ])('%s', (path, value) => expect(at(path)).toEqual(value))

  test.each([
    '$.none',
    '$.nothing',
    '$.books[9].title',
    '$.books[-9]',
    '$.books.title',
    '$.bicycle[0]',
    '$.bicycle.color.length',
    '$.constructor',
    '$.__proto__',
    '$.books.length',
    '$.books[?(@.price < "10")].title',
    '$..nowhere',
  ])('%s leads nowhere', (path) => expect(at(path)).toBeNull())

  test.each(['$.books[*].title', '$..price', '$.*', '$.bicycle.*', '$..*', '$.books[*]'])(
    '%s leads to several values',
    (path) => expect(() => at(path)).toThrow(new Refusal('the path leads to several values')),
  )

  test('descent into descent is not endless work', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => [`k${n}`, { a: { a: { a: { a: 1 } } } }]),
    )
    const path = parseJsonPath(`$${'..a'.repeat(30)}`)
    expect(path && valueAt(wide, path)).toBeNull()
    const all = parseJsonPath(`$${'..*'.repeat(32)}`)
    const deep = Array.from({ length: 12 }).reduce<Json>((inner) => [inner, inner], 1)
    expect(() => all && valueAt(deep, all)).toThrow(Refusal)
  })
})

describe('parseJsonPath', () => {
  test.each([
    '',
    'number',
    '.number',
    '$.',
    '$..',
    '$number',
    '$.a.',
    '$.a b',
    '$[',
    '$[a]',
    "$['a",
    '$.a[1',
    '$..[0]',
    '$.books[?(@.price < )]',
    '$.books[?(@.price ~ 1)]',
    '$.books[(@.length-1)]',
    '$.expiration_year | to_string | slice: -2, 2',
    `$${'.a'.repeat(33)}`,
  ])('%s is none', (text) => expect(parseJsonPath(text)).toBeNull())

  test('leafOf: the last name', () => {
    const leaf = (text: string) => leafOf(parseJsonPath(text) ?? [])
    expect(['$.data.cvc', "$['cvc']", '$..cvc', '$', '$.a[0]', '$.*'].map(leaf)).toEqual([
      'cvc',
      'cvc',
      'cvc',
      null,
      null,
      null,
    ])
  })
})

/** @module Basis Theory's search queries: what each stands for, and where one cannot be read. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { searchFilter } from '../../src/dialects/basis_theory/search_query.ts'
import { GatewayError } from '../../src/errors.ts'
import type { TokenFilter } from '../../src/vault/filter.ts'

const DAY = 24 * 60 * 60 * 1000
const time = (text: string): number => Date.parse(text)
const term = (text: string): TokenFilter => ({ term: text })
const metadata = (name: string, is: string): TokenFilter => ({ metadata: name, is, anyCase: true })

const QUERIES: readonly (readonly [query: string, filter: TokenFilter])[] = [
  ['', { all: [] }],
  ['  ', { all: [] }],
  ['data:6789', term('6789')],
  ['data:123-45-6789', term('123-45-6789')],
  ['data:"data containing multiple words"', term('data containing multiple words')],
  ['data:"a \\" b \\\\ * (c) AND d:e"', term('a " b \\ * (c) AND d:e')],
  ['data:a\\*b', term('a*b')],
  ['metadata.customer_id:cus_12345', metadata('customer_id', 'cus_12345')],
  ['id:a@b.example', { ids: ['a@b.example'] }],
  ['fingerprint:x', { fingerprint: 'x' }],
  ['created_by:key_1', { attribute: 'created_by', is: 'key_1' }],
  ['data:ORDER', term('ORDER')],
  [
    'metadata.customer_id:my_customer AND metadata.user_id:1234',
    { all: [metadata('customer_id', 'my_customer'), metadata('user_id', '1234')] },
  ],
  // AND binds tighter than OR, NOT tighter than both.
  [
    'data:a OR data:b AND NOT data:c',
    { any: [term('a'), { all: [term('b'), { not: term('c') }] }] },
  ],
  ['(data:a OR data:b) AND data:c', { all: [{ any: [term('a'), term('b')] }, term('c')] }],
  ['!data:a', { not: term('a') }],
  ['-data:a AND -(data:b)', { all: [{ not: term('a') }, { not: term('b') }] }],
  ['NOT(data:a)', { not: term('a') }],
  [
    'created_at:[2021-01-01 TO 2021-12-31T23:59:59Z]',
    { created: { from: time('2021-01-01'), to: time('2022-01-01') } },
  ],
  ['created_at:{* TO 2022-01-01}', { created: { from: null, to: time('2022-01-01') } }],
  ['created_at:[* TO 2022-01-01]', { created: { from: null, to: time('2022-01-02') } }],
  ['created_at:{2022-01-01 TO *]', { created: { from: time('2022-01-02'), to: null } }],
  [
    'created_at:2022-01-01',
    { created: { from: time('2022-01-01'), to: time('2022-01-01') + DAY } },
  ],
  [
    'modified_at:[2022-01-01T00:00:00.5Z TO *]',
    { attribute: 'modified_at', within: { from: time('2022-01-01T00:00:00.5Z'), to: null } },
  ],
]

test.each(QUERIES)('%s', (query, filter) => {
  expect(searchFilter(query)).toEqual(filter)
})

test('types and containers find tokens of other APIs too, by the defaults of their type', () => {
  expect(JSON.stringify(searchFilter('type:card'))).toContain('{"type":"card"}')
  expect(JSON.stringify(searchFilter('container:"/pci/*"'))).toContain('{"type":"card"}')
  expect(JSON.stringify(searchFilter('container:"/pci/high/"'))).toContain('{"type":"card"}')
  expect(JSON.stringify(searchFilter('container:"/pci/"'))).not.toContain('{"type":"card"}')
  expect(JSON.stringify(searchFilter('type:token'))).not.toContain('{"type":"card"}')
})

const BROKEN: readonly (readonly [query: string, at: number])[] = [
  ['6789', 1],
  ['data:', 6],
  ['data:"open', 6],
  ['data:a data:b', 8],
  ['data:a AND', 11],
  ['(data:a', 8],
  ['data:a)', 7],
  ['colour:red', 1],
  ['metadata:x', 1],
  ['data:a*', 6],
  ['data:a~2', 6],
  ['data:/a/', 6],
  ['created_at:yesterday', 12],
  ['created_at:[2021-01-01 2022-01-01]', 12],
  ['created_at:[2021-01-01 TO 2022-01-01', 12],
  ['created_at:2021-02-31', 12],
]

test.each(BROKEN)('%s cannot be read', (query, at) => {
  const error = thrown(() => searchFilter(query))
  expect(error).toMatchObject({ code: 'invalid_request', param: 'query' })
  expect(error?.message).toStartWith(`The query cannot be read at character ${at}: `)
})

test('too many terms, and too long a query', () => {
  const many = Array.from({ length: 60 }, () => 'data:a').join(' AND ')
  expect(thrown(() => searchFilter(many))?.message).toContain('too many terms')
  expect(thrown(() => searchFilter(`data:${'a'.repeat(4000)}`))?.message).toContain('too long')
})

describe('any text', () => {
  test('in quotes is found as it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => {
        const quoted = `"${text.replace(/["\\]/g, '\\$&')}"`
        expect(searchFilter(`data:${quoted} AND data:b`)).toEqual({ all: [term(text), term('b')] })
      }),
    )
  })

  test('is read or refused, and not repeated in the error', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        const error = thrown(() => searchFilter(`data:ok ${text} 4242424242424242`))
        expect(error?.message ?? '').not.toContain('4242')
      }),
    )
  })
})

function thrown(run: () => unknown): GatewayError | null {
  try {
    run()
    return null
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

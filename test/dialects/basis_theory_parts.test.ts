/** @module The parts of Basis Theory's token calls: merge patches, times, documents to tokenize. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Json } from '../../src/adapter.ts'
import { mergePatch } from '../../src/dialects/basis_theory/merge_patch.ts'
import { parseTime, shownTime } from '../../src/dialects/basis_theory/time.ts'
import { tokenRequests, tokenized } from '../../src/dialects/basis_theory/tokenize.ts'
import { TOKEN_TYPES } from '../../src/dialects/basis_theory/token_types.ts'

describe('merge patch', () => {
  /** RFC 7396, appendix A. */
  const VECTORS: readonly (readonly [target: Json, patch: Json, result: Json])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  test.each(VECTORS)('%j with %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result)
  })

  test('again gives the same, and what it does not name stays', () => {
    const json = fc.jsonValue() as fc.Arbitrary<Json> // What it makes is JSON.
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = mergePatch(target, patch)
        expect(mergePatch(once, patch)).toEqual(once)
        expect(mergePatch(target, {})).toEqual(
          typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {},
        )
      }),
    )
  })
})

describe('times', () => {
  test.each([
    ['8/26/2030 7:23:57 PM -07:00', '2030-08-27T02:23:57+00:00'],
    ['9/27/2030', '2030-09-27T00:00:00+00:00'],
    ['12/1/2030 12:05 AM', '2030-12-01T00:05:00+00:00'],
    ['12/1/2030 12:05 PM +02:00', '2030-12-01T10:05:00+00:00'],
    ['12/1/2030 23:05:06', '2030-12-01T23:05:06+00:00'],
    ['2030-08-26T19:23:57-07:00', '2030-08-27T02:23:57+00:00'],
    ['2030-08-26T19:23:57.123Z', '2030-08-26T19:23:57+00:00'],
    ['2030-08-26T19:23', '2030-08-26T19:23:00+00:00'],
    ['2030-08-26 19:23:57', '2030-08-26T19:23:57+00:00'],
    ['2030-08-26', '2030-08-26T00:00:00+00:00'],
  ])('%s is %s', (text, shown) => {
    expect(shownTime(parseTime(text) ?? 0)).toBe(shown)
  })

  test.each([
    '',
    'tomorrow',
    '13/1/2030',
    '2/30/2030',
    '2030-02-30',
    '1/1/2030 13:00 PM',
    '1/1/30',
    '2030-1-1',
  ])('%p is none', (text) => {
    expect(parseTime(text)).toBeNull()
  })
})

describe('documents', () => {
  test('each value is a token, each request one, all else stays', () => {
    const request = { type: 'card', data: { number: 'x' } }
    const document: Json = {
      a: 'x',
      b: [1, null, request],
      c: { type: 'y', d: true },
      e: {},
      f: [],
    }
    expect(tokenRequests(document)).toEqual([
      { type: 'token', data: 'x' },
      { type: 'token', data: 1 },
      request,
      { type: 'token', data: 'y' },
      { type: 'token', data: true },
    ])
    const views = ['1', '2', '3', '4', '5'].map((id) => ({ id }))
    expect(tokenized(document, views)).toEqual({
      a: '1',
      b: ['2', null, { id: '3' }],
      c: { type: '4', d: '5' },
      e: {},
      f: [],
    })
  })

  test('too many tokens are refused before any is stored', () => {
    const document = Array.from({ length: 101 }, () => 'x')
    expect(() => tokenRequests(document)).toThrow('up to 100 tokens')
  })
})

test('no type keeps a security code in its data', () => {
  const data = { number: '4242424242424242', cvc: '123', nickname: 'n' }
  const checked = TOKEN_TYPES['card']?.check(data)
  expect(checked).toMatchObject({ cvc: '123', rest: { nickname: 'n' } })
  expect(JSON.stringify([checked?.data, checked?.rest, checked?.instrument])).not.toContain('123')
})

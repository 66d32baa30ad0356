/** @module Filters: every documented example holds, arguments are checked, refusals never show the value. */
import { describe, expect, test } from 'bun:test'
import type { FilterValue } from '../../src/hole.ts'
import { FILTERS, applyFilters, makeFilter, usage } from '../../src/template/filters.ts'
import type { Argument } from '../../src/template/filters.ts'
import { nativeGrammar } from '../../src/template/native.ts'
import { compilePlain } from '../../src/template/text.ts'
import { render, thrown } from './render.ts'

function filter(value: FilterValue, name: string, ...args: Argument[]): FilterValue {
  return applyFilters(value, [makeFilter(name, args)], 'label')
}

describe('documentation', () => {
  test.each(Object.entries(FILTERS))('%s: the example gives what it says', (name, definition) => {
    const [placeholder, gives] = definition.example
    expect(placeholder).toContain(`| ${name}`)
    expect(definition.doc).toMatch(/^[A-Z].*\.$/)
    expect(render(compilePlain(placeholder, nativeGrammar([]), 'body'))).toBe(gives)
  })

  test('usage shows optional and repeated arguments', () => {
    expect(usage('last4', FILTERS['last4']!)).toBe('last4')
    expect(usage('pad_left', FILTERS['pad_left']!)).toBe("pad_left: n, 'char'?")
    expect(usage('map', FILTERS['map']!)).toBe("map: 'old', 'new' ...")
  })
})

describe('number', () => {
  test('keeps every digit', () => {
    expect(filter('007', 'number')).toBe(7)
    expect(filter('0', 'number')).toBe(0)
    expect(filter('-0', 'number')).toBe(0)
    expect(filter('9007199254740991', 'number')).toBe(9007199254740991)
    expect(filter('9007199254740993', 'number')).toBe(9007199254740993n)
    expect(filter('6304000000000000000', 'number')).toBe(6304000000000000000n)
  })

  test.each(['', ' 1', '1.5', '1e2', '0x1', 'abc', '-', '١', '1'.repeat(41)])(
    'refuses %j',
    (text) => {
      thrown('invalid_template', () => filter(text, 'number'))
    },
  )
})

test('bin never leaves fewer than eight digits hidden', () => {
  const bins = [
    '1'.repeat(19),
    '1'.repeat(16),
    '1'.repeat(14),
    '1'.repeat(13),
    '1'.repeat(12),
    '12345678',
    '1',
  ]
  expect(bins.map((number) => String(filter(number, 'bin')).length)).toEqual([6, 6, 6, 5, 4, 0, 0])
})

describe('dates', () => {
  test.each([
    ['MMYY', '0330'],
    ['YYMM', '3003'],
    ['MM/YYYY', '03/2030'],
    ['YYYY-MM', '2030-03'],
    ['YYYYMM', '203003'],
    ['MM', '03'],
  ])('date: %s', (format, gives) => {
    expect(filter('03/30', 'date', format)).toBe(gives)
    expect(filter('03/2030', 'date', format)).toBe(gives)
  })

  test('months and years from short and long forms', () => {
    expect(filter('3', 'mm')).toBe('03')
    expect(filter(12, 'mm')).toBe('12')
    expect(filter('30', 'yyyy')).toBe('2030')
    expect(filter(2030, 'yy')).toBe('30')
  })

  test.each([
    ['mm', '13'],
    ['mm', '00'],
    ['mm', ''],
    ['yy', '203'],
    ['yyyy', 'abcd'],
    ['yyyy', ''],
    ['date', '3/30'],
  ])('%s refuses %j', (name, value) => {
    thrown('invalid_template', () => filter(value, name, ...(name === 'date' ? ['MM'] : [])))
  })
})

test('names in parts, and in ASCII', () => {
  expect(filter('  Ana María  de la Cruz ', 'first_name')).toBe('Ana María de la')
  expect(filter('Ana María de la Cruz', 'last_name')).toBe('Cruz')
  expect(filter('Cher', 'first_name')).toBe('')
  expect(filter('Cher', 'last_name')).toBe('Cher')
  expect(filter('Łukasz Groß-Ærø ’n’ Ñandú 李', 'ascii')).toBe("Lukasz Gross-AEro 'n' Nandu ")
})

test('map: pairs, a default, and a refusal without one', () => {
  expect(filter('amex', 'map', 'visa', '001', 'amex', '003')).toBe('003')
  expect(filter('jcb', 'map', 'visa', '001', 'other')).toBe('other')
  thrown('invalid_template', () => filter('jcb', 'map', 'visa', '001'))
})

test('default stands for what is missing; without it the forward stops', () => {
  expect(filter(null, 'default', 'N/A')).toBe('N/A')
  expect(filter('', 'default', 'N/A')).toBe('N/A')
  expect(filter('x', 'default', 'N/A')).toBe('x')
  const upperThenDefault = [makeFilter('upper', []), makeFilter('default', ['none'])]
  expect(applyFilters(null, upperThenDefault, 'label')).toBe('none')
  const error = thrown('credential_missing', () => applyFilters(null, [], '{{ card.cvc }}'))
  expect(error.template).toBe('{{ card.cvc }}')
})

test('replace takes texts literally', () => {
  expect(filter('a.b.c', 'replace', '.', '$&')).toBe('a$&b$&c')
  expect(filter('abc', 'replace', '', 'x')).toBe('abc')
})

test('encodings work on text and on bytes', () => {
  expect(filter(Uint8Array.from([0xfb, 0xff]), 'base64')).toBe('+/8=')
  expect(filter(Uint8Array.from([0xfb, 0xff]), 'base64url')).toBe('-_8')
  expect(filter(Uint8Array.from([0xfb, 0xff]), 'hex')).toBe('fbff')
  thrown('invalid_template', () => filter(Uint8Array.from([1]), 'upper'))
  thrown('invalid_template', () => filter({ a: 1 }, 'upper'))
  expect(filter({ a: 'O"Neil' }, 'json')).toBe('{"a":"O\\"Neil"}')
})

test.each([
  ['upper', ['x']],
  ['first', []],
  ['first', ['4']],
  ['first', [-1]],
  ['first', [1025]],
  ['first', [1, 2]],
  ['slice', [1, 2, 3]],
  ['pad_left', [3, 3]],
  ['replace', ['a']],
  ['map', ['a']],
  ['map', ['a', 1]],
  ['append', ['x'.repeat(257)]],
  ['default', []],
  ['constructor', []],
  ['__proto__', []],
])('makeFilter refuses %s with %j', (name, args) => {
  expect(() => makeFilter(name, args)).toThrow()
})

test('a chain of filters cannot grow without bound', () => {
  const grow = makeFilter('replace', ['a', 'a'.repeat(256)])
  const error = thrown('invalid_template', () => applyFilters('a', Array(16).fill(grow), 'label'))
  expect(error.message).toContain('too long')
})

test('refusals never show the value, whatever the filter throws', () => {
  const number = thrown('invalid_template', () => filter('4242x', 'number'))
  const leaky = {
    name: 'leaky',
    apply: (value: FilterValue) => {
      throw new Error(`bad ${String(value)}`)
    },
  }
  const other = thrown('invalid_template', () => applyFilters('4242x', [leaky], 'label'))
  for (const error of [number, other]) {
    expect(error.message).not.toContain('4242')
    expect(error.cause).toBeUndefined()
  }
})

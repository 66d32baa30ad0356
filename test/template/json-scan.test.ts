/** @module The strict JSON scanner: what it accepts, what it refuses, and that it agrees with JSON.parse. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decodeUtf8, member, scan, slice, toValue } from '../../src/json.ts'
import { thrown } from './render.ts'

const VALID = [
  '0',
  '-0',
  '1.10',
  '1e2',
  '1E+2',
  '-1.5e-07',
  '9007199254740993',
  '123456789012345678901234567890',
  '""',
  '"a"',
  '"\\u0041\\n\\/\\"\\\\"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"\u2028\u007f"',
  '"\u0000"'.replace('\u0000', '\\u0000'),
  'true',
  'false',
  'null',
  '[]',
  '{}',
  ' [ ] ',
  '\t\r\n{ }\n',
  '[1,[2,[3]]]',
  '{"a":{"b":[null,true]}}',
  '{"":0}',
  '{"__proto__":{"x":1},"constructor":2}',
  '{"10":1,"2":2,"a":3}',
  '[1e400]',
  '"é😀"',
]

const INVALID = [
  '',
  ' ',
  '01',
  '-',
  '-01',
  '+1',
  '.5',
  '1.',
  '1.e1',
  '1e',
  '1e+',
  '0x1',
  'NaN',
  'Infinity',
  '-Infinity',
  '1_000',
  '- 1',
  '"',
  '"a',
  '"\\',
  '"\\u12"',
  '"\\u12G4"',
  '"\\u\u00104123"',
  '"\\x41"',
  '"\\\n"',
  '"\n"',
  '"\t"',
  '"\u0000"',
  "'a'",
  '"\\U0041"',
  '"\\u 041"',
  'tru',
  'True',
  'truee',
  'nul',
  'nulll',
  'undefined',
  '[',
  ']',
  '[1',
  '[1,',
  '[1,]',
  '[,1]',
  '[1 2]',
  '[1,,2]',
  '[1}',
  '{',
  '}',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  '{,}',
  '{a:1}',
  "{'a':1}",
  '{"a" 1}',
  '{"a":1 "b":2}',
  '{1:1}',
  '{"a":1]',
  '{"a"::1}',
  '1 2',
  '{} {}',
  '[]x',
  '// c\n1',
  '/* */1',
  '1;',
  '\ufeff{}',
  '\u00a01',
  '\v1',
  '\f1',
  '[1]\u2028',
  '{"amount": {{ card.number }}}',
]

describe('scan', () => {
  test.each(VALID)('accepts %j and agrees with JSON.parse', (text) => {
    const node = scan(text)
    expect(toValue(text, node)).toEqual(JSON.parse(text))
    expect(slice(text, node)).toBe(text.trim())
  })

  test.each(INVALID)('refuses %j as JSON.parse does', (text) => {
    expect(() => JSON.parse(text)).toThrow()
    thrown('invalid_json', () => scan(text))
  })

  test('gives offsets, spellings and decoded strings', () => {
    const text = ' {"a\\u0062" : [1.10, "x\\/y"]}'
    const node = scan(text)
    if (node.kind !== 'object') throw new Error(node.kind)
    const [entry] = node.entries
    expect(entry).toMatchObject({ key: 'ab', keyStart: 2, keyEnd: 11 })
    const list = member(node, 'ab')
    if (list?.kind !== 'array') throw new Error('no list')
    expect(list.items[0]).toMatchObject({ kind: 'number', raw: '1.10' })
    expect(list.items[1]).toMatchObject({ kind: 'string', value: 'x/y', escaped: true })
    expect(slice(text, list)).toBe('[1.10, "x\\/y"]')
    expect(member(node, 'none')).toBeUndefined()
  })

  test('refuses repeated keys, also spelled differently, in small and in large objects', () => {
    const twice = '{"card":1,"\\u0063ard":2}'
    expect(thrown('invalid_json', () => scan(twice)).message).toContain('a key is repeated')
    const many = Array.from({ length: 40 }, (_, i) => `"k${i}":0`)
    expect(toValue(`{${many.join(',')}}`)).toHaveProperty('k39')
    thrown('invalid_json', () => scan(`{${[...many, '"k3"  :0'].join(',')}}`))
    scan('{"a":{"a":1},"b":{"a":1}}')
  })

  test('treats __proto__ as an ordinary key', () => {
    const value = toValue('{"__proto__":{"polluted":true}}')
    expect(Object.keys(Object(value))).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.prototype).not.toHaveProperty('polluted')
  })

  test('stops at a depth, however deep the text is', () => {
    scan('['.repeat(64) + ']'.repeat(64))
    thrown('invalid_json', () => scan('['.repeat(65) + ']'.repeat(65)))
    for (const open of ['[', '{"a":', '[{"a":']) {
      const error = thrown('invalid_json', () => scan(open.repeat(100_000)))
      expect(error.message).toContain('nested too deeply')
    }
    scan('[[]]', { maxDepth: 2 })
    thrown('invalid_json', () => scan('[[]]', { maxDepth: 1 }))
  })

  test('says where, and never what', () => {
    const text = '{\n  "number": "4242424242424242",\n  "cvc": 737x\n}'
    const error = thrown('invalid_json', () => scan(text))
    expect(error.message).toBe(
      'Not valid JSON at line 3, column 13 (offset 46): a comma or a closing brace is expected.',
    )
    for (const bad of [
      '{"4242424242424242":1,"4242424242424242":2}',
      '["4242\n"]',
      '[4242424242424242.]',
    ]) {
      expect(thrown('invalid_json', () => scan(bad)).message).not.toContain('4242')
    }
  })

  test('agrees with JSON.parse on random values, spaced at random', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.constantFrom('', ' ', '\t', 2),
        (value, space) => {
          const text = JSON.stringify(value, null, space)
          expect(JSON.stringify(toValue(text))).toBe(JSON.stringify(JSON.parse(text)))
        },
      ),
    )
  })

  test('agrees with JSON.parse on damaged texts', () => {
    const damage = fc.tuple(
      fc.jsonValue({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom(...'{}[]",:\\0-.eE+ u\n\tt'),
    )
    fc.assert(
      fc.property(damage, fc.boolean(), ([value, seed, char], insert) => {
        const text = JSON.stringify(value)
        const at = seed % text.length
        const broken = text.slice(0, at) + char + text.slice(insert ? at : at + 1)
        const theirs = attempt(() => JSON.parse(broken))
        const ours = attempt(() => toValue(broken))
        if (ours.failed && !theirs.failed) expect(ours.message).toContain('a key is repeated')
        else expect(ours.failed).toBe(theirs.failed)
        if (!ours.failed) expect(JSON.stringify(ours.value)).toBe(JSON.stringify(theirs.value))
      }),
      { numRuns: 1000 },
    )
  })
})

test('decodeUtf8 refuses malformed UTF-8 and byte order marks', () => {
  expect(decodeUtf8(new TextEncoder().encode('{"é":"😀"}'))).toBe('{"é":"😀"}')
  for (const bytes of [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
    thrown('invalid_json', () => decodeUtf8(Uint8Array.from(bytes)))
  }
  const marked = Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])
  expect(thrown('invalid_json', () => decodeUtf8(marked)).message).toContain('byte order mark')
})

function attempt(call: () => unknown): { failed: boolean; value?: unknown; message: string } {
  try {
    return { failed: false, value: call(), message: '' }
  } catch (error) {
    return { failed: true, message: String(error) }
  }
}

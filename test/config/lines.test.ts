/**
 * @module Lines of keys in TOML of every form.
 */
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parse } from 'smol-toml'
import { keyLines, type Path } from '../../src/config/lines.ts'

const TEXT = `# [commented]  1
a = 1
"quoted.key" . b = "x # no comment [x]"
'lit' = '''
several
'' lines
''' # 7
[t] # a table
array = [ 1, # 9
  { x = 1, y = [
    2 ] }, # 11
  "]", ']', """
]
""", # 14
  5
] # 16
after.dotted.key = 1979-05-27T07:32:00Z
[t.sub]
s = """a\\"""b""\\
 \\"\\"\\"
""" # 21
z = ""
  [[list]] # 23
k = 1
[[list]]
k = 2
[list.inner]
q = true
[[list.deep]]
w = 1
[[list.deep]]
w = 2
[a_b-c]
1234 = 5`

test.each([
  [['a'], 2],
  [['quoted.key'], 3],
  [['quoted.key', 'b'], 3],
  [['lit'], 4],
  [['t'], 8],
  [['t', 'array'], 9],
  [['t', 'array', 1], 10],
  [['t', 'array', 1, 'x'], 10],
  [['t', 'array', 1, 'y', 0], 11],
  [['t', 'array', 2], 12],
  [['t', 'array', 4], 12],
  [['t', 'array', 5], 15],
  [['t', 'after', 'dotted', 'key'], 17],
  [['t', 'sub'], 18],
  [['t', 'sub', 's'], 19],
  [['t', 'sub', 'z'], 22],
  [['list', 0, 'k'], 24],
  [['list', 1], 25],
  [['list', 1, 'k'], 26],
  [['list', 1, 'inner', 'q'], 28],
  [['list', 1, 'deep', 0, 'w'], 30],
  [['list', 1, 'deep', 1, 'w'], 32],
  [['a_b-c', '1234'], 34],
  [['t', 'sub', 'missing'], 18],
  [['nowhere'], 1],
] as [Path, number][])('%p is on line %d', (path, line) => {
  expect(() => parse(TEXT)).not.toThrow()
  expect(keyLines(TEXT)(path)).toBe(line)
  expect(keyLines(TEXT.replaceAll('\n', '\r\n'))(path)).toBe(line)
})

test('ends on any text', () => {
  const piece = fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '"""',
    '=',
    '.',
    ',',
    '#',
    '\n',
    'a',
    '\\',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expect(keyLines(pieces.join(''))(['a'])).toBeGreaterThan(0)
    }),
    { numRuns: 2000 },
  )
})

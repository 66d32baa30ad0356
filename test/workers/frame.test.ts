/**
 * @module Frames give what was put in, in whatever pieces they arrive, and refuse what would come out as something else.
 */
import { expect, test } from 'bun:test'
import { encodeFrame, frameReader } from '../../src/workers/frame.ts'

/** What comes out when the bytes arrive in pieces of this size. */
function through(bytes: Buffer, size: number): readonly unknown[] {
  const values: unknown[] = []
  const read = frameReader((value) => values.push(value))
  for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size))
  return values
}

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1.5,
  Number.MAX_SAFE_INTEGER,
  '',
  'é \u2028 \ud800 "\\ \u0000 😀',
  9007199254740993n,
  -(2n ** 63n),
  Buffer.alloc(0),
  Buffer.from([0, 255, 8]),
  [],
  {},
  [1, [Buffer.from('a'), { b: Buffer.from('bc'), c: [null, 7n] }], Buffer.from('d')],
  { sql: 'insert', params: ['x', null, 3, Buffer.from('sealed')] },
]

test.each([1, 3, 7, 64, 1_000_000])('values in pieces of %d bytes', (size) => {
  expect(through(Buffer.concat(VALUES.map(encodeFrame)), size)).toEqual([...VALUES])
})

test('a frame of many megabytes', () => {
  const big = Buffer.alloc(5_000_000, 'x')
  const [value, after] = through(
    Buffer.concat([encodeFrame([big, 'y']), encodeFrame('next')]),
    65_536,
  )
  expect(value).toEqual([big, 'y'])
  expect(after).toBe('next')
})

test.each([
  [NaN],
  [[Infinity]],
  [{ $: 4 }],
  [new Map()],
  [{ at: new Date(0) }],
  [() => 1],
  [[Symbol('s')]],
])('%p is refused', (value) => {
  expect(() => encodeFrame(value)).toThrow(TypeError)
})

test('what is not there does not arrive', () => {
  expect(through(encodeFrame({ a: undefined, b: 1 }), 9)).toEqual([{ b: 1 }])
  expect(through(encodeFrame(undefined), 9)).toEqual([null])
})

/**
 * @module Sealed values open in their own place, whole and unchanged, and nowhere else.
 */
import { describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../src/errors.ts'
import { decrypt, encrypt, seal, unseal } from '../../src/vault/seal.ts'
import { corpus } from '../support/corpus.ts'

const key = { version: 7, key: randomBytes(32) }
const keyOf = (version: number): Buffer | undefined => (version === 7 ? key.key : undefined)
const place = ['ten_1', 'tok_1', 'number']

/** The code of the error that opening gives, or what was opened. */
function opened(sealed: Uint8Array, where: readonly string[] = place, keys = keyOf): string {
  try {
    return `opened: ${unseal(keys, sealed, where).toString()}`
  } catch (error) {
    return error instanceof GatewayError ? error.code : 'another error'
  }
}

test.each(['', 'x', '4999987110951988', 'Zoë 🦊', 'x'.repeat(100_000)])(
  '%# comes back',
  (plain) => {
    expect(unseal(keyOf, seal(key, plain, place), place).toString()).toBe(plain)
  },
)

test('bytes come back as they are, also from the middle of a larger buffer', () => {
  const bytes = randomBytes(64)
  const sealed = seal(key, bytes, place)
  const around = Buffer.concat([randomBytes(9), sealed, randomBytes(9)])
  expect(unseal(keyOf, around.subarray(9, -9), place)).toEqual(bytes)
})

test('every flipped bit is noticed', () => {
  const sealed = seal(key, 'some plain text', place)
  for (let at = 0; at < sealed.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at)
      expect(opened(changed), `byte ${at}, bit ${bit}`).toBe('integrity')
    }
  }
})

test('every other length is noticed', () => {
  const sealed = seal(key, 'some plain text', place)
  for (let length = 0; length < sealed.length; length++) {
    expect(opened(sealed.subarray(0, length))).toBe('integrity')
    expect(opened(sealed.subarray(sealed.length - length))).toBe('integrity')
  }
  expect(opened(Buffer.concat([sealed, Buffer.of(0)]))).toBe('integrity')
})

test('another place is noticed, also one that reads the same when its parts are joined', () => {
  const sealed = seal(key, 'x', place)
  for (const other of [
    ['ten_2', 'tok_1', 'number'],
    ['ten_1', 'tok_2', 'number'],
    ['ten_1', 'tok_1', 'holder'],
    ['tok_1', 'ten_1', 'number'],
    ['ten_1', 'tok_1'],
    ['ten_1', 'tok_1', 'number', ''],
    ['ten_1tok_1', '', 'number'],
    ['ten_1', 'tok_1number'],
    ['ten_', '1tok_1', 'number'],
    [],
  ]) {
    expect(opened(sealed, other), other.join()).toBe('integrity')
  }
  expect(opened(sealed)).toBe('opened: x')
})

test('another key is noticed, and an unknown version of it', () => {
  const sealed = seal(key, 'x', place)
  expect(opened(sealed, place, () => randomBytes(32))).toBe('integrity')
  expect(opened(sealed, place, () => undefined)).toBe('integrity')
  expect(opened(seal({ ...key, version: 8 }, 'x', place))).toBe('integrity')
})

test('no nonce comes twice, and the same value never looks the same', () => {
  const all = Array.from({ length: 5000 }, () => seal(key, 'x', place))
  expect(new Set(all.map((one) => one.subarray(5, 17).toString('hex'))).size).toBe(5000)
  expect(new Set(all.map((one) => one.subarray(17).toString('hex'))).size).toBe(5000)
})

test('the error tells the field and nothing of the value', () => {
  const sealed = seal(key, 'a secret', place)
  expect(() => unseal(keyOf, sealed.subarray(1), place)).toThrow('The stored number does not open.')
})

describe('Wycheproof', () => {
  interface Vector {
    readonly tcId: number
    readonly comment: string
    readonly iv: string
    readonly key: string
    readonly aad: string
    readonly msg: string
    readonly ct: string
    readonly tag: string
    readonly result: 'valid' | 'invalid' | 'acceptable'
  }
  interface Group {
    readonly keySize: number
    readonly ivSize: number
    readonly tagSize: number
    readonly tests: readonly Vector[]
  }
  const text = corpus('wycheproof/aes_gcm.json')
  const groups: readonly Group[] = text === null ? [] : JSON.parse(text).testGroups
  // What we never use: other sizes of key, nonce and tag.
  const ours = groups.filter(
    ({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128,
  )
  const hex = (value: string): Buffer => Buffer.from(value, 'hex')

  test.skipIf(text === null)('AES-256-GCM agrees with every vector of our sizes', () => {
    const vectors = ours.flatMap((group) => group.tests)
    expect(vectors.length).toBeGreaterThan(50)
    for (const { tcId, comment, result, ...vector } of vectors) {
      const [own, nonce, aad] = [hex(vector.key), hex(vector.iv), hex(vector.aad)]
      const sealed = hex(vector.ct + vector.tag)
      const told = `${tcId} ${comment}`
      if (result === 'valid') {
        expect(decrypt(own, nonce, sealed, aad).toString('hex'), told).toBe(vector.msg)
        expect(encrypt(own, nonce, hex(vector.msg), aad), told).toEqual(sealed)
      } else {
        expect(() => decrypt(own, nonce, sealed, aad), told).toThrow()
      }
    }
  })

  test.skipIf(text === null)('a short or long tag is refused', () => {
    for (const { key: own, iv, ct, tag, aad } of ours.flatMap((group) => group.tests).slice(0, 5)) {
      for (const other of [tag.slice(0, 24), tag.slice(0, 8), '', `${tag}00`]) {
        expect(() => decrypt(hex(own), hex(iv), hex(ct + other), hex(aad))).toThrow()
      }
    }
  })
})

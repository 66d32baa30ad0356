/** @module The kit's cryptography: what vectors do not reach, and that no error repeats what it was given. */
import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { GatewayError } from '../../src/errors.ts'
import { SIGNATURE_ALGORITHMS } from '../../src/sign/asymmetric.ts'
import { cryptoKit as crypto } from '../../src/sign/index.ts'

const CARD = '4242424242424242'
const PEM = {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
} as const
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048, ...PEM })
const KEYS: Record<string, { publicKey: string; privateKey: string }> = {
  rsa,
  ecdsa: generateKeyPairSync('ec', { namedCurve: 'P-256', ...PEM }),
  ed25519: generateKeyPairSync('ed25519', PEM),
}

/** The error of a call, which must be ours and must not repeat the card. */
function failure(call: () => unknown): GatewayError {
  try {
    call()
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    expect(`${error.message} ${error.param} ${error.hint} ${error.stack}`).not.toContain(CARD)
    return error
  }
  throw new Error('nothing was thrown')
}

/** A value of a type that the compiler would refuse, as JavaScript in a sandbox may send it. */
const wrong = (value: unknown) => value as never

describe('kit.crypto', () => {
  test('is frozen and holds functions alone', () => {
    expect(Object.isFrozen(crypto)).toBe(true)
    expect(Object.values(crypto).every((value) => typeof value === 'function')).toBe(true)
  })
})

describe('hash and hmac', () => {
  test('write every output', () => {
    expect(crypto.hash('md5', '')).toBe('d41d8cd98f00b204e9800998ecf8427e')
    expect(crypto.hash('md5', '', 'HEX')).toBe('D41D8CD98F00B204E9800998ECF8427E')
    expect(crypto.hash('md5', '', 'base64')).toBe('1B2M2Y8AsgTpgAmY7PhCfg==')
    expect(crypto.hash('md5', '', 'base64url')).toBe('1B2M2Y8AsgTpgAmY7PhCfg')
    expect(crypto.hash('md5', '', 'base64url-padded')).toBe('1B2M2Y8AsgTpgAmY7PhCfg==')
    expect(crypto.hash('md5', '', 'base64hex')).toBe(btoa('d41d8cd98f00b204e9800998ecf8427e'))
  })
  test('take bytes and UTF-8 text alike', () => {
    expect(crypto.hash('sha384', 'zł€')).toBe(crypto.hash('sha384', Buffer.from('zł€')))
    const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3)
    expect(crypto.hash('sha1', view)).toBe(crypto.hash('sha1', new Uint8Array([1, 2])))
  })
  test('read the same key from text, bytes, hex and base64', () => {
    const macs = [
      crypto.hmac('sha512', 'key', 'x'),
      crypto.hmac('sha512', Buffer.from('key'), 'x'),
      crypto.hmac('sha512', { hex: '6b6579' }, 'x'),
      crypto.hmac('sha512', { base64: 'a2V5' }, 'x'),
      crypto.hmac('sha512', { base64url: 'a2V5' }, 'x'),
    ]
    expect(new Set(macs).size).toBe(1)
  })
  test('refuse what is no hash, no data, no key', () => {
    expect(failure(() => crypto.hash(wrong('constructor'), '')).message).toBe(
      'hash: algorithm is none of md5, sha1, sha224, sha256, sha384, sha512',
    )
    expect(failure(() => crypto.hash('sha256', wrong(Number(CARD)))).param).toBe('data')
    expect(failure(() => crypto.hash(wrong(CARD), '')).param).toBe('algorithm')
    expect(failure(() => crypto.hmac('sha256', '', 'x')).message).toBe('hmac: key is empty')
    expect(failure(() => crypto.hmac('sha256', { hex: `${CARD}z` }, 'x')).message).toBe(
      'hmac: key is not hex',
    )
    expect(failure(() => crypto.hmac('sha256', wrong(null), 'x')).param).toBe('key')
    expect(failure(() => crypto.hmac('sha256', wrong({ pem: CARD }), 'x')).param).toBe('key')
    expect(failure(() => crypto.hash('md5', '', wrong('toString'))).param).toBe('output')
  })
})

describe('encode and decode', () => {
  test('are each the inverse of the other', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(Buffer.from(crypto.decode(crypto.encode(bytes, form), form)).equals(bytes)).toBe(true)
    }
    expect(crypto.encode(crypto.decode('zł€', 'utf8'), 'utf8')).toBe('zł€')
  })
  test('refuse what Buffer would cut off in silence', () => {
    for (const text of ['abc', '0g', '12 34'])
      expect(failure(() => crypto.decode(text, 'hex'))).toBeDefined()
    for (const text of ['a', 'a_b-', 'ab\n', '=ab'])
      expect(failure(() => crypto.decode(text))).toBeDefined()
    expect(failure(() => crypto.decode('€', 'latin1'))).toBeDefined()
    expect(failure(() => crypto.encode(new Uint8Array([0xff]), 'utf8')).message).toBe(
      'encode: output is not UTF-8',
    )
  })
})

describe('join', () => {
  const fields = { b: 'B', A: 1, c: null, d: true, e: false, f: '' }
  test('sorts by byte, writes null as nothing, and booleans as told', () => {
    expect(crypto.join(fields, { order: 'sorted' })).toBe('1Btruefalse')
    expect(crypto.join(fields, { order: 'sorted', booleans: 'php' })).toBe('1B1')
    expect(crypto.join({ '\u{10000}': 'z', '\uffff': 'y' }, { order: 'sorted' })).toBe('yz')
  })
  test('keeps the given order, delimits, wraps, pairs, skips', () => {
    expect(crypto.join(fields, { delimiter: '|' })).toBe('B|1||true|false|')
    expect(crypto.join(fields, { delimiter: '|', skip: 'null' })).toBe('B|1|true|false|')
    expect(crypto.join(fields, { delimiter: '|', skip: 'empty' })).toBe('B|1|true|false')
    expect(
      crypto.join(
        { b: 1, a: 2 },
        { order: 'sorted', names: 'upper', pair: '=', before: '<', after: '>' },
      ),
    ).toBe('<A=2B=1>')
    expect(crypto.join(fields, { order: 'sorted', except: ['d', 'e'] })).toBe('1B')
    expect(crypto.join([], { before: 's', after: 's' })).toBe('ss')
  })
  test('picks by path, own properties only', () => {
    const nested = { a: { b: 'x' }, 'c.d': 'whole', list: ['p', 'q'] }
    expect(
      crypto.join(nested, {
        order: ['c.d', 'a.b', 'list.1', 'a.none', 'a.toString'],
        delimiter: ',',
      }),
    ).toBe('whole,x,q,,')
  })
  test('refuses what has no one spelling', () => {
    expect(failure(() => crypto.join({ a: { number: CARD } })).message).toBe(
      'join: a is nested, or a number without a plain spelling: give it as text',
    )
    expect(failure(() => crypto.join({ a: [CARD] })).param).toBe('a')
    for (const value of [1e21, NaN, Infinity, 1e-7])
      expect(failure(() => crypto.join({ a: value })).param).toBe('a')
    expect(crypto.join({ a: -1.5, b: 0 }, { delimiter: ' ' })).toBe('-1.5 0')
    expect(failure(() => crypto.join(wrong(CARD))).param).toBe('values')
    expect(failure(() => crypto.join({}, { order: wrong('random') })).param).toBe('order')
    expect(failure(() => crypto.join({}, { names: wrong('__proto__') })).param).toBe('names')
  })
})

describe('exactJson', () => {
  test('keeps the spelling of numbers', () => {
    expect(crypto.exactJson('{"a":10.00,"b":[1E2,-0],"c":"1","d":12345678901234567890}')).toEqual({
      a: '10.00',
      b: ['1E2', '-0'],
      c: '1',
      d: '12345678901234567890',
    })
  })
  test('does not repeat what it cannot read', () => {
    expect(failure(() => crypto.exactJson(`{"n":${CARD}`)).message).toBe(
      'exactJson: text is not JSON',
    )
  })
})

describe('sign and verify', () => {
  for (const algorithm of SIGNATURE_ALGORITHMS) {
    const pair = KEYS[algorithm.split('-')[0] ?? ''] ?? rsa
    test(`${algorithm}: agree, and refuse another message, signature or kind of key`, () => {
      const made = crypto.sign(algorithm, pair.privateKey, 'message', 'hex')
      const check = (message: string, signature: string) =>
        crypto.verify(algorithm, pair.publicKey, message, signature, 'hex')
      expect(check('message', made)).toBe(true)
      expect(check('Message', made)).toBe(false)
      expect(check('message', made.slice(2))).toBe(false)
      expect(check('message', 'no hex')).toBe(false)
      expect(check('message', '')).toBe(false)
      const other = algorithm === 'ed25519' ? rsa : KEYS['ed25519']
      expect(failure(() => crypto.sign(algorithm, other?.privateKey ?? '', 'm')).message).toContain(
        `sign: key is not of the kind that ${algorithm} takes`,
      )
    })
  }
  test('take keys in base64 DER, without the lines of PEM', () => {
    const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '')
    const made = crypto.sign('rsa-sha256', bare(rsa.privateKey), 'm')
    expect(crypto.verify('rsa-sha256', bare(rsa.publicKey), 'm', made)).toBe(true)
    const pss = crypto.sign('rsa-pss-sha256', bare(rsa.privateKey), 'm')
    expect(crypto.verify('rsa-pss-sha256', rsa.publicKey, 'm', pss)).toBe(true)
  })
  test('refuse keys that are none, and private ones where public ones belong', () => {
    expect(failure(() => crypto.sign('rsa-sha256', CARD, 'm')).param).toBe('key')
    expect(failure(() => crypto.sign('rsa-sha256', rsa.publicKey, 'm')).param).toBe('key')
    expect(failure(() => crypto.verify('rsa-sha256', rsa.privateKey, 'm', '')).param).toBe('key')
    expect(failure(() => crypto.verify('rsa-sha256', wrong(undefined), 'm', '')).param).toBe('key')
  })
})

describe('encrypt and decrypt', () => {
  const key = { hex: '00112233445566778899aabbccddeeff' }
  test('draw a fresh IV, put it first, and read it again', () => {
    for (const algorithm of ['aes-cbc', 'aes-gcm'] as const) {
      const [one, two] = [1, 2].map(() => crypto.encrypt(algorithm, key, CARD, { iv: 'fresh' }))
      expect(one).not.toBe(two)
      expect(crypto.decrypt(algorithm, key, one ?? '', { iv: 'fresh' })).toBe(CARD)
    }
  })
  test('bind associated data, and tell a changed text', () => {
    const sealed = crypto.encrypt('aes-gcm', key, CARD, { iv: 'fresh', aad: 'a' }, 'hex')
    const read = (text: string, aad: string) =>
      crypto.decrypt('aes-gcm', key, text, { iv: 'fresh', aad, from: 'hex' })
    expect(read(sealed, 'a')).toBe(CARD)
    const message = 'decrypt: data does not decrypt under this key'
    expect(failure(() => read(sealed, 'b')).message).toBe(message)
    expect(
      failure(() =>
        read(
          sealed.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
          'a',
        ),
      ).message,
    ).toBe(message)
    expect(failure(() => read(sealed.slice(0, 20), 'a')).message).toBe(message)
    const cbc = crypto.encrypt('aes-cbc', key, CARD, { iv: new Uint8Array(16) })
    const zeros = { iv: { utf8: '\0'.repeat(16) } }
    expect(crypto.encrypt('aes-cbc', key, CARD, zeros)).toBe(cbc)
    expect(crypto.decrypt('aes-cbc', key, cbc, zeros)).toBe(CARD)
    expect(
      failure(() =>
        crypto.decrypt('aes-cbc', { hex: `${key.hex}${key.hex}` }, cbc, { iv: new Uint8Array(16) }),
      ).message,
    ).toBe(message)
  })
  test('pad as told', () => {
    const iv = new Uint8Array(8)
    const des = { hex: '0123456789abcdef23456789abcdef01456789abcdef0123' }
    const sealed = (text: string, padding: 'zero' | 'pkcs7' | 'none') =>
      crypto.encrypt('3des-cbc', des, text, { iv, padding }, 'hex').length / 2
    expect([
      sealed('12345678', 'zero'),
      sealed('123456789', 'zero'),
      sealed('12345678', 'pkcs7'),
    ]).toEqual([8, 16, 16])
    expect(failure(() => sealed('1234567', 'none')).param).toBe('iv or padding')
  })
  test('refuse keys and IVs of another length', () => {
    const iv = new Uint8Array(16)
    expect(failure(() => crypto.encrypt('aes-cbc', 'short', 'x', { iv })).message).toBe(
      'encrypt: key is not 16, 24, 32 bytes',
    )
    expect(
      failure(() => crypto.encrypt('aes-cbc', key, CARD, { iv: new Uint8Array(3) })).param,
    ).toBe('iv or padding')
    expect(failure(() => crypto.encrypt(wrong('aes-ecb'), key, CARD, { iv })).param).toBe(
      'algorithm',
    )
  })
})

describe('rsaEncrypt and rsaDecrypt', () => {
  test('agree for OAEP', () => {
    for (const padding of ['oaep-sha1', 'oaep-sha256', 'oaep-sha384', 'oaep-sha512'] as const) {
      const sealed = crypto.rsaEncrypt(padding, rsa.publicKey, CARD)
      expect(crypto.rsaDecrypt(padding, rsa.privateKey, sealed)).toBe(CARD)
    }
  })
  test('write PKCS#1 v1.5 and do not read it', () => {
    expect(crypto.rsaEncrypt('pkcs1', rsa.publicKey, CARD, 'hex')).toHaveLength(512)
    expect(failure(() => crypto.rsaDecrypt(wrong('pkcs1'), rsa.privateKey, '')).param).toBe(
      'padding',
    )
  })
  test('do not repeat what is too long', () => {
    expect(
      failure(() => crypto.rsaEncrypt('oaep-sha512', rsa.publicKey, CARD.repeat(20))).message,
    ).toBe('rsaEncrypt: key is not RSA, or too short for the data')
    expect(failure(() => crypto.rsaDecrypt('oaep-sha1', rsa.privateKey, 'AAAA')).param).toBe('data')
  })
})

describe('equal and random', () => {
  test('compare whole texts', () => {
    expect(crypto.equal('abc', Buffer.from('abc'))).toBe(true)
    expect(crypto.equal('abc', 'abcd')).toBe(false)
    expect(crypto.equal('', '')).toBe(true)
    expect(failure(() => crypto.equal(wrong(undefined), '')).param).toBe('left')
  })
  test('draw as many bytes as asked', () => {
    expect(crypto.random(16)).toMatch(/^[0-9a-f]{32}$/)
    expect(crypto.random(16)).not.toBe(crypto.random(16))
    for (const length of [0, 1025, 1.5, NaN])
      expect(failure(() => crypto.random(length)).param).toBe('length')
  })
})

describe('redsys', () => {
  test('derives the key of version 2 from the text of the key', () => {
    const [secret, order, data] = ['sq7HjrUOBfKmC576ILgskD5srU870gJ7', '1446068581', 'e30']
    const iv = new Uint8Array(16)
    const key = crypto.encrypt('aes-cbc', 'sq7HjrUOBfKmC576', order, { iv })
    expect(crypto.redsys('HMAC_SHA512_V2', secret, order, data)).toBe(
      crypto.hmac('sha512', key, data, 'base64url'),
    )
    expect(failure(() => crypto.redsys('HMAC_SHA256_V1', 'short', order, data)).param).toBe('key')
    expect(failure(() => crypto.redsys('HMAC_SHA256_V1', secret, '', data)).param).toBe('order')
  })
})

describe('anything at all', () => {
  const junk: readonly unknown[] = [
    ...[undefined, null, true, 0, -1, 1e21, NaN, '', CARD, 'sha256', 'aes-cbc', 'aes-gcm', 'hex'],
    ...['rsa-sha256', 'oaep-sha256', 'HMAC_SHA256_V1', 'constructor', '__proto__', rsa.publicKey],
    ...[
      [],
      [CARD],
      [undefined],
      {},
      { hex: CARD },
      { hex: 1 },
      { a: { b: CARD } },
      { iv: 'fresh' },
    ],
    ...[
      { iv: null },
      { order: [1] },
      { except: 1 },
      { delimiter: 1 },
      { order: 'sorted', pair: {} },
    ],
    ...[new Uint8Array(16), new Uint8Array(0), new Date(0), () => CARD, Symbol('s'), 10n],
  ]
  // A small linear generator: the same calls on every run.
  let state = 42
  const next = (below: number) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
  for (const [name, call] of Object.entries(crypto)) {
    test(`${name} fails with our own error or not at all`, () => {
      for (let round = 0; round < 2000; round++) {
        const args = Array.from({ length: next(6) }, () => junk[next(junk.length)])
        try {
          Reflect.apply(call, undefined, args)
        } catch (error) {
          const text = args.map((arg) => Bun.inspect(arg)).join(', ')
          if (!(error instanceof GatewayError))
            throw new Error(`${name}(${text}): ${String(error)}`)
          expect(`${error.message} ${error.param}`).not.toContain(CARD)
        }
      }
    })
  }
})

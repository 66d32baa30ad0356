/** @module Every signing vector, through the program's own functions: those of the repository, and the larger collection. */
import { describe, expect, test } from 'bun:test'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compactVerify, flattenedVerify, importJWK, type JWK } from 'jose'
import { applyScheme, decryptJwe } from '../../src/sign/index.ts'
import { TEST_REQUEST, parsed, request } from './requests.ts'
import { RUNNERS } from './runners.ts'
import { SHARED, type Vector, cookbook, hasShared, own, sharedVectors } from './vectors.ts'

function run(vectors: readonly Vector[]): void {
  vectors.forEach(({ scheme, name, source, inputs, expected }, index) => {
    test(`${index} ${scheme}: ${name} (${source})`, async () => {
      const runner = RUNNERS[scheme]
      if (!runner) throw new Error(`no runner for ${scheme}`)
      expect(await runner(inputs, expected, name)).toBe(expected)
      // And says no where something else is expected.
      const wrong = (expected.startsWith('A') ? 'B' : 'A') + expected.slice(1)
      const of = async () => runner(inputs, wrong, name)
      expect(await of().catch(() => 'an error')).not.toBe(wrong)
    })
  })
}

describe('published vectors', () => {
  run(own)
  test('are of every kind that has a runner, but for those without a published one', () => {
    const kinds = new Set(own.map(({ scheme }) => scheme))
    expect(Object.keys(RUNNERS).filter((kind) => !kinds.has(kind))).toEqual([
      'rs256-hex-body',
      'cybersource-http-signature',
      'cybersource-jwt-hs256',
      'migs-vpc-hmac-sha256',
      'nuvei-checksum',
      'oauth1-rsa-sha256',
      'praxis-1.3-ordered-values-sha384',
      'redsys-hmac-sha256-v1-request',
      'solidgate-hmac-sha512',
    ])
  })
})

describe('the collection beside the repository', () => {
  const lists = sharedVectors()
  const count = lists.reduce((sum, [, vectors]) => sum + vectors.length, 0)
  console.log(
    hasShared
      ? `signing vectors: ${count} of the collection and ${own.length} of the repository are run`
      : 'signing vectors: those of the collection are skipped, because the folder shared/vectors is absent',
  )
  for (const [file, vectors] of lists) describe(file, () => run(vectors))
  test.skipIf(!hasShared)(`holds what was counted when it was made (${SHARED.slice(-14)})`, () => {
    expect(count).toBe(179)
  })
})

/** RFC 7520, and why an example of it is not run. */
const REFUSED: Readonly<Record<string, string>> = {
  '5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json':
    'RSA1_5 is not offered: jose leaves it out, because decrypting it answers a padding oracle',
}

/** Files of the collection that are no lists of vectors, and what is done with them. */
const NO_LISTS: Readonly<Record<string, string>> = {
  'rfc9421_messages.json':
    'the message that RFC 9421, B.2 signs: the one in requests.ts, compared below',
  'rfc7520/_verified.json': 'how the cookbook was checked when it was gathered: no vector',
}

describe.skipIf(!hasShared)('of the collection, nothing is left out', () => {
  const files = readdirSync(hasShared ? SHARED : '.', { recursive: true }).map(String)
  const examples = cookbook().map(([file]) => `rfc7520/${file}`)
  const lists = sharedVectors().filter(([, vectors]) => vectors.length > 0)
  const run = [...lists.map(([file]) => file), ...examples, ...Object.keys(NO_LISTS)]
  test('each file is run, or listed with a reason, and each that is listed is there', () => {
    const all = files
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.replaceAll('\\', '/'))
    expect(run.toSorted()).toEqual(all.toSorted())
    // Every other kind of file would have to be looked at.
    expect(files.filter((file) => !file.endsWith('.json'))).toEqual(['rfc7520'])
  })
  test('each entry is whole, and has a runner', () => {
    const wrong = lists.flatMap(([file, vectors]) =>
      vectors.flatMap(({ scheme, name, source, inputs, expected }) =>
        Object.hasOwn(RUNNERS, scheme) &&
        [name, source, expected].every((one) => typeof one === 'string' && one !== '') &&
        Object.keys(inputs).length > 0
          ? []
          : [`${file}: ${name}`],
      ),
    )
    expect(wrong).toEqual([])
  })
  test('each example of the cookbook that is refused is there, and in the README', () => {
    const readme = readFileSync(join(import.meta.dir, 'README.md'), 'utf8')
    for (const [file, reason] of Object.entries(REFUSED)) {
      expect(examples).toContain(`rfc7520/${file}`)
      expect(readme).toContain(reason.split(':')[0]?.split(' ')[0] ?? '?')
    }
  })
  test('the message of RFC 9421 is the one that is signed here', () => {
    const { test_request } = JSON.parse(readFileSync(join(SHARED, 'rfc9421_messages.json'), 'utf8'))
    expect(parsed(test_request)).toEqual(parsed(TEST_REQUEST))
  })
})

interface Example {
  readonly input: {
    readonly payload?: string
    readonly plaintext?: string
    readonly key: JWK & { readonly kid?: string; readonly k?: string }
    readonly alg: string
    readonly enc?: string
  }
  readonly signing?: { readonly protected: { readonly alg: string; readonly kid: string } }
  readonly output: { readonly compact: string; readonly json_flat?: { readonly signature: string } }
}

describe('the cookbook of JOSE, RFC 7520', () => {
  for (const [file, value] of cookbook()) {
    const { input, signing, output } = value as Example
    const reason = REFUSED[file]
    if (reason !== undefined) {
      test(`${file} is refused: ${reason}`, async () => {
        const refused = decryptJwe(output.compact, JSON.stringify(input.key), 'jwk')
        expect(refused).rejects.toThrow('does not decrypt')
      })
    } else if (signing === undefined) {
      test(`${file} decrypts`, async () => {
        const plain = await decryptJwe(output.compact, JSON.stringify(input.key), 'jwk')
        expect(Buffer.from(plain).toString()).toBe(input.plaintext ?? '')
      })
    } else {
      test(`${file} verifies, and is signed the same where there is no chance in it`, async () => {
        const payload = Buffer.from(input.payload ?? '')
        const key = await importJWK(input.key, input.alg)
        const detached = output.compact.includes('..')
        const parameters = {
          algorithm: input.alg,
          key: 'key',
          key_format: 'jwk',
          protected: { kid: signing.protected.kid },
          detached,
          header: 'x-jws',
        }
        const req = request('POST', 'https://psp.test/', {}, payload)
        const credentials = { key: JSON.stringify(input.key) }
        const { headers } = await applyScheme('jws', parameters, req, credentials, {
          now: 0,
          nonce: '',
        })
        const made = headers['x-jws'] ?? ''
        if (/^(?:HS|RS)/.test(input.alg)) expect(made).toBe(output.compact)
        const whole = (jws: string) => {
          const [head = '', , signature = ''] = jws.split('.')
          return { protected: head, payload: payload.toString('base64url'), signature }
        }
        const publicKey =
          input.key.kty === 'oct' ? key : await importJWK(publicOf(input.key), input.alg)
        for (const jws of [made, output.compact]) {
          const { payload: seen } = await flattenedVerify(whole(jws), publicKey)
          expect(Buffer.from(seen).equals(payload)).toBe(true)
        }
        if (!detached) await compactVerify(made, publicKey)
      })
    }
  }
})

function publicOf(key: JWK): JWK {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest } = key
  return rest
}

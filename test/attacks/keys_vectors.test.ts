/**
 * @module What our cryptography is made of: nonces that never repeat, keys that wear out, and Wycheproof's vectors whole.
 */
import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { compactVerify, createLocalJWKSet, importJWK, type JWK } from 'jose'
import { isAccessForm } from '../../src/auth/jwt_form.ts'
import { JWS_ALGORITHMS } from '../../src/sign/schemes/jws.ts'
import { decryptJwe } from '../../src/sign/schemes/jwe.ts'
import { hmacBytes } from '../../src/sign/hmac.ts'
import { dataKeys } from '../../src/store/schema.ts'
import { openKeyring } from '../../src/vault/keyring.ts'
import { decrypt, encrypt, seal, unseal } from '../../src/vault/seal.ts'
import { SEALED } from '../../src/vault/sealed_columns.ts'
import { wearOf, WORN } from '../../src/vault/wear.ts'
import { corpus } from '../support/corpus.ts'
import { openAll, plainOf, sealedWorld } from '../vault/sealed_world.ts'

const LONG = process.env['PANGATE_TEST_LONG'] === '1'

test('K05 nonces of so many sealed values: no two are equal', () => {
  const count = LONG ? 10_000_000 : 300_000
  const key = { version: 1, key: randomBytes(32) }
  // The first eight of the twelve bytes: if those are all different, so are the nonces.
  const starts = new BigUint64Array(count)
  for (let at = 0; at < count; at++) starts[at] = seal(key, '', ['x']).readBigUInt64LE(5)
  starts.sort()
  let repeated = 0
  for (let at = 1; at < count; at++) if (starts[at] === starts[at - 1]) repeated++
  console.log(`K05: ${count} nonces`)
  expect(repeated).toBe(0)
}, 300_000)

test('K05 a key seals 2^32 values and no more, and is told of at half of them', async () => {
  const name = { tenant: 'ten_x', purpose: 'data', version: 1 } as const
  const almost = wearOf(name, 2 ** 32 - 2)
  almost.spend()
  almost.spend()
  expect(() => almost.spend()).toThrow('worn out')
  expect(WORN).toBe(2 ** 31)
  // What was sealed is written down when the program ends, and counts from there.
  const world = await sealedWorld(1, 3)
  await world.server.close()
  const [row] = (await world.store.db.select().from(dataKeys)).filter(
    ({ tenant_id, purpose }) => tenant_id === world.tenants[0] && purpose === 'data',
  )
  expect(row?.sealed).toBe(3 * 9)
  await world.store.write(world.store.db.update(dataKeys).set({ sealed: 2 ** 32 }))
  const later = await openKeyring(world.store, world.master)
  const error: unknown = await later
    .seal(world.tenants[0] ?? '', 'x', ['x'])
    .catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'storage_unavailable' })
  expect(Object(error).hint).toContain('pangate data-key rotate')
  expect((await openAll(world.store, later, world.tenants[0] ?? '')).count).toBe(27)
  await world.store.close()
})

test('K03 every byte of every sealed column, and every value in every other place', async () => {
  const world = await sealedWorld(2, 2)
  const { store, server } = world
  const all: { tenant: string; place: readonly string[]; sealed: Buffer }[] = []
  for (const tenant of world.tenants) {
    for (const { table, key, owned, columns } of SEALED) {
      const fields = Object.fromEntries(
        [...key, ...columns.map(({ column }) => column)].map((one) => [one.name, one]),
      )
      for (const row of await store.db.select(fields).from(table).where(owned(tenant))) {
        const parts = key.map(({ name }) =>
          typeof row[name] === 'boolean' ? Number(row[name]) : String(row[name]),
        )
        for (const { column, placeOf } of columns) {
          const sealed = row[column.name]
          if (Buffer.isBuffer(sealed)) all.push({ tenant, place: placeOf(tenant, parts), sealed })
        }
      }
    }
  }
  expect(all).toHaveLength(2 * 2 * 9)
  let tried = 0
  const refused = async (tenant: string, sealed: Buffer, place: readonly string[]) => {
    const error: unknown = await server.unseal(tenant, sealed, place).catch((one: unknown) => one)
    expect(error).toMatchObject({ code: 'integrity' })
    tried++
  }
  for (const { tenant, place, sealed } of all) {
    expect((await server.unseal(tenant, sealed, place)).toString()).toBe(plainOf(tenant, place))
    for (const other of all) {
      if (other.sealed !== sealed) await refused(other.tenant, sealed, other.place)
    }
  }
  for (const { tenant, place, sealed } of all.slice(0, 9)) {
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      await refused(tenant, changed, place)
    }
  }
  console.log(`K03: ${tried} values refused`)
  await world.close()
}, 30_000)

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly flags?: readonly string[]
  readonly [name: string]: unknown
}
interface Group {
  readonly [name: string]: unknown
  readonly private?: JWK
  readonly public?: JWK
  readonly tests: readonly Vector[]
}

/** A corpus, by its name; no groups where it is not there. */
function groupsOf(name: string): readonly Group[] {
  const text = corpus(`wycheproof/${name}.json`)
  return text === null ? [] : JSON.parse(text).testGroups
}
const GCM = groupsOf('aes_gcm')
const HMAC = groupsOf('hmac_sha256')
const JWE = groupsOf('json_web_encryption')
const JWS = groupsOf('json_web_signature')

const hex = (value: unknown): Buffer => Buffer.from(String(value), 'hex')

test.skipIf(GCM.length === 0)(
  'K08 AES-GCM: every vector of Wycheproof with our sizes, sealed and opened',
  () => {
    const groups = GCM.filter(
      ({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128,
    )
    let count = 0
    for (const { key, iv, aad, msg, ct, tag, result, tcId } of groups.flatMap(
      ({ tests }) => tests,
    )) {
      const sealed = Buffer.concat([hex(ct), hex(tag)])
      const open = () => decrypt(hex(key), hex(iv), sealed, hex(aad)).toString('hex')
      if (result === 'valid') {
        expect(open(), `${tcId}`).toBe(String(msg))
        expect(encrypt(hex(key), hex(iv), hex(msg), hex(aad)), `${tcId}`).toEqual(sealed)
      } else expect(open, `${tcId}`).toThrow()
      count++
    }
    console.log(`K08: ${count} vectors of AES-256-GCM`)
    expect(() => unseal(() => randomBytes(32), randomBytes(60), ['x'])).toThrow('does not open')
  },
)

test.skipIf(HMAC.length === 0)('K08 HMAC-SHA-256: every vector of Wycheproof', () => {
  let count = 0
  for (const { tests, tagSize } of HMAC) {
    for (const { key, msg, tag, result, tcId } of tests) {
      const made = hmacBytes('sha256', hex(key), hex(msg)).subarray(0, Number(tagSize) / 8)
      expect(made.equals(hex(tag)), `${tcId}`).toBe(result === 'valid')
      count++
    }
  }
  console.log(`K08: ${count} vectors of HMAC-SHA-256`)
})

/** What jose does not have, or we leave out, is refused, which is the safe side. */
const LEFT_OUT: readonly unknown[] = ['RSA1_5', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW']

test.skipIf(JWE.length === 0)(
  'K08 JWE: every vector of Wycheproof, as answers of a PSP are opened',
  async () => {
    let count = 0
    let refused = 0
    for (const { tests, private: key } of JWE) {
      for (const { tcId, comment, result, jwe, pt } of tests) {
        const opened = await decryptJwe(String(jwe), JSON.stringify(key), 'jwk').then(
          (bytes) => Buffer.from(bytes).toString('hex'),
          () => null,
        )
        const left = LEFT_OUT.includes(key?.alg)
        expect(opened, `${tcId} ${comment}`).toBe(result === 'valid' && !left ? String(pt) : null)
        if (left && result === 'valid') refused++
        count++
      }
    }
    console.log(`K08: ${count} vectors of JWE, ${refused} of algorithms that are left out`)
  },
)

/**
 * Their key names another algorithm than their header does, or one that is none; or they hold what base64url does not.
 * An empty payload is none of a token either.
 */
const NOT_TAKEN: readonly number[] = [...[346, 347, 350, 351], ...[372, 373]]

/** Called invalid for their padding, which the corpus has lost: what is left is a valid one, letter for letter. */
const WITHOUT_THEIR_FAULT: readonly number[] = [367, 370]

test.skipIf(JWS.length === 0)(
  'K08 JWS: every vector of Wycheproof, as access tokens are verified',
  async () => {
    let count = 0
    for (const { tests, private: own, public: shown } of JWS) {
      for (const { tcId, comment, result, jws } of tests) {
        const text = String(jws)
        const verified = await verifies(text, own, shown)
        const empty = text.split('.')[1] === ''
        const valid = result === 'valid' || WITHOUT_THEIR_FAULT.includes(tcId)
        const wanted = valid && !empty && !NOT_TAKEN.includes(tcId)
        expect(verified, `${tcId} ${comment}`).toBe(wanted)
        count++
      }
    }
    console.log(`K08: ${count} vectors of JWS`)
  },
)

/** By its written form first, as src/auth does. */
async function verifies(text: string, own?: JWK, shown?: JWK): Promise<boolean> {
  try {
    isAccessForm(text)
  } catch (error) {
    // Payloads of the corpus are no JSON; tokens are.
    if (String(error).includes('RFC 7515')) return false
  }
  try {
    if (shown) {
      const keys = createLocalJWKSet({ keys: [shown] })
      await compactVerify(text, keys, { algorithms: JWS_ALGORITHMS })
    } else {
      const key = await importJWK(own ?? {}, own?.alg)
      await compactVerify(text, key, { algorithms: [own?.alg ?? ''] })
    }
    return true
  } catch {
    // Which of its reasons does not matter.
    return false
  }
}

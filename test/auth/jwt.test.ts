/**
 * @module Forged and broken access tokens: every one of them is refused, in the same words.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHmac, sign as signBytes, generateKeyPairSync } from 'node:crypto'
import { exportSPKI, importJWK, SignJWT, type JWK } from 'jose'
import { signingKeys } from '../../src/store/schema.ts'
import { as, startGateway, type TestGateway } from '../support/gateway.ts'

const NOW = Date.parse('2027-03-01T12:00:00Z')
const SECONDS = NOW / 1000
let shop: TestGateway
let client: string
let good: string
let privateJwk: JWK
let publicJwk: JWK

beforeAll(async () => {
  shop = await startGateway({ clock: () => NOW })
  const made = await shop.call('POST', '/v1/clients', { scopes: ['tokens:read'] })
  client = made.textAt('id')
  good = await shop.gateway.issuer.issue(client, shop.tenant, ['tokens:read'])
  const row = await shop.gateway.store.db.select().from(signingKeys).get()
  if (!row) throw new Error('there is no signing key')
  const place = ['signing key', row.id]
  privateJwk = JSON.parse(shop.gateway.keyring.unsealOwn(row.sealed_private_jwk, place).toString())
  publicJwk = JSON.parse(row.public_jwk)
})
afterAll(() => shop.close())

const claims = () => ({
  iss: shop.gateway.issuer.url,
  aud: 'pangate',
  sub: client,
  tenant: shop.tenant,
  scope: 'tokens:read',
  iat: SECONDS,
  exp: SECONDS + 60,
})
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signed by our own key, with claims and header of the test's choice. `undefined` leaves a claim out. */
async function signed(payload: object = {}, header: object = {}): Promise<string> {
  const token = new SignJWT({ ...claims(), ...payload })
  token.setProtectedHeader({ alg: 'EdDSA', kid: publicJwk.kid ?? '', typ: 'at+jwt', ...header })
  return token.sign(await importJWK(privateJwk, 'EdDSA'))
}

/** Header and payload as they are, with a signature of the test's making over them. */
function crafted(header: object, signature: (input: string) => Buffer | string): string {
  const input = `${part(header)}.${part(claims())}`
  const made = signature(input)
  return `${input}.${typeof made === 'string' ? made : made.toString('base64url')}`
}

const hmac = (key: string | Buffer) => (input: string) =>
  createHmac('sha256', key).update(input).digest()

const FORGERIES: readonly (readonly [string, () => string | Promise<string>])[] = [
  ['alg none', () => crafted({ alg: 'none' }, () => '')],
  ['alg None', () => crafted({ alg: 'None', kid: publicJwk.kid }, () => '')],
  ['no alg', () => crafted({ kid: publicJwk.kid }, () => '')],
  [
    'alg none with the signature of another',
    () => crafted({ alg: 'none' }, () => good.split('.')[2] ?? ''),
  ],
  [
    'HS256 with the bytes of the public key',
    () =>
      crafted(
        { alg: 'HS256', kid: publicJwk.kid },
        hmac(Buffer.from(publicJwk.x ?? '', 'base64url')),
      ),
  ],
  [
    'HS256 with the text of the public key',
    () => crafted({ alg: 'HS256', kid: publicJwk.kid }, hmac(publicJwk.x ?? '')),
  ],
  [
    'HS256 with the public key as PEM',
    async () => {
      const key = await importJWK(publicJwk, 'EdDSA')
      if (key instanceof Uint8Array) throw new Error('not a key pair')
      return crafted({ alg: 'HS256', kid: publicJwk.kid }, hmac(await exportSPKI(key)))
    },
  ],
  ['HS256 with an empty key', () => crafted({ alg: 'HS256', kid: publicJwk.kid }, hmac(''))],
  [
    'a key of its own in the header',
    () => {
      const pair = generateKeyPairSync('ed25519')
      const jwk = pair.publicKey.export({ format: 'jwk' })
      return crafted({ alg: 'EdDSA', jwk }, (input) =>
        signBytes(null, Buffer.from(input), pair.privateKey),
      )
    },
  ],
  [
    'another key under our name',
    () => {
      const { privateKey } = generateKeyPairSync('ed25519')
      return crafted({ alg: 'EdDSA', kid: publicJwk.kid }, (input) =>
        signBytes(null, Buffer.from(input), privateKey),
      )
    },
  ],
  ['an empty signature', () => good.replace(/[^.]*$/, '')],
  ['a signature cut short', () => good.slice(0, -4)],
  [
    'a signature with a bit flipped',
    () => good.replace(/[^.]{8}$/, (end) => [...end].reverse().join('')),
  ],
  ['two parts', () => good.split('.').slice(0, 2).join('.')],
  ['four parts', () => `${good}.x`],
  [
    'a payload of another',
    () =>
      good
        .split('.')
        .with(1, part({ ...claims(), scope: 'admin' }))
        .join('.'),
  ],
  ['a payload that is no JSON', () => good.split('.').with(1, 'bm9wZQ').join('.')],
  ['an unknown kid', () => signed({}, { kid: 'nope' })],
  [
    'a critical header we do not know',
    () => crafted({ alg: 'EdDSA', crit: ['x'], x: 1 }, () => good.split('.')[2] ?? ''),
  ],
  ['another issuer', () => signed({ iss: 'https://evil.example' })],
  ['no issuer', () => signed({ iss: undefined })],
  ['another audience', () => signed({ aud: 'someone' })],
  ['no audience', () => signed({ aud: undefined })],
  ['no exp', () => signed({ exp: undefined })],
  ['an exp that is no number', () => signed({ exp: 'later' })],
  ['an exp in the past', () => signed({ exp: SECONDS - 10 })],
  ['no iat', () => signed({ iat: undefined })],
  ['an nbf ahead', () => signed({ nbf: SECONDS + 60 })],
  ['no subject', () => signed({ sub: undefined })],
  ['an unknown client', () => signed({ sub: 'client_00000000000000000000000000' })],
  ['the client of another tenant', () => signed({ tenant: 'ten_00000000000000000000000000' })],
  ['no tenant', () => signed({ tenant: undefined })],
]

test('the tokens these are made from are good', async () => {
  for (const token of [good, await signed()]) {
    expect((await shop.call('GET', '/v1/tokens', undefined, as(token))).status).toBe(200)
  }
})

test.each(FORGERIES)('%s is refused', async (_, make) => {
  const answer = await shop.call('GET', '/v1/tokens', undefined, as(await make()))
  expect(answer.status).toBe(401)
  expect(answer.at('error')).toMatchObject({
    code: 'unauthenticated',
    message: 'The credentials are not valid.',
    sent: 'no',
  })
})

test('scopes beyond those of the client are not had', async () => {
  for (const scope of ['tokens:write', ['tokens:write'], 'tokens:write admin', '*']) {
    const answer = await shop.call('POST', '/v1/tokens', {}, as(await signed({ scope })))
    expect(answer.status).toBe(403)
  }
})

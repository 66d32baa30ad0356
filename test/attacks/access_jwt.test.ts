/**
 * @module Forged, borrowed and confused access tokens at the executable: all are refused, in one way, and nobody is asked for keys but the issuer.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  constants,
  createHmac,
  generateKeyPairSync,
  sign as signBytes,
  type KeyObject,
} from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompactEncrypt } from 'jose'
import { install, type Installed, type Served } from '../support/installed.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const mallory = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const malloryRsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const shared = Buffer.alloc(32, 9)

const published = [
  { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256', use: 'sig' },
  { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig' },
  { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'enc', use: 'enc' },
  { kty: 'oct', k: shared.toString('base64url'), kid: 'oct' },
]

/** Paths that were asked for at the issuer's server, and at the attacker's. */
const asked: string[] = []
let issuer: Bun.Server<undefined>
let evil: Bun.Server<undefined>
let installed: Installed
let served: Served
let other: string
beforeAll(async () => {
  issuer = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      asked.push(new URL(request.url).pathname)
      return Response.json({ keys: published })
    },
  })
  evil = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch() {
      asked.push('evil')
      const jwk = { ...mallory.publicKey.export({ format: 'jwk' }), kid: 'ec' }
      return Response.json({ keys: [jwk] })
    },
  })
  installed = await install()
  other = String(JSON.parse(await installed.command('tenant', 'create', 'other', '--json')).id)
  appendFileSync(
    join(installed.dir, 'pangate.toml'),
    `\n[[auth.issuers]]\nissuer = "${issuer.url.origin}"\njwks_url = "${issuer.url.origin}/jwks"\naudience = "pangate-api"\ntenant = "shop"\n`,
  )
  served = await installed.serve()
}, 20_000)
afterAll(async () => {
  await served.program.stop()
  await Promise.all([issuer.stop(true), evil.stop(true)])
})

const now = (): number => Math.floor(Date.now() / 1000)
const claims = () => ({
  iss: issuer.url.origin,
  aud: 'pangate-api',
  sub: 'service',
  scope: 'tokens:read',
  iat: now(),
  exp: now() + 600,
})
const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

type Signer = (input: string) => Buffer
const es =
  (key: KeyObject = ec.privateKey, hash = 'sha256'): Signer =>
  (input) =>
    signBytes(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
const rs =
  (key: KeyObject = rsa.privateKey, pss = false): Signer =>
  (input) =>
    signBytes('sha256', Buffer.from(input), {
      key,
      ...(pss && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
    })
const hs =
  (secret: string | Buffer): Signer =>
  (input) =>
    createHmac('sha256', secret).update(input).digest()

/** A token of header and claims, which may be texts, under any signature; by default a good one. */
function token(header: unknown, payload: unknown = claims(), signer: Signer = es()): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${signer(input).toString('base64url')}`
}
const ES = { alg: 'ES256', kid: 'ec', typ: 'at+jwt' }
const RS = { alg: 'RS256', kid: 'rsa' }
const changed = (more: object) => token(ES, { ...claims(), ...more })
const withHeader = (more: object, signer?: Signer) => token({ ...ES, ...more }, claims(), signer)
const pem = (key: KeyObject, type: 'spki' | 'pkcs1'): string =>
  key.export({ type, format: 'pem' }).toString()
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' })
const text = (value: object): string => JSON.stringify(value)

const read = (jwt: string) =>
  served.call('GET', '/v1/tokens?limit=1', undefined, { authorization: `Bearer ${jwt}` })

test('P10 the tokens that these are made of are good', async () => {
  for (const good of [
    token(ES),
    token({ alg: 'ES256', kid: 'ec' }),
    token({ ...ES, typ: 'JWT' }),
    token({ ...ES, typ: 'application/at+jwt' }),
    token(RS, claims(), rs()),
    token({ ...RS, alg: 'PS256' }, claims(), rs(rsa.privateKey, true)),
  ]) {
    expect((await read(good)).status).toBe(200)
  }
})

/** Names -> forgeries. Made when they are sent, because they hold times. */
const FORGERIES: Readonly<Record<string, () => string | Promise<string>>> = {
  // The algorithm
  'alg none': () => token({ alg: 'none' }, claims(), () => Buffer.alloc(0)),
  'alg nOnE': () => token({ alg: 'nOnE', kid: 'ec' }, claims(), () => Buffer.alloc(0)),
  'alg none with a signature': () => token({ alg: 'none', kid: 'ec' }),
  'no alg': () => token({ kid: 'ec' }),
  'alg null': () => withHeader({ alg: null }),
  'alg as a list': () => withHeader({ alg: ['ES256'] }),
  'an empty signature': () => token(ES, claims(), () => Buffer.alloc(0)),
  'a signature of zeros': () => token(ES, claims(), () => Buffer.alloc(64)),
  'HS256 under the public key as PEM': () =>
    token({ alg: 'HS256', kid: 'rsa' }, claims(), hs(pem(rsa.publicKey, 'spki'))),
  'HS256 under the public key as PKCS 1': () =>
    token({ alg: 'HS256', kid: 'rsa' }, claims(), hs(pem(rsa.publicKey, 'pkcs1'))),
  'HS256 under the modulus': () =>
    token({ alg: 'HS256', kid: 'rsa' }, claims(), hs(String(jwkOf(rsa.publicKey).n))),
  'HS256 under the JWK': () =>
    token({ alg: 'HS256', kid: 'ec' }, claims(), hs(text(published[0] ?? {}))),
  'HS256 under nothing': () => token({ alg: 'HS256', kid: 'ec' }, claims(), hs('')),
  'HS256 under a symmetric key that is published': () =>
    token({ alg: 'HS256', kid: 'oct' }, claims(), hs(shared)),
  'ES384 with the key of ES256': () =>
    token({ ...ES, alg: 'ES384' }, claims(), es(ec.privateKey, 'sha384')),
  'a signature of RSA under the name of EC': () => token(ES, claims(), rs()),
  'a signature in DER': () =>
    token(ES, claims(), (input) => signBytes('sha256', Buffer.from(input), ec.privateKey)),
  'the key for encryption': () => token({ alg: 'RS256', kid: 'enc' }, claims(), rs()),
  'a token that is encrypted to the published key': () =>
    new CompactEncrypt(Buffer.from(text(claims())))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'rsa' })
      .encrypt(rsa.publicKey),
  // The key
  'the key of another': () => withHeader({}, es(mallory.privateKey)),
  'an RSA key of another': () => token(RS, claims(), rs(malloryRsa.privateKey)),
  'a key in the header': () =>
    withHeader({ jwk: jwkOf(mallory.publicKey) }, es(mallory.privateKey)),
  'a key in the header, and no kid': () =>
    token({ alg: 'ES256', jwk: jwkOf(mallory.publicKey) }, claims(), es(mallory.privateKey)),
  'a place of keys in the header': () =>
    withHeader({ jku: `${evil.url.origin}/jwks` }, es(mallory.privateKey)),
  'a place of certificates in the header': () =>
    withHeader({ x5u: `${evil.url.origin}/chain.pem` }, es(mallory.privateKey)),
  'certificates in the header': () =>
    withHeader({ x5c: [part('certificate')], x5t: 'a' }, es(mallory.privateKey)),
  'a kid that is a place': () =>
    withHeader({ kid: `${evil.url.origin}/jwks` }, es(mallory.privateKey)),
  'a kid that is a path to nothing': () =>
    token({ alg: 'HS256', kid: '../../../../dev/null' }, claims(), hs('')),
  'a kid that is a path': () => withHeader({ kid: '/etc/passwd' }),
  'a kid that is SQL': () => withHeader({ kid: "' union select 'a' --" }, es(mallory.privateKey)),
  'a kid that is a command': () => withHeader({ kid: '|sleep 9' }),
  'an empty kid': () => withHeader({ kid: '' }),
  'a kid with a NUL': () => withHeader({ kid: 'ec\0' }),
  'a kid of 8 KB': () => withHeader({ kid: 'k'.repeat(8192) }),
  'a kid that is a number': () => withHeader({ kid: 0 }),
  'a kid that is an object': () => withHeader({ kid: { $ne: null } }),
  'a kid that is a prototype': () => withHeader({ kid: '__proto__' }),
  // The header
  'a critical header that nobody knows': () => withHeader({ crit: ['x'], x: 1 }),
  'an empty list of critical headers': () => withHeader({ crit: [] }),
  'critical headers that are no list': () => withHeader({ crit: 'exp' }),
  'a payload that is not encoded': () =>
    withHeader({ b64: false, crit: ['b64'] }, (input) => es()(input)),
  'typ of an event': () => withHeader({ typ: 'secevent+jwt' }),
  'typ of a logout': () => withHeader({ typ: 'logout+jwt' }),
  'typ of a proof': () => withHeader({ typ: 'dpop+jwt' }),
  'typ of an answer': () => withHeader({ typ: 'token-introspection+jwt' }),
  'typ that is no text': () => withHeader({ typ: 1 }),
  'a header that repeats alg': () =>
    token('{"alg":"none","kid":"ec","alg":"ES256"}', claims(), es()),
  'a header that repeats kid': () =>
    token('{"alg":"ES256","kid":"../x","kid":"ec"}', claims(), es()),
  'a header that is a list': () => token([ES]),
  'a header that is no JSON': () => token('{'),
  'a header that is deep': () =>
    token(`{"alg":"ES256","kid":"ec","a":${'['.repeat(500)}${']'.repeat(500)}}`),
  // The claims
  'another issuer': () => changed({ iss: 'https://evil.example' }),
  'the issuer with a slash': () => changed({ iss: `${issuer.url.origin}/` }),
  'the issuer in capitals': () => changed({ iss: issuer.url.origin.toUpperCase() }),
  'our own issuer': () => changed({ iss: served.url, aud: 'pangate' }),
  'issuers as a list': () => changed({ iss: [issuer.url.origin] }),
  'no issuer': () => changed({ iss: undefined }),
  'another audience': () => changed({ aud: 'another-api' }),
  'an audience that begins alike': () => changed({ aud: 'pangate-api-2' }),
  'audiences in one text': () => changed({ aud: 'another-api pangate-api' }),
  'our own audience': () => changed({ aud: 'pangate' }),
  'no audience': () => changed({ aud: undefined }),
  'an audience that is an object': () => changed({ aud: { 'pangate-api': true } }),
  'expired a minute ago': () => changed({ exp: now() - 60 }),
  'expired in 1970': () => changed({ exp: 0 }),
  'no expiry': () => changed({ exp: undefined }),
  'an expiry that is text': () => changed({ exp: String(now() + 600) }),
  'an expiry that is null': () => changed({ exp: null }),
  'an expiry beyond numbers': () => token(ES, text(claims()).replace(/"exp":\d+/, '"exp":1e999')),
  'not valid before a minute': () => changed({ nbf: now() + 60 }),
  'a start that is text': () => changed({ nbf: 'now' }),
  'made in an hour': () => changed({ iat: now() + 3600 }),
  'made never': () => changed({ iat: undefined }),
  'a subject that is a list': () => changed({ sub: ['service'] }),
  'a subject that is a number': () => changed({ sub: 7 }),
  'claims that repeat the issuer': () =>
    token(ES, text(claims()).replace('{', '{"iss":"https://evil.example",')),
  'claims that repeat the audience': () =>
    token(ES, text(claims()).replace('{', '{"aud":"another-api",')),
  'claims that repeat the expiry': () => token(ES, text(claims()).replace('{', '{"exp":1,')),
  'claims that repeat the scope, escaped': () =>
    token(ES, text(claims()).replace('{', '{"sc\\u006fpe":"admin",')),
  'claims that are a list': () => token(ES, [claims()]),
  'claims that are text': () => token(ES, '"claims"'),
  'claims that are no JSON': () => token(ES, 'claims'),
  'claims in UTF-16': () => {
    const input = `${part(ES)}.${Buffer.from(text(claims()), 'utf16le').toString('base64url')}`
    return `${input}.${es()(input).toString('base64url')}`
  },
  // The form
  'two parts': () => token(ES).split('.').slice(0, 2).join('.'),
  'four parts': () => `${token(ES)}.x`,
  'dots alone': () => '..',
  'the claims of another under the same signature': () => {
    const [header, , signature] = token(ES).split('.')
    return [header, part({ ...claims(), scope: 'admin' }), signature].join('.')
  },
  'a signature cut short': () => token(ES).slice(0, -3),
  'a signature with more behind it': () => `${token(ES)}AAAA`,
  'JSON in place of the compact form': () =>
    Buffer.from(text({ payload: part(claims()), signatures: [] })).toString('base64url'),
  '12 KB of claims': () => changed({ more: 'x'.repeat(9_000), exp: 0 }),
}

test.each(Object.entries(FORGERIES))('P10 JWT: %s', async (_, make) => {
  asked.length = 0
  const answer = await read(await make())
  expect(answer.status, answer.text).toBe(401)
  expect(answer.at('error')).toMatchObject({
    code: 'unauthenticated',
    message: 'The credentials are not valid.',
  })
  expect(asked).not.toContain('evil')
})

test('P10 JWT: scopes and tenants that its issuer may not give', async () => {
  for (const [more, status] of [
    [{ scope: 'tokens:write' }, 403],
    [{ scope: ['*'] }, 403],
    [{ scope: 'TOKENS:READ' }, 403],
    [{ scope: undefined, scopes: 'tokens:read', permissions: ['tokens:read'] }, 403],
    // The issuer's tokens are for its tenant, whatever they say.
    [{ tenant: other, tenant_id: other }, 200],
  ] as const) {
    expect((await read(changed(more))).status, text(more)).toBe(status)
  }
})

test('P10 JWT: a token over all limits is refused, and the next caller is served', async () => {
  const huge = changed({ more: 'x'.repeat(200_000) })
  const answer = await read(huge).catch(() => null)
  expect([400, 401, 413, 431, undefined]).toContain(answer?.status)
  expect((await read(token(ES))).status).toBe(200)
})

test('P10 JWT: our own token after its client is revoked, with an API key in its place, for another purpose', async () => {
  const [made] = [await served.call('POST', '/v1/clients', { scopes: ['tokens:read'] })]
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: made.textAt('id'),
    client_secret: made.textAt('secret'),
  })
  const issued = await served.call('POST', '/oauth/token', String(form), {
    'content-type': 'application/x-www-form-urlencoded',
  })
  const own = issued.textAt('access_token')
  expect((await read(own)).status).toBe(200)
  expect((await read(made.textAt('secret'))).status).toBe(401)
  const [header = '', payload = '', signature = ''] = own.split('.')
  const plain = JSON.parse(Buffer.from(header, 'base64url').toString())
  for (const forged of [
    [part({ ...plain, typ: 'JWT' }), payload, signature],
    [part({ ...plain, alg: 'none' }), payload, ''],
    [
      header,
      part({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), scope: 'admin' }),
      signature,
    ],
  ]) {
    expect((await read(forged.join('.'))).status).toBe(401)
  }
  await served.call('DELETE', `/v1/clients/${made.textAt('id')}`)
  expect((await read(own)).status).toBe(401)
})

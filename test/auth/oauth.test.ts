/**
 * @module `POST /oauth/token`: client credentials in, an access token out (RFC 6749, 4.4), which works until it must not.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded', authorization: '' }
const SCOPES = ['tokens:read', 'forwards:read']
let now = Date.parse('2027-03-01T12:00:00Z')
let shop: TestGateway
let id: string
let secret: string

beforeAll(async () => {
  shop = await startGateway({
    clock: () => now,
    toml: '[server]\npublic_url = "https://pay.example"',
  })
})
beforeEach(async () => {
  const made = await shop.call('POST', '/v1/clients', { name: 'erp', scopes: SCOPES })
  ;[id, secret] = [made.textAt('id'), made.textAt('secret')]
})
afterAll(() => shop.close())

function ask(fields: Readonly<Record<string, string>> = {}, headers = {}): Promise<Answered> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...fields })
  return shop.call('POST', '/oauth/token', form.toString(), { ...FORM, ...headers })
}
const inForm = (more = {}) => ask({ client_id: id, client_secret: secret, ...more })
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
const read = (token: string) => shop.call('GET', '/v1/tokens', undefined, as(token))

describe('a token', () => {
  test.each([
    ['in the form', () => inForm()],
    ['by Basic', () => ask({}, basic(id, secret))],
    [
      'by Basic, percent-encoded',
      () => ask({}, basic(encodeURIComponent(id), secret.replace('_', '%5F'))),
    ],
  ])('is given for id and secret %s, and works', async (_, run) => {
    const answer = await run()
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: SCOPES.join(' '),
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('pragma')).toBe('no-cache')
    const token = answer.textAt('access_token')
    expect((await read(token)).status).toBe(200)
    const refused = await shop.call('POST', '/v1/tokens', {}, as(token))
    expect(refused.at('error', 'message')).toBe('This call needs the scope tokens:write.')
  })

  test('verifies with the published keys, which have no private part', async () => {
    const answer = await shop.call('GET', '/.well-known/jwks.json', undefined, {
      authorization: '',
    })
    // What the gateway publishes is a key set.
    const jwks = answer.json as JSONWebKeySet
    expect(jwks.keys).toHaveLength(1)
    for (const key of jwks.keys) {
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
    }
    const token = (await inForm()).textAt('access_token')
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'EdDSA',
      kid: jwks.keys[0]?.kid ?? '',
      typ: 'at+jwt',
    })
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
      issuer: 'https://pay.example',
      audience: 'pangate',
      currentDate: new Date(now),
    })
    expect(payload).toMatchObject({ sub: id, client_id: id, tenant: shop.tenant })
  })

  test('has fewer scopes where fewer are asked for, and never more', async () => {
    const narrow = await inForm({ scope: ' forwards:read ' })
    expect(narrow.at('scope')).toBe('forwards:read')
    expect((await read(narrow.textAt('access_token'))).status).toBe(403)
    for (const scope of ['admin', 'tokens:read admin', 'tokens:read nonsense', 'tokens:*']) {
      const answer = await inForm({ scope })
      expect([answer.status, answer.at('error')]).toEqual([400, 'invalid_scope'])
    }
  })

  test('expires', async () => {
    const token = (await inForm()).textAt('access_token')
    now += 3599_000
    expect((await read(token)).status).toBe(200)
    now += 7_000
    expect((await read(token)).status).toBe(401)
  })

  test('stops at once with its client', async () => {
    const token = (await inForm()).textAt('access_token')
    await shop.call('DELETE', `/v1/clients/${id}`)
    expect((await read(token)).status).toBe(401)
    expect((await inForm()).at('error')).toBe('invalid_client')
  })

  test('of a test client sees what is for tests', async () => {
    const made = await shop.call('POST', '/v1/clients', { scopes: ['tokens:write'], test: true })
    const answer = await ask({ client_id: made.textAt('id'), client_secret: made.textAt('secret') })
    const session = await shop.call(
      'POST',
      '/v1/cvc-sessions',
      { cvc: '123' },
      as(answer.textAt('access_token')),
    )
    const path = `/v1/cvc-sessions/${session.textAt('id')}`
    expect((await shop.call('DELETE', path)).status).toBe(404)
  })
})

describe('no token', () => {
  const unknown = 'client_00000000000000000000000000'
  test.each([
    [
      'a wrong secret',
      () => ask({ client_id: id, client_secret: `${secret}x` }),
      401,
      'invalid_client',
    ],
    ['a wrong secret by Basic', () => ask({}, basic(id, 'x')), 401, 'invalid_client'],
    ['no secret', () => ask({ client_id: id }), 401, 'invalid_client'],
    ['no client', () => ask(), 401, 'invalid_client'],
    [
      'an unknown client',
      () => ask({ client_id: unknown, client_secret: secret }),
      401,
      'invalid_client',
    ],
    [
      'Basic that is no base64',
      () => ask({}, { authorization: 'Basic ???' }),
      401,
      'invalid_client',
    ],
    [
      'Basic without a colon',
      () => ask({}, { authorization: `Basic ${btoa(id)}` }),
      401,
      'invalid_client',
    ],
    ['a password grant', () => inForm({ grant_type: 'password' }), 400, 'unsupported_grant_type'],
    ['no grant', () => inForm({ grant_type: '' }), 400, 'unsupported_grant_type'],
  ] as const)('is given for %s', async (_, run, status, code) => {
    const answer = await run()
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({
      error: code,
      error_description: expect.stringMatching(/./),
      request_id: expect.stringMatching(/^req_/),
    })
    if (status === 401) expect(answer.headers.get('www-authenticate')).toStartWith('Basic')
    expect(answer.text).not.toContain(secret)
  })

  test('is given for JSON', async () => {
    const body = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
    const answer = await shop.call('POST', '/oauth/token', body, { authorization: '' })
    expect([answer.status, answer.at('error')]).toEqual([400, 'invalid_request'])
  })

  test('is the secret of a client itself, or an API key for a client', async () => {
    expect((await read(secret)).status).toBe(401)
    expect((await ask({ client_id: id, client_secret: shop.key })).status).toBe(401)
  })
})

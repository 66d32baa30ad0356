/**
 * @module Tokens of issuers that the operator trusts: their keys by JWKS, their tenants and scopes by claims.
 */
import { afterAll, afterEach, beforeAll, describe, expect, setSystemTime, test } from 'bun:test'
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'
import { canaryCard } from '../support/canary.ts'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'

/** An issuer of the test's: keys by name, and what its JWKS address answers. */
interface Idp {
  readonly url: string
  answer: () => Response | Promise<Response>
  asked: number
  publish(...names: string[]): void
  token(claims?: object, key?: string): Promise<string>
  stop(): void
}

const alg = 'ES256'

async function startIdp(audience = 'pangate-api'): Promise<Idp> {
  const names = ['one', 'two']
  const keys = new Map<string, { jwk: JWK; privateKey: CryptoKey }>()
  for (const kid of names) {
    const pair = await generateKeyPair(alg, { extractable: true })
    keys.set(kid, {
      jwk: { ...(await exportJWK(pair.publicKey)), kid, alg },
      privateKey: pair.privateKey,
    })
  }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () => {
      idp.asked++
      return idp.answer()
    },
  })
  const idp: Idp = {
    url: `http://127.0.0.1:${server.port}`,
    answer: () => new Response(null, { status: 404 }),
    asked: 0,
    publish(...wanted) {
      idp.answer = () => Response.json({ keys: wanted.map((name) => keys.get(name)?.jwk) })
    },
    async token(claims = {}, kid = 'one') {
      const key = keys.get(kid)
      if (!key) throw new Error('no such key')
      const seconds = Math.floor(Date.now() / 1000)
      const payload = {
        iss: idp.url,
        aud: audience,
        sub: 'service',
        iat: seconds,
        exp: seconds + 600,
      }
      return new SignJWT({ ...payload, ...claims })
        .setProtectedHeader({ alg, kid })
        .sign(key.privateKey)
    },
    stop: () => void server.stop(true),
  }
  idp.publish('one')
  return idp
}

function issuer(idp: Idp, rest: string): string {
  return `[[auth.issuers]]\nissuer = "${idp.url}"\njwks_url = "${idp.url}/jwks"\naudience = "pangate-api"\n${rest}\n`
}

let fixed: Idp
let claimed: Idp
let shop: TestGateway
beforeAll(async () => {
  fixed = await startIdp()
  claimed = await startIdp()
  shop = await startGateway({
    toml:
      issuer(fixed, 'tenant = "shop"') +
      issuer(claimed, 'tenant_claim = "org"\nscope_claim = "permissions"'),
  })
})
afterEach(() => void setSystemTime())
afterAll(async () => {
  await shop.close()
  fixed.stop()
  claimed.stop()
})

const read = (token: string): Promise<Answered> =>
  shop.call('GET', '/v1/tokens', undefined, as(token))

describe('a token', () => {
  test.each([
    ['as words', 'tokens:read forward'],
    ['as a list', ['forward', 'tokens:read']],
    ['among those of others', 'openid profile tokens:read'],
  ])('has its scopes %s', async (_, scope) => {
    expect((await read(await fixed.token({ scope }))).status).toBe(200)
  })

  test.each([
    [undefined],
    [''],
    ['openid'],
    ['tokens:reading'],
    [7],
    [['forward', 7]],
    [{ 'tokens:read': true }],
  ])('with the scopes %j may not read', async (scope) => {
    const answer = await read(await fixed.token({ scope }))
    expect(answer.at('error', 'message')).toBe('This call needs the scope tokens:read.')
  })

  test('is for the tenant of its claim, by name or id, with scopes in a claim of its own', async () => {
    const other = await shop.newTenant('other')
    const card = { number: canaryCard(), exp_month: 1, exp_year: 2031 }
    const permissions = ['tokens:read', 'tokens:write']
    const token = await claimed.token({ org: 'other', permissions })
    const made = await shop.call('POST', '/v1/tokens', { type: 'card', card }, as(token))
    expect(made.status).toBe(201)
    const path = `/v1/tokens/${made.textAt('id')}`
    for (const [org, status] of [
      ['other', 200],
      [other, 200],
      ['shop', 404],
    ] as const) {
      const caller = as(await claimed.token({ org, permissions }))
      expect((await shop.call('GET', path, undefined, caller)).status, org).toBe(status)
    }
  })

  test.each([[undefined], [''], ['nobody'], [7], [['shop']], [null]])(
    'for the tenant %j is refused',
    async (org) => {
      const answer = await read(await claimed.token({ org, permissions: ['tokens:read'] }))
      expect(answer.status).toBe(401)
      expect(answer.text).not.toContain('nobody')
    },
  )

  test('of one issuer in the name of another is refused', async () => {
    const scope = 'tokens:read'
    expect((await read(await fixed.token({ scope, iss: claimed.url }))).status).toBe(401)
    expect((await read(await claimed.token({ scope, iss: fixed.url }))).status).toBe(401)
    expect((await read(await fixed.token({ scope, iss: shop.gateway.issuer.url }))).status).toBe(
      401,
    )
    expect((await read(await fixed.token({ scope, iss: `${fixed.url}/` }))).status).toBe(401)
  })

  test.each([
    { aud: 'else' },
    { aud: undefined },
    { exp: 1 },
    { exp: undefined },
    { iat: undefined },
  ])('with %j is refused', async (claims) => {
    expect((await read(await fixed.token({ scope: 'tokens:read', ...claims }))).status).toBe(401)
  })
})

test('a new key is fetched when it is first seen, an old one stops when it is withdrawn', async () => {
  const scope = 'tokens:read'
  const [old, young] = [await fixed.token({ scope }), await fixed.token({ scope }, 'two')]
  expect((await read(old)).status).toBe(200)
  const before = fixed.asked
  expect((await read(old)).status).toBe(200)
  expect(fixed.asked).toBe(before)
  fixed.publish('two')
  // The keys are asked for again half a minute after the last time, at the earliest.
  setSystemTime(new Date(Date.now() + 31_000))
  expect((await read(young)).status).toBe(200)
  expect((await read(old)).status).toBe(401)
  expect(fixed.asked).toBe(before + 1)
  expect((await read(old)).status).toBe(401)
  expect(fixed.asked).toBe(before + 1)
})

describe('keys that cannot be had', () => {
  const never = new Promise<Response>(() => undefined)
  test.each<readonly [string, (idp: Idp) => void]>([
    ['because nobody listens', (idp) => idp.stop()],
    [
      'because the answer is an error',
      (idp) => (idp.answer = () => new Response('', { status: 500 })),
    ],
    ['because the answer is a redirect', (idp) => (idp.answer = () => Response.redirect('/', 302))],
    ['because the answer is a page', (idp) => (idp.answer = () => new Response('<html>'))],
    ['because the answer is no key set', (idp) => (idp.answer = () => Response.json({ keys: 7 }))],
    ['because no answer comes', (idp) => (idp.answer = () => never)],
  ])('%s are said to be so, soon', async (_, spoil) => {
    const idp = await startIdp()
    const other = await startGateway({ toml: issuer(idp, 'tenant = "shop"') })
    const token = await idp.token({ scope: 'tokens:read' })
    spoil(idp)
    const started = performance.now()
    const answer = await other.call('GET', '/v1/tokens', undefined, as(token))
    expect(answer.status).toBe(503)
    expect(answer.at('error')).toMatchObject({
      code: 'unready',
      message: 'The keys of the token issuer cannot be fetched.',
      sent: 'no',
    })
    expect(performance.now() - started).toBeLessThan(4500)
    expect((await other.call('GET', '/v1/tokens')).status).toBe(200)
    await other.close()
    idp.stop()
  })
})

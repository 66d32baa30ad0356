/**
 * @module Who may do what, at the executable: every scope on every route, every id of another tenant or mode, keys that were revoked.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { routesOf } from '../../src/app.ts'
import { SCOPES } from '../../src/auth/scopes.ts'
import type { Route } from '../../src/route.ts'
import { canaryCard, canaryCvc } from '../support/canary.ts'
import { startGateway } from '../support/gateway.ts'
import type { Reply } from '../support/installed.ts'
import { reach } from '../support/reach.ts'
import { openShop, type Shop } from '../support/shop.ts'

const ALL = Object.keys(SCOPES)
let shop: Shop
let routes: readonly Route[]
beforeAll(async () => {
  shop = await openShop()
  const gateway = await startGateway()
  routes = routesOf(gateway.gateway, () => true)
  await gateway.close()
  await shop.installed.command('tenant', 'create', 'other')
}, 20_000)
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

async function newKey(
  tenant: string,
  scopes: readonly string[],
  ...more: readonly string[]
): Promise<string> {
  const args = ['--tenant', tenant, '--scope', scopes.join(','), '--json', ...more]
  return String(JSON.parse(await shop.installed.command('key', 'create', ...args)).key)
}

const named = ({ method, path, tag }: Route): string => `${method} ${path} (${tag})`

/** Calls a route under a key, in whatever header it takes it from. */
function callRoute(route: Route, key: string, path = route.path): Promise<Reply> {
  const method = route.method === 'ANY' ? 'POST' : route.method
  // The one route that reads its body itself before it looks for what the path names.
  const patch = route.path === '/tokens/:id' && method === 'PATCH'
  const body = route.body || patch ? {} : undefined
  return shop.call(method, path.replace(/:\w+/g, 'none'), body, {
    ...reach(routes, route, key),
    ...(patch && { 'content-type': 'application/merge-patch+json' }),
    authorization: `Bearer ${key}`,
    'x-api-key': key,
    'bt-authorization': `Bearer ${key}`,
  })
}

test('P10 every scope alone on every route: in where the table says so, and nowhere else', async () => {
  let cases = 0
  for (const scope of ALL) {
    const key = await newKey('shop', [scope])
    for (const route of routes) {
      const answer = await callRoute(route, key)
      cases++
      const what = `${scope} on ${named(route)}: ${answer.text.slice(0, 200)}`
      if ('open' in route) continue
      const allowed =
        route.scope === null || [route.scope, route.alternative].some((one) => one === scope)
      // Inside it may be refused for another reason, in words of its own: a second scope that the body asks for.
      if (allowed && route.alternative === undefined) {
        expect([401, 403], what).not.toContain(answer.status)
      } else if (!allowed) expect(answer.status, what).toBe(403)
    }
  }
  console.log(`P10: ${cases} pairs of a scope and a route`)
}, 60_000)

/** Everything that has an id, made by the owner. */
interface Owned {
  readonly token: string
  readonly session: string
  readonly forward: string
  readonly account: string
  readonly destination: string
  readonly key: string
  readonly client: string
  readonly notification: string
}

const HOLE = '{{ card.number }}'
let hosts = 0

async function makeAll(key: string, test: boolean): Promise<Owned> {
  const as = { authorization: `Bearer ${key}` }
  const post = async (path: string, body: unknown, at: readonly string[] = ['id']) => {
    const made = await shop.call('POST', path, body, as)
    expect(made.status, `${path}: ${made.text}`).toBeLessThan(300)
    return made.textAt(...at)
  }
  const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
  const token = await post('/v1/tokens', { type: 'card', card })
  const account = await post('/v1/accounts', {
    adapter: 'praxis',
    mode: test ? 'sandbox' : 'live',
    name: `p${++hosts}`,
    credentials: { merchant_id: 'm', application_key: 'a', merchant_secret: 's' },
  })
  await shop.call('POST', `/v1/notifications/${account}`, '{}', { authorization: '' })
  const notes = await shop.call('GET', '/v1/notifications?limit=1', undefined, as)
  return {
    token,
    account,
    notification: notes.textAt('data', 0, 'id'),
    session: await post('/v1/cvc-sessions', { cvc: canaryCvc(), token }),
    forward: await post('/v1/forward', {
      token,
      request: { url: `${shop.wire.url}/pay`, body: { n: HOLE } },
    }),
    // A test key changes none: those of its tenant are the same.
    destination: test ? '' : await post('/v1/destinations', { host: `h${++hosts}.example` }),
    key: await post('/v1/keys', { scopes: ['forward'] }),
    client: await post('/v1/clients', { scopes: ['forward'] }),
  }
}

/** What the parameter of each route names. */
const NAMES: Readonly<Record<string, keyof Owned | null>> = {
  '/v1/forwards/:id': 'forward',
  '/v1/notifications/:id': 'notification',
  '/v1/tokens/:id': 'token',
  '/v1/tokens/:id/reveal': 'token',
  '/v1/cvc-sessions/:id': 'session',
  '/v1/accounts/:id': 'account',
  '/v1/destinations/:id': 'destination',
  '/v1/keys/:id': 'key',
  '/v1/clients/:id': 'client',
  '/tokens/:id': 'token',
  '/proxy/delete-cvc-session/:uuid': 'session',
  // A PSP's, who has no credentials: its signature is checked.
  '/v1/notifications/:account': null,
  // The tenant is the caller's own, or it is refused: below.
  '/tenants/:tenantId/proxy': null,
  '/projects/:projectId/proxy': null,
}

const NEVER: Readonly<Record<keyof Owned, string>> = {
  token: 'tok_01m7yg0000000000000000000x',
  session: '0190ffff-ffff-7fff-bfff-ffffffffffff',
  forward: 'fwd_01m7yg0000000000000000000x',
  account: 'acct_01m7yg0000000000000000000x',
  destination: 'dst_01m7yg0000000000000000000x',
  key: 'key_01m7yg0000000000000000000x',
  client: 'client_01m7yg0000000000000000000x',
  notification: 'ntf_01m7yg0000000000000000000x',
}

test('P10 every route with an id says here what the id names', () => {
  const paths = new Set(routes.map(({ path }) => path).filter((path) => path.includes(':')))
  expect(Object.keys(NAMES).toSorted()).toEqual([...paths].toSorted())
})

/** An answer without what differs from one request to the next. */
const same = ({ status, text }: Reply): readonly [number, string] => [
  status,
  text
    .replace(/"(?:request_id|forward|request|traceId)":"[^"]*"/g, '')
    .replace(/(?:tok|fwd|acct|dst|key|client|ntf|req)_\w{26}/g, 'ID'),
]

describe('what is not theirs', () => {
  let live: Owned
  let sandbox: Owned
  let strangers: Readonly<Record<string, readonly [string, () => Owned]>>
  beforeAll(async () => {
    const [own, ownTest, theirs, theirsTest] = [
      await newKey('shop', ALL),
      await newKey('shop', ALL, '--test'),
      await newKey('other', ALL),
      await newKey('other', ALL, '--test'),
    ]
    live = await makeAll(own, false)
    sandbox = await makeAll(ownTest, true)
    for (const key of [theirs]) {
      const as = { authorization: `Bearer ${key}` }
      const place = { host: 'localhost', port: shop.wire.port }
      expect((await shop.call('POST', '/v1/destinations', place, as)).status).toBe(201)
    }
    strangers = {
      'another tenant': [theirs, () => live],
      'a test key of another tenant': [theirsTest, () => sandbox],
      'a test key of the same tenant': [ownTest, () => live],
      'a live key of another tenant, test data': [theirs, () => sandbox],
      'a live key of the same tenant, test data': [own, () => sandbox],
    }
  }, 30_000)

  /** What a live key may see and do although it is the test mode's, and the other way round: administration of one tenant. */
  const SHARED: Readonly<Record<string, readonly (keyof Owned)[]>> = {
    'a test key of the same tenant': ['destination'],
    'a live key of the same tenant, test data': [
      'account',
      'notification',
      'key',
      'client',
      'destination',
    ],
  }

  test.each([
    'another tenant',
    'a test key of another tenant',
    'a test key of the same tenant',
    'a live key of another tenant, test data',
    'a live key of the same tenant, test data',
  ])('P10 %s: every id on every route is as one that never was', async (who) => {
    const [key = '', owned] = strangers[who] ?? []
    const ids = owned?.()
    if (!ids) throw new Error('no such stranger')
    let cases = 0
    for (const route of routes) {
      const name = NAMES[route.path]
      if (!name || ids[name] === '' || SHARED[who]?.includes(name)) continue
      const path = (id: string): string => route.path.replace(/:\w+/, id)
      const theirs = await callRoute(route, key, path(ids[name]))
      const never = await callRoute(route, key, path(NEVER[name]))
      const what = `${who}: ${named(route)}`
      expect(same(theirs), what).toEqual([...same(never)])
      expect([400, 403, 404], `${what}: ${theirs.text}`).toContain(theirs.status)
      expect(theirs.text, what).not.toContain(ids[name])
      cases++
    }
    const as = { authorization: `Bearer ${key}` }
    const url = `${shop.wire.url}/stolen`
    const bodies: readonly ((ids: Owned) => readonly [string, unknown])[] = [
      ({ token }) => ['/v1/forward', { token, request: { url, body: { n: HOLE } } }],
      ({ token }) => [
        '/v1/forward',
        { tokens: { a: token }, request: { url, body: { n: '{{ a.number }}' } } },
      ],
      ({ token }) => ['/v1/cvc-sessions', { cvc: '987', token }],
      ({ account }) => [
        '/v1/forward',
        { account, operation: 'capture', reference: 'r', amount: { minor: 1, currency: 'EUR' } },
      ],
      ({ account }) => ['/v1/forward', { account, request: { url, body: {} } }],
      ({ token }) => [
        '/v2/forwarded-requests',
        { token, destinationRequest: { url, method: 'POST', headers: {}, body: HOLE } },
      ],
    ]
    shop.wire.requests.length = 0
    for (const make of bodies) {
      const [path, body] = make(ids)
      if ('account' in Object(body) && SHARED[who]?.includes('account')) continue
      const theirs = await shop.call('POST', path, body, as)
      const never = await shop.call('POST', ...make(NEVER), as)
      expect(same(theirs), `${who}: ${JSON.stringify(body)}`).toEqual([...same(never)])
      expect(theirs.status, theirs.text).toBeGreaterThanOrEqual(400)
      cases++
    }
    // A session of theirs with a token of one's own: the only thing of a forward that is not by id alone.
    const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
    const mine = await shop.call('POST', '/v1/tokens', { type: 'card', card }, as)
    const request = { url, body: { c: '{{ card.cvc }}' } }
    const call = { token: mine.textAt('id'), cvc_session: ids.session, request }
    const theirs = await shop.call('POST', '/v1/forward', call, as)
    expect(theirs.at('error', 'code')).toBe('cvc_session_unknown')
    expect(shop.wire.requests).toEqual([])

    // Lists show none of it, also not from its place on.
    const lists = routes.filter(
      ({ method, path }) => method === 'GET' && /^\/(?:v[12]\/)?[a-z]+$/.test(path),
    )
    for (const list of lists) {
      // A tenant's administrator reads the log of both its modes.
      if (list.path === '/v1/audit' && who.startsWith('a live key of the same')) continue
      for (const query of ['', ...Object.values(ids).map((id) => `?cursor=${id}`)]) {
        const answer = await callRoute(list, key, list.path + query)
        for (const [name, id] of Object.entries(ids)) {
          if (id === '' || SHARED[who]?.some((shared) => shared === name)) continue
          expect(answer.text, `${who}: ${list.path}${query}`).not.toContain(id)
        }
        cases++
      }
    }
    console.log(`P10: ${cases} cases for ${who}`)
  })

  test('P10 after all of that everything is there for its owner', async () => {
    const own = { authorization: `Bearer ${await newKey('shop', ALL)}` }
    for (const [name, path] of [
      ['token', '/v1/tokens/'],
      ['forward', '/v1/forwards/'],
      ['account', '/v1/accounts/'],
      ['destination', '/v1/destinations/'],
      ['key', '/v1/keys/'],
      ['client', '/v1/clients/'],
      ['notification', '/v1/notifications/'],
    ] as const) {
      expect((await shop.call('GET', path + live[name], undefined, own)).status, name).toBe(200)
    }
    const request = { url: `${shop.wire.url}/pay`, body: { c: '{{ card.cvc }}' } }
    const call = { token: live.token, cvc_session: live.session, request }
    expect((await shop.call('POST', '/v1/forward', call, own)).status).toBe(200)
  })

  test('P10 a tenant in the path is the caller’s own', async () => {
    const [key = ''] = strangers['another tenant'] ?? []
    for (const path of ['tenants', 'projects']) {
      for (const tenant of ['shop', shop.installed.tenant]) {
        const answer = await shop.call('POST', `/${path}/${tenant}/proxy`, '{}', {
          authorization: '',
          'bt-authorization': `Bearer ${key}`,
          'bt-target-url': `${shop.wire.url}/stolen`,
        })
        expect(answer.status, answer.text).toBeGreaterThanOrEqual(400)
      }
    }
    expect(shop.wire.requests.filter(({ line }) => line.includes('stolen'))).toEqual([])
  })
})

test('P10 a revoked key stops at once, whoever revokes it', async () => {
  const read = (key: string) =>
    shop.call('GET', '/v1/tokens?limit=1', undefined, { authorization: `Bearer ${key}` })
  for (const by of ['api', 'command line'] as const) {
    const made = await shop.call('POST', '/v1/keys', { scopes: ['tokens:read'] })
    const [id, key] = [made.textAt('id'), made.textAt('key')]
    expect((await read(key)).status).toBe(200)
    if (by === 'api') await shop.call('DELETE', `/v1/keys/${id}`)
    else await shop.installed.command('key', 'revoke', id)
    expect((await read(key)).status, by).toBe(401)
  }
})

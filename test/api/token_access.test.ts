/**
 * @module Who may do what with a token: tenants and modes apart, scopes, expiry, the hosts it may go to, revealing.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { canaryCard, canaryCvc } from '../support/canary.ts'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'

let now = Date.parse('2027-03-01T12:00:00Z')
let shop: TestGateway

beforeAll(async () => {
  shop = await startGateway({ clock: () => now })
  await shop.call('POST', '/v1/destinations', { host: 'psp.example' })
  await shop.call('POST', '/v1/destinations', { host: 'other.example' })
})
afterAll(() => shop.close())

function store(more: object = {}, headers = {}, number = canaryCard()): Promise<Answered> {
  const card = { number, exp_month: 3, exp_year: 2031 }
  return shop.call('POST', '/v1/tokens', { type: 'card', card, ...more }, headers)
}

/** A dry run of a forward: everything but sending. */
function forward(token: unknown, headers = {}, host = 'psp.example'): Promise<Answered> {
  const request = { url: `https://${host}/`, body: { n: '{{ card.number }}' } }
  return shop.call('POST', '/v1/forward', { token, request, dry_run: true }, headers)
}

/** Every call that names a token. */
const CALLS: readonly (readonly [string, (id: string, headers: object) => Promise<Answered>])[] = [
  ['GET', (id, headers) => shop.call('GET', `/v1/tokens/${id}`, undefined, { ...headers })],
  [
    'PATCH',
    (id, headers) => shop.call('PATCH', `/v1/tokens/${id}`, { metadata: {} }, { ...headers }),
  ],
  ['DELETE', (id, headers) => shop.call('DELETE', `/v1/tokens/${id}`, undefined, { ...headers })],
  [
    'reveal',
    (id, headers) => shop.call('POST', `/v1/tokens/${id}/reveal`, undefined, { ...headers }),
  ],
  ['forward', (id, headers) => forward(id, headers)],
  [
    'a CVC session for it',
    (id, headers) =>
      shop.call('POST', '/v1/cvc-sessions', { cvc: canaryCvc(), token: id }, { ...headers }),
  ],
]
const ALL = ['tokens:write', 'tokens:read', 'tokens:reveal', 'forward', 'admin']

describe('a token that is not theirs', () => {
  test.each(CALLS)('%s says 404 to another tenant, as for one that never was', async (_, run) => {
    const key = await shop.newKey(ALL, {
      tenant: await shop.newTenant(`other ${shop.log().length}`),
    })
    await shop.call('POST', '/v1/destinations', { host: 'psp.example' }, as(key))
    const id = (await store()).textAt('id')
    const answer = await run(id, as(key))
    expect(answer.status).toBe(404)
    expect(answer.at('error')).toMatchObject({ code: 'token_unknown', sent: 'no' })
    const never = await run('tok_00000000000000000000000000', as(key))
    const words = ({ json }: Answered) => JSON.stringify(json).replace(/req_\w+/, '')
    expect(words(answer)).toBe(words(never))
    expect((await shop.call('GET', `/v1/tokens/${id}`)).status).toBe(200)
  })

  test.each(CALLS)('%s: a test key does not see live tokens, nor the reverse', async (_, run) => {
    const testKey = await shop.newKey(ALL, { test: true })
    const [live, test] = [await store(), await store({}, as(testKey))]
    expect((await run(live.textAt('id'), as(testKey))).at('error', 'code')).toBe('token_unknown')
    expect((await run(test.textAt('id'), {})).at('error', 'code')).toBe('token_unknown')
    expect((await run(test.textAt('id'), as(testKey))).status).toBeLessThan(300)
  })

  test('is in no list', async () => {
    const number = canaryCard()
    const live = await store({}, {}, number)
    const testKey = await shop.newKey(ALL, { test: true })
    const others = await shop.newKey(ALL, { tenant: await shop.newTenant('lists nothing') })
    for (const key of [testKey, others]) {
      for (const query of ['', `?fingerprint=${live.textAt('fingerprint')}`]) {
        const list = await shop.call('GET', `/v1/tokens${query}`, undefined, as(key))
        expect(list.text).not.toContain(live.textAt('id'))
      }
    }
  })

  test("of another's is no cursor into one's own list", async () => {
    const key = await shop.newKey(ALL, { tenant: await shop.newTenant('cursor') })
    const own = await store({}, as(key))
    now += 1000
    const cursor = (await store()).textAt('id')
    const list = await shop.call('GET', `/v1/tokens?cursor=${cursor}`, undefined, as(key))
    expect(list.at('data', 0, 'id')).toBe(own.textAt('id'))
    expect(list.at('data', 1)).toBeUndefined()
  })
})

describe('a scope', () => {
  test.each([
    ['GET', '/v1/tokens/ID', undefined, 'tokens:read'],
    ['GET', '/v1/tokens', undefined, 'tokens:read'],
    ['PATCH', '/v1/tokens/ID', {}, 'tokens:write'],
    ['DELETE', '/v1/tokens/ID', undefined, 'tokens:write'],
    ['POST', '/v1/tokens/ID/reveal', undefined, 'tokens:reveal'],
  ])('%s %s without it is refused by name', async (method, path, body, scope) => {
    const key = await shop.newKey(ALL.filter((one) => one !== scope))
    const id = (await store()).textAt('id')
    const answer = await shop.call(method, path.replace('ID', id), body, as(key))
    expect(answer.status).toBe(403)
    expect(answer.at('error')).toMatchObject({
      code: 'forbidden',
      message: `This call needs the scope ${scope}.`,
    })
    expect((await shop.call('GET', `/v1/tokens/${id}`)).status).toBe(200)
  })
})

test('reveal gives the number to who may have it, and the log says who asked', async () => {
  const number = canaryCard()
  const made = await store({ cvc: canaryCvc() }, {}, number)
  const answer = await shop.call('POST', `/v1/tokens/${made.textAt('id')}/reveal`)
  expect(answer.json).toEqual({
    id: made.at('id'),
    type: 'card',
    card: expect.objectContaining({ number, exp_month: '03', exp_year: '2031' }),
  })
  expect(answer.text).not.toContain('cvc')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(shop.log()).toContain('"event":"token.revealed"')
  expect(shop.log()).not.toContain(number)
})

describe('an expired token', () => {
  test.each(CALLS.filter(([name]) => !['GET', 'PATCH', 'DELETE'].includes(name)))(
    '%s says that it has expired',
    async (_, run) => {
      const made = await store({ expires_at: new Date(now + 60_000).toISOString() })
      expect((await run(made.textAt('id'), {})).status).toBeLessThan(300)
      now += 60_000
      const answer = await run(made.textAt('id'), {})
      expect(answer.status).toBe(410)
      expect(answer.at('error')).toMatchObject({ code: 'token_expired', sent: 'no' })
    },
  )

  test('is shown, can be given more time, and be deleted', async () => {
    const made = await store({ expires_at: new Date(now + 60_000).toISOString() })
    const path = `/v1/tokens/${made.textAt('id')}`
    now += 61_000
    expect((await shop.call('GET', path)).at('expires_at')).toBe(made.at('expires_at') ?? '')
    expect((await forward(made.at('id'))).status).toBe(410)
    await shop.call('PATCH', path, { expires_at: new Date(now + 60_000).toISOString() })
    expect((await forward(made.at('id'))).status).toBe(200)
    now += 61_000
    expect((await shop.call('DELETE', path)).status).toBe(204)
  })
})

test('allowed_hosts narrows the list of destinations and never widens it', async () => {
  const made = await store({ allowed_hosts: ['PSP.example.', 'unlisted.example'] })
  expect(made.at('allowed_hosts')).toEqual(['psp.example', 'unlisted.example'])
  expect((await forward(made.at('id'))).status).toBe(200)
  for (const host of ['other.example', 'unlisted.example']) {
    const answer = await forward(made.at('id'), {}, host)
    expect(answer.at('error')).toMatchObject({ code: 'destination_denied', sent: 'no' })
  }
  const nowhere = await store({ allowed_hosts: [] })
  expect((await forward(nowhere.at('id'))).status).toBe(403)
})

test('a CVC session is deleted once, by its own tenant and mode', async () => {
  const made = await shop.call('POST', '/v1/cvc-sessions', { cvc: canaryCvc() })
  expect(made.status).toBe(201)
  expect(made.at('expires_at')).toBe(new Date(now + 90_000).toISOString().replace('.000Z', 'Z'))
  const path = `/v1/cvc-sessions/${made.textAt('id')}`
  const others = await shop.newKey(ALL, { tenant: await shop.newTenant('sessions') })
  for (const key of [others, await shop.newKey(ALL, { test: true })]) {
    const answer = await shop.call('DELETE', path, undefined, as(key))
    expect(answer.at('error', 'code')).toBe('cvc_session_unknown')
  }
  expect((await shop.call('DELETE', path)).status).toBe(204)
  expect((await shop.call('DELETE', path)).status).toBe(404)
})

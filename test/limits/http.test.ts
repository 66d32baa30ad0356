/** @module What callers see of limits: headers on every answer, 429 and 503 in the form of each API, and before any body. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { canaryCard } from '../support/canary.ts'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { startPsp, type FakePsp, type Reply } from '../support/psp.ts'
import { rawRequest } from '../support/raw.ts'

let now = 1_800_000_000_000
let shop: TestGateway
let psp: FakePsp

const TOML = `[limits]
key_rate = "4/s"
tenant_rate = "600/min burst 6"
address_failures = "3/min"
concurrent_requests = 8
concurrent_per_destination = 4
body_bytes = 100000
circuit_failures = 0
`

beforeAll(async () => {
  psp = await startPsp()
  shop = await startGateway({ toml: TOML, psp, clock: () => now })
})
afterAll(async () => {
  await shop.close()
  await psp.stop()
})

/** Makes every quota whole. */
const rest = (): void => {
  now += 3_600_000
}

async function until<T>(times: number, call: () => Promise<T>): Promise<T> {
  for (let at = 1; at < times; at++) await call()
  return call()
}

describe('a caller', () => {
  test('is told of its quotas with every answer, errors too', async () => {
    rest()
    const first = await shop.call('GET', '/v1/tokens')
    expect(first.status).toBe(200)
    expect(first.headers.get('ratelimit-policy')).toBe('"key";q=4;w=1, "tenant";q=6;w=1')
    expect(first.headers.get('ratelimit')).toBe('"key";r=3;t=1, "tenant";r=5;t=1')
    expect(first.headers.get('retry-after')).toBeNull()
    const missing = await shop.call('GET', '/v1/tokens/tok_none')
    expect(missing.status).toBe(404)
    expect(missing.headers.get('ratelimit')).toBe('"key";r=2;t=1, "tenant";r=4;t=1')
  })

  test('who has used it up gets 429, and is let through as soon as it said', async () => {
    rest()
    const over = await until(5, () => shop.call('GET', '/v1/tokens'))
    expect(over.status).toBe(429)
    expect(over.at('error')).toMatchObject({ code: 'rate_limited', param: null, sent: 'no' })
    expect(over.headers.get('retry-after')).toBe('1')
    expect(over.headers.get('ratelimit')).toBe('"key";r=0;t=1')
    now += 250
    expect((await shop.call('GET', '/v1/tokens')).status).toBe(200)
    expect((await shop.call('GET', '/v1/tokens')).status).toBe(429)
  })

  test('shares its tenant with other keys, and nothing with other tenants', async () => {
    rest()
    const second = await shop.newKey(['tokens:read'])
    const other = await shop.newKey(['tokens:read'], { tenant: await shop.newTenant('other') })
    expect((await until(4, () => shop.call('GET', '/v1/tokens'))).status).toBe(200)
    const over = await until(3, () => shop.call('GET', '/v1/tokens', undefined, as(second)))
    expect(over.at('error', 'message')).toBe('The rate of this tenant is used up.')
    const theirs = await until(4, () => shop.call('GET', '/v1/tokens', undefined, as(other)))
    expect(theirs.status).toBe(200)
  })

  test('who may not do it has its attempts counted all the same', async () => {
    rest()
    const reader = await shop.newKey(['tokens:read'], { tenant: await shop.newTenant('reader') })
    const call = () => shop.call('GET', '/v1/keys', undefined, as(reader))
    expect((await until(4, call)).status).toBe(403)
    expect((await call()).status).toBe(429)
  })

  test('of every API is refused in the words of that API, before its body is read', async () => {
    rest()
    const { key } = shop
    await until(4, () => shop.call('GET', '/v1/tokens'))
    const none = { authorization: '' }
    const url = `${psp.url}/pay`
    const answers: Readonly<Record<string, Promise<Answered>>> = {
      native: shop.call('POST', '/v1/forward', 'not json'),
      ozura: shop.call('POST', '/proxy/transaction', '{', { ...none, 'x-api-key': key }),
      classic: shop.call('POST', '/proxy/pay', '{', {
        ...none,
        'bt-api-key': key,
        'bt-proxy-url': url,
      }),
      tokens: shop.call('GET', '/tokens', undefined, { ...none, 'bt-api-key': key }),
      ai: shop.call('POST', `/tenants/${shop.tenant}/proxy`, '{', {
        ...none,
        'bt-authorization': `Bearer ${key}`,
        'bt-target-url': url,
      }),
      stitch: shop.call('POST', '/v2/forwarded-requests', '{'),
    }
    const shapes: Readonly<Record<string, object>> = {
      native: { error: { code: 'rate_limited', sent: 'no' } },
      ozura: { success: false, message: 'Rate limit exceeded', code: 'rate_limited', sent: 'no' },
      classic: { proxy_error: { status: 429, title: 'Too Many Requests' } },
      tokens: { status: 429, title: 'Too Many Requests', code: 'rate_limited' },
      ai: { error: { status: 429, type: 'rateLimited' } },
      stitch: { statusCode: 429, error: 'Too Many Requests', code: 'rate_limited', sent: 'no' },
    }
    for (const [api, answer] of Object.entries(answers)) {
      const { status, headers, json, text } = await answer
      expect(status, `${api} ${text}`).toBe(429)
      expect(headers.get('retry-after'), api).toBe('1')
      expect(headers.get('ratelimit'), api).toBe('"key";r=0;t=1')
      expect(json, api).toMatchObject(shapes[api] ?? expect.unreachable())
    }
    expect(psp.arrivals.length).toBe(0)
  })

  test('by OAuth has the quota of its client, with which it also gets its tokens', async () => {
    rest()
    const made = await shop.call('POST', '/v1/clients', { name: 'c', scopes: ['tokens:read'] })
    const form = `grant_type=client_credentials&client_id=${made.textAt('id')}&client_secret=${made.textAt('secret')}`
    const type = { authorization: '', 'content-type': 'application/x-www-form-urlencoded' }
    const token = () => shop.call('POST', '/oauth/token', form, type)
    const access = (await token()).textAt('access_token')
    const listed = () => shop.call('GET', '/v1/tokens', undefined, as(access))
    expect((await until(3, listed)).status).toBe(200)
    expect((await listed()).status).toBe(429)
    const refused = await token()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  })
})

test('what is always answered has no limit', async () => {
  rest()
  for (let at = 0; at < 50; at++) {
    const healthy = await shop.call('GET', at % 2 ? '/healthz' : '/readyz')
    expect(healthy.status).toBe(200)
    expect(healthy.headers.has('ratelimit')).toBe(false)
  }
})

describe('what is under way', () => {
  /** Calls that wait at the PSP until they are let go. */
  function holding() {
    const held: ((reply: Reply) => void)[] = []
    const waiting = Promise.withResolvers<void>()
    let wanted = Infinity
    psp.reply = () =>
      new Promise((resolve) => {
        held.push(resolve)
        if (held.length >= wanted) waiting.resolve()
      })
    return {
      arrived: (count: number) => {
        wanted = count
        if (held.length >= count) waiting.resolve()
        return waiting.promise
      },
      release: () => {
        for (const reply of held.splice(0)) reply({})
        psp.reply = () => ({})
      },
    }
  }
  const forward = (key: string, path = '/pay', headers = {}): Promise<Answered> =>
    shop.call(
      'POST',
      '/v1/forward',
      { request: { url: psp.url + path, body: {} } },
      {
        ...as(key),
        ...headers,
      },
    )
  const listed = async (tenant: string): Promise<string> => {
    const key = await shop.newKey(['forward', 'admin', 'tokens:read', 'tokens:write'], { tenant })
    await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port }, as(key))
    return key
  }

  test('at one host is bounded, for one tenant more than for all; a repeated key is still told', async () => {
    rest()
    const [one, two] = [
      await listed(await shop.newTenant('h1')),
      await listed(await shop.newTenant('h2')),
    ]
    rest()
    const again = { 'idempotency-key': 'done' }
    expect((await forward(one, '/first', again)).status).toBe(200)
    rest()
    const { arrived, release } = holding()
    const calls = [forward(one), forward(one), forward(one)]
    await arrived(3)
    const busy = await forward(one)
    expect(busy.status).toBe(503)
    expect(busy.at('error')).toMatchObject({ code: 'destination_busy', sent: 'no' })
    expect(busy.headers.get('retry-after')).toBe('1')
    rest()
    const repeated = await forward(one, '/first', again)
    expect(repeated.at('sent')).toBe('yes')
    const others = forward(two)
    await arrived(4)
    expect((await forward(two)).at('error', 'code')).toBe('destination_busy')
    release()
    for (const call of [...calls, others]) expect((await call).at('sent')).toBe('yes')
    // Nothing was written down of those that were refused.
    rest()
    const forwards = await shop.newKey(['forwards:read'], { tenant: shop.tenant })
    expect((await shop.call('GET', '/v1/forwards', undefined, as(forwards))).at('data')).toEqual([])
    expect((await forward(one)).status).toBe(200)
  })

  test('in this process is bounded: 503 before anything is looked up, also for strangers', async () => {
    rest()
    const keys = [
      await listed(await shop.newTenant('p1')),
      await listed(await shop.newTenant('p2')),
    ]
    rest()
    const slow = Array.from({ length: 8 }, (_, at) => half(keys[at % 2] ?? '', 10, '{'))
    await running(8)
    for (const key of [shop.key, 'pgk_live_wrong']) {
      const refused = await shop.call('GET', '/v1/tokens', undefined, as(key))
      expect(refused.status).toBe(503)
      expect(refused.at('error')).toMatchObject({ code: 'overloaded', sent: 'no' })
      expect(refused.headers.get('retry-after')).toBe('1')
    }
    expect((await shop.call('GET', '/healthz')).status).toBe(200)
    for (const { end } of slow) expect(await end(' '.repeat(9))).toContain('HTTP/1.1 400')
    expect(shop.gateway.limits.visits.running()).toBe(0)
  })

  /** A request of which half has been sent; gives the answer once the rest is. */
  function half(key: string, length: number, body: string): { end(rest: string): Promise<string> } {
    const socket = connect(shop.server.port, '127.0.0.1')
    const headers = [
      'Host: a',
      `Authorization: Bearer ${key}`,
      'Content-Type: application/json',
      `Content-Length: ${length}`,
    ]
    socket.write(rawRequest('POST /v1/tokens HTTP/1.1', headers, body))
    return {
      end: (rest) =>
        new Promise((resolve) => {
          socket.once('data', (answer) => {
            socket.destroy()
            resolve(String(answer))
          })
          socket.write(rest)
        }),
    }
  }
  /** Waits until so many are under way. */
  async function running(count: number): Promise<void> {
    while (shop.gateway.limits.visits.running() < count) await Bun.sleep(1)
  }

  test('holds so many bytes, declared or counted, and gives them back', async () => {
    rest()
    const big = { type: 'card', card: { number: canaryCard() }, pad: 'x'.repeat(60_000) }
    const slow = half(shop.key, 60_001, ' ')
    await running(1)
    let refused = await shop.call('POST', '/v1/tokens', big)
    // The first may not have been read yet.
    while (refused.status !== 503) {
      rest()
      refused = await shop.call('POST', '/v1/tokens', big)
    }
    expect(refused.at('error', 'code')).toBe('overloaded')
    expect(await slow.end(' '.repeat(60_000))).toContain('HTTP/1.1 400')
    rest()
    expect((await shop.call('POST', '/v1/tokens', big)).status).toBe(400)
  })
})

test('refused requests are told of together, and each is counted', async () => {
  rest()
  const before = shop.log().split('\n').length
  await until(30, () => shop.call('GET', '/v1/tokens'))
  const lines = shop
    .log()
    .split('\n')
    .slice(before)
    .map((line): { level?: string; status?: number } => JSON.parse(line))
  // Some of that second may have had theirs before.
  const own = lines.filter(({ level, status }) => status === 429 && level === 'info')
  expect(own.length).toBeLessThanOrEqual(10)
  expect(
    lines.filter(({ level, status }) => status === 429 && level === 'debug').length,
  ).toBeGreaterThan(10)
  const refused = shop.gateway.metrics
    .snapshot()
    .find(({ name, labels }) => name === 'pangate_limits_refused_total' && labels[0] === 'requests')
  expect(Number(refused?.value)).toBeGreaterThanOrEqual(26)
})

test('a key or client may be made with a rate of its own, which is shown, and lies within that of its tenant', async () => {
  rest()
  const scopes = ['tokens:read']
  const made = await shop.call('POST', '/v1/keys', { scopes, rate: '60/min burst 2' })
  expect([made.status, made.at('rate')]).toEqual([201, '60/min burst 2'])
  expect((await shop.call('GET', `/v1/keys/${made.textAt('id')}`)).at('rate')).toBe(
    '60/min burst 2',
  )
  const listed = () => shop.call('GET', '/v1/tokens', undefined, as(made.textAt('key')))
  expect((await listed()).headers.get('ratelimit-policy')).toStartWith('"key";q=2;w=2, ')
  expect((await until(2, listed)).status).toBe(429)
  rest()
  const wide = await shop.call('POST', '/v1/keys', { scopes, rate: '1000/s' })
  const over = await until(7, () =>
    shop.call('GET', '/v1/tokens', undefined, as(wide.textAt('key'))),
  )
  expect(over.at('error', 'message')).toBe('The rate of this tenant is used up.')
  rest()
  for (const rate of ['none', '0/s', '5', '5/h', '']) {
    const refused = await shop.call('POST', '/v1/keys', { scopes, rate })
    expect([refused.status, refused.at('error', 'param')], rate).toEqual([400, 'rate'])
    rest()
  }
})

/**
 * @module Guessing and flooding by those who are not known: slowed down by address, told of once, and no good client shut out.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { canarySecret } from '../support/canary.ts'
import { install, type Reply } from '../support/installed.ts'
import { SHIPPED_LIMITS } from '../support/limits.ts'
import { freePort } from '../support/ports.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { openShop, type Shop } from '../support/shop.ts'

/** Failures that an address may have, as shipped. */
const ALLOWED = 30

let shop: Shop
beforeAll(async () => {
  // Addresses of clients are taken from a header, as behind a load balancer; so each test can have its own.
  shop = await openShop({ ...SHIPPED_LIMITS, PANGATE_SERVER_TRUSTED_PROXIES: '127.0.0.0/8' })
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

/** The statuses of calls, in order, and how many there were of each. */
function counted(replies: readonly Reply[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

async function each<T>(times: number, call: (at: number) => Promise<T>): Promise<readonly T[]> {
  const all: T[] = []
  for (let at = 0; at < times; at++) all.push(await call(at))
  return all
}

/** Lines of the log with this event. */
const events = (event: string): readonly Record<string, unknown>[] =>
  shop.served.program
    .stderr()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line))

const from = (address: string, more = {}) => ({ 'x-forwarded-for': address, ...more })

test('P09 keys that are guessed: 401, then 429 with the time to wait, always in the same words; the good key on the same address passes', async () => {
  const address = '203.0.113.1'
  const guesses: Reply[] = []
  const good: Reply[] = []
  for (let at = 0; at < 100; at++) {
    const guess = `pgk_live_${createHash('sha256').update(`${at}`).digest('base64url')}`
    guesses.push(
      await shop.call(
        'GET',
        '/v1/tokens',
        undefined,
        from(address, { authorization: `Bearer ${guess}` }),
      ),
    )
    if (at % 2 === 0) good.push(await shop.call('GET', '/v1/tokens', undefined, from(address)))
  }
  expect(counted(good)).toEqual({ 200: 50 })
  // Some were forgiven while the test ran.
  const refused = guesses.filter(({ status }) => status === 429)
  expect(refused.length).toBeWithin(100 - ALLOWED - 5, 100 - ALLOWED + 1)
  expect(guesses.slice(0, ALLOWED).every(({ status }) => status === 401)).toBe(true)
  const words = (reply: Reply): string =>
    reply.text.replace(/"request_id":"[^"]*"/, '').replace(/\d+/g, '')
  expect(new Set(guesses.slice(0, ALLOWED).map(words)).size).toBe(1)
  expect(new Set(refused.map(words)).size).toBe(1)
  for (const { headers, at } of refused) {
    expect(Number(headers.get('retry-after'))).toBeWithin(1, 4)
    expect(at('error')).toMatchObject({ code: 'rate_limited', sent: 'no' })
  }
  const told = events('auth.failures').filter((event) => event['address'] === address)
  expect(told).toMatchObject([{ level: 'warn', count: ALLOWED }])
  expect(shop.served.program.stderr()).not.toContain('pgk_live_')
})

test('P09 in every API the guesser is refused in its own words', async () => {
  const address = '203.0.113.2'
  const wrong = 'pgk_live_wrong'
  const bt = { authorization: '', 'bt-api-key': wrong, 'bt-proxy-url': shop.wire.url }
  const ways: readonly [string, string, object, object][] = [
    [
      'POST',
      '/v1/forward',
      { authorization: `Bearer ${wrong}` },
      { error: { code: 'rate_limited' } },
    ],
    [
      'POST',
      '/proxy/transaction',
      { authorization: '', 'x-api-key': wrong },
      { success: false, sent: 'no' },
    ],
    ['POST', '/proxy/pay', bt, { proxy_error: { status: 429 } }],
    ['GET', '/tokens', bt, { status: 429 }],
    [
      'POST',
      `/tenants/${shop.installed.tenant}/proxy`,
      { authorization: '', 'bt-authorization': `Bearer ${wrong}` },
      { error: { type: 'rateLimited' } },
    ],
    ['POST', '/v2/forwarded-requests', { authorization: `Bearer ${wrong}` }, { statusCode: 429 }],
    // A token that is none, and none at all, are attempts as well.
    [
      'GET',
      '/v1/tokens',
      { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' },
      { error: { sent: 'no' } },
    ],
    ['GET', '/v1/tokens', { authorization: '' }, { error: { sent: 'no' } }],
  ]
  await each(ALLOWED + 5, () =>
    shop.call('GET', '/v1/tokens', undefined, from(address, { authorization: '' })),
  )
  for (const [method, path, headers, shape] of ways) {
    const reply = await shop.call(method, path, undefined, from(address, headers))
    expect(reply.status, path).toBe(429)
    expect(Number(reply.headers.get('retry-after')), path).toBeGreaterThan(0)
    expect(JSON.parse(reply.text), path).toMatchObject(shape)
  }
})

test('P09 the secret of an OAuth client that is guessed; the right one still gets its token', async () => {
  const address = '203.0.113.3'
  const made = await shop.call('POST', '/v1/clients', { name: 'c', scopes: ['tokens:read'] })
  const ask = (secret: string): Promise<Reply> =>
    shop.call(
      'POST',
      '/oauth/token',
      `grant_type=client_credentials&client_id=${made.textAt('id')}&client_secret=${secret}`,
      from(address, { authorization: '', 'content-type': 'application/x-www-form-urlencoded' }),
    )
  const guesses = await each(60, (at) => ask(`pgs_live_${at}`))
  expect(guesses.slice(0, ALLOWED).every(({ status }) => status === 401)).toBe(true)
  expect(guesses.at(-1)?.status).toBe(429)
  expect(Number(guesses.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await ask(made.textAt('secret'))).status).toBe(200)
})

/** Whether each notification that is kept was genuine. */
async function notifications(): Promise<readonly boolean[]> {
  const all: boolean[] = []
  for (let cursor = ''; ;) {
    const page = await shop.call('GET', `/v1/notifications?limit=100${cursor}`)
    for (let at = 0; page.at('data', at) !== undefined; at++) {
      all.push(page.at('data', at, 'verified') === true)
    }
    if (page.at('next_cursor') === null) return all
    cursor = `&cursor=${page.textAt('next_cursor')}`
  }
}

test('P09 notifications that are not genuine fill no table; those of the PSP are taken all the same', async () => {
  const secret = canarySecret().slice(0, 32)
  const account = await shop.call('POST', '/v1/accounts', {
    adapter: 'praxis',
    mode: 'sandbox',
    name: 'praxis',
    credentials: { merchant_id: 'm-1', application_key: 'shop', merchant_secret: secret },
  })
  const path = `/v1/notifications/${account.textAt('id')}`
  const message = {
    merchant_id: 'm-1',
    application_key: 'shop',
    transaction_status: 'approved',
    version: '1.2',
  }
  const signed = (order_id: string, key: string): object => {
    const all: Readonly<Record<string, string>> = { ...message, order_id }
    const text = Object.keys(all)
      .toSorted()
      .map((name) => all[name])
      .join('')
    return {
      ...all,
      signature: createHash('sha384')
        .update(text + key)
        .digest('hex'),
    }
  }
  const address = from('203.0.113.4', { authorization: '' })
  const forged = await each(80, (at) => shop.call('POST', path, signed(`f${at}`, 'guess'), address))
  expect(forged.at(-1)?.status).toBe(429)
  expect((await shop.call('POST', path, signed('real', secret), address)).status).toBe(200)
  // Others' addresses too, once there are too many together.
  const many = await each(400, (at) =>
    shop.call(
      'POST',
      path,
      signed(`m${at}`, 'guess'),
      from(`198.51.100.${at % 250}`, { authorization: '' }),
    ),
  )
  expect(many.at(-1)?.status).toBe(429)
  expect(
    (
      await shop.call(
        'POST',
        path,
        signed('real 2', secret),
        from('198.51.100.1', { authorization: '' }),
      )
    ).status,
  ).toBe(200)
  const kept = await notifications()
  expect(kept.filter((verified) => verified).length).toBe(2)
  // Ten times what one address may, and what was forgiven meanwhile.
  expect(kept.length).toBeLessThan(10 * ALLOWED + 50)
  // Nor can it be found out by trying which accounts there are.
  const none = await each(80, (at) =>
    shop.call(
      'POST',
      `/v1/notifications/acct_${at}`,
      {},
      from('203.0.113.5', { authorization: '' }),
    ),
  )
  expect(none.at(-1)?.status).toBe(429)
})

test('P09 an address is what the proxy says, and not what the caller says', async () => {
  const guess = { authorization: 'Bearer pgk_live_wrong' }
  const call = (address: string) => shop.call('GET', '/v1/tokens', undefined, from(address, guess))
  await each(ALLOWED + 5, (at) => call(`10.0.0.${at}, 203.0.113.6`))
  expect((await call('203.0.113.6')).status).toBe(429)
  expect((await call('203.0.113.7')).status).toBe(401)
  // Who is no trusted proxy is one address, whatever it says.
  const plain = await openShop(SHIPPED_LIMITS)
  const direct = await each(ALLOWED + 5, (at) =>
    plain.call('GET', '/v1/tokens', undefined, from(`203.0.113.${at}`, guess)),
  )
  expect(direct.at(-1)?.status).toBe(429)
  expect((await plain.call('GET', '/v1/tokens')).status).toBe(200)
  await plain.stop()
})

test('P09 a proxy that is not listed: told of once, in the log and the numbers, and by doctor beside the server', async () => {
  const admin = `127.0.0.1:${await freePort()}`
  const installed = await install(undefined, { PANGATE_SERVER_ADMIN_LISTEN: admin })
  const findings = async (): Promise<string> => installed.command('doctor')
  const { program, call } = await installed.serve({ ...SHIPPED_LIMITS })
  const guess = { authorization: `Bearer pgk_live_${'x'.repeat(43)}` }
  expect((await call('GET', '/v1/tokens', undefined, guess)).status).toBe(401)
  expect((await call('GET', '/v1/tokens', undefined, from('203.0.113.1'))).status).toBe(200)
  expect(await findings()).toMatch(/ok +trusted proxies: /)
  for (let at = 0; at < 3; at++)
    await call('GET', '/v1/tokens', undefined, from('203.0.113.1', guess))
  // Its log comes by another way than its answers.
  await program.waitForLine(/"event":"proxy.unlisted"/)
  const told = program.stderr().match(/"event":"proxy.unlisted","address":"[^"]*"/g)
  expect(told).toEqual(['"event":"proxy.unlisted","address":"127.0.0.1"'])
  const numbers = await (await fetch(`http://${admin}/metrics`)).text()
  expect(numbers).toContain('\npangate_unlisted_proxies_total 1\n')
  expect(await findings()).toMatch(/warning +trusted proxies: .*\n +next: look for proxy.unlisted/)
  await program.stop()
  const listed = await installed.serve({
    ...SHIPPED_LIMITS,
    PANGATE_SERVER_TRUSTED_PROXIES: '127.0.0.0/8',
  })
  await listed.call('GET', '/v1/tokens', undefined, from('203.0.113.1', guess))
  expect(listed.program.stderr()).not.toContain('proxy.unlisted')
  expect(await findings()).toMatch(/ok +trusted proxies: /)
  await listed.program.stop()
}, 30_000)

test('H12 bodies that strangers announce: nothing of them is waited for, and their address is limited', async () => {
  const memory = async (): Promise<number> => {
    const text = await Bun.file(`/proc/${shop.served.program.pid}/status`).text()
    return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) / 1024
  }
  const head = (...more: readonly string[]): string =>
    rawRequest('POST /v1/forward HTTP/1.1', [
      'Host: a',
      'X-Forwarded-For: 203.0.113.8',
      'Content-Type: application/json',
      ...more,
    ])
  const before = await memory()
  const waves = process.env['PANGATE_TEST_LONG'] === '1' ? 10 : 3
  const statuses: number[] = []
  for (let wave = 0; wave < waves; wave++) {
    const flood = Array.from({ length: 200 }, (_, at) =>
      sendRaw(
        shop.port,
        head('Content-Length: 900000', ...(at % 2 ? ['Expect: 100-continue'] : [])),
        {
          until: (all) => all.some((status) => status >= 400),
        },
      ),
    )
    for (const answer of await Promise.all(flood)) {
      statuses.push(answer.statuses.at(-1) ?? 0)
      expect(answer.ms).toBeLessThan(2_400)
    }
    // A merchant behind the same address is served meanwhile.
    expect((await shop.call('GET', '/v1/tokens', undefined, from('203.0.113.8'))).status).toBe(200)
  }
  console.log(`H12: ${waves * 200} announced bodies`)
  expect(statuses.filter((status) => status === 401).length).toBeWithin(ALLOWED, ALLOWED + 15)
  expect(new Set(statuses)).toEqual(new Set([401, 429]))
  expect((await memory()) - before).toBeLessThan(100)
  expect(events('auth.failures').filter((event) => event['address'] === '203.0.113.8').length).toBe(
    1,
  )
}, 30_000)

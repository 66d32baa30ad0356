/**
 * @module Times of answers that could tell what their words do not: tokens of the other mode and erased ones, clients, signatures.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { canarySecret } from '../support/canary.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { difference } from '../support/welch.ts'

const LONG = process.env['PANGATE_TEST_LONG'] === '1'
const SAMPLES = LONG ? 10_000 : 1_000
/** What a difference must reach to be one; https://www.rambus.com/wp-content/uploads/2015/08/TVLA-DTR-with-AES.pdf */
const MOST_T = 4.5
/** Where a noiseless machine sees a difference all the same, it is none for anybody over a network. */
const NEAR_US = 20

let shop: Shop
let foreign: string
let client: { readonly id: string; readonly secret: string }
beforeAll(async () => {
  shop = await openShop()
  const create = async (...args: readonly string[]): Promise<Readonly<Record<string, string>>> =>
    JSON.parse(await shop.installed.command(...args, '--tenant', 'shop', '--json'))
  const scopes = ['--scope', 'tokens:read,tokens:write']
  foreign = (await create('key', 'create', ...scopes, '--test'))['key'] ?? ''
  const { id = '', secret = '' } = await create('client', 'create', ...scopes)
  client = { id, secret }
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

/** By itself, because thousands of answers are no evidence that must be kept. */
async function ask(path: string, init: RequestInit): Promise<number> {
  const answer = await fetch(shop.served.url + path, init)
  await answer.arrayBuffer()
  return answer.status
}

const changed = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1)

async function expectSame(
  what: string,
  status: number,
  first: () => Promise<number>,
  second: () => Promise<number>,
): Promise<void> {
  expect([await first(), await second()], what).toEqual([status, status])
  const { t, us } = await difference(SAMPLES, first, second)
  console.log(`${what}: t = ${t.toFixed(2)}, ${us.toFixed(2)} us, ${SAMPLES} samples each`)
  expect(Math.abs(t) < MOST_T || Math.abs(us) < NEAR_US, `${what}: t = ${t}, ${us} us`).toBe(true)
}

const look = (key: string, id: string) => () =>
  ask(`/v1/tokens/${id}`, { headers: { authorization: `Bearer ${key}` } })

test('L08 T06 a token of the other mode, and one that was erased, take as long as one that never was', async () => {
  const token = await shop.token()
  const erased = await shop.token()
  expect((await shop.call('DELETE', `/v1/tokens/${erased}`)).status).toBe(204)
  const never = changed(token, token.length - 1)
  await expectSame('T06 the other mode', 404, look(foreign, never), look(foreign, token))
  await expectSame('T06 erased', 404, look(shop.key, never), look(shop.key, erased))
}, 180_000)

test('L08 a client that there is takes as long to be refused as one that there is not', async () => {
  const sign = (id: string, secret: string) => () =>
    ask('/oauth/token', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: id,
        client_secret: secret,
      }).toString(),
    })
  const { id, secret } = client
  const [none, end] = [changed(id, id.length - 1), changed(secret, secret.length - 1)]
  await expectSame('L08 clients', 401, sign(none, secret), sign(id, end))
  const start = changed(secret, secret.lastIndexOf('_') + 1)
  expect(start).not.toBe(end)
  await expectSame('L08 client secrets', 401, sign(id, start), sign(id, end))
}, 180_000)

test('L08 a fingerprint that is known takes as long to be looked for as one of no card of this caller', async () => {
  const token = await shop.call('GET', `/v1/tokens/${await shop.token()}`)
  const fingerprint = token.textAt('fingerprint')
  const search = (key: string, text: string) => () =>
    ask(`/v1/tokens?fingerprint=${encodeURIComponent(text)}`, {
      headers: { authorization: `Bearer ${key}` },
    })
  const none = changed(fingerprint, 0)
  await expectSame('L08 fingerprints', 200, search(foreign, none), search(foreign, fingerprint))
}, 180_000)

test('L08 the difference is found where there is one', async () => {
  const word = canarySecret()
  const slow = async (): Promise<number> => {
    const until = Bun.nanoseconds() + 300_000
    while (Bun.nanoseconds() < until);
    return look(shop.key, word)()
  }
  const { t, us } = await difference(300, look(shop.key, word), slow)
  console.log(`L08 300 us more: t = ${t.toFixed(2)}, ${us.toFixed(2)} us`)
  expect(t).toBeGreaterThan(MOST_T)
})

/**
 * @module A database that fails: what callers are told is true, nothing is sent that was not written down, and it heals.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { eq, sql } from 'drizzle-orm'
import { markInterrupted } from '../../src/store/forwards.ts'
import { forwards } from '../../src/store/schema.ts'
import { generateMasterKey } from '../../src/vault/master_key.ts'
import { canaryCard, canaryCvc } from '../support/canary.ts'
import { startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'
import { freshFolder } from '../support/run.ts'

const card = { number: canaryCard(), exp_month: 1, exp_year: 2040 }
const masterKey = generateMasterKey()
const folder = freshFolder('failures')
let now = Date.parse('2027-03-01T12:00:00Z')
let orders = 0
let psp: FakePsp
let shop: TestGateway
let token: string

beforeAll(async () => {
  psp = await startPsp()
  shop = await startGateway({ psp, folder, masterKey, clock: () => now })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  token = (await shop.call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
})
beforeEach(() => {
  psp.arrivals.length = 0
  psp.reply = () => ({ body: '{"paid":true}' })
})
afterEach(() => refuseWrites(false))
afterAll(async () => {
  await shop.close()
  await psp.stop()
})

/** What refuses every write while it is there. */
const REFUSING = ['tokens', 'api_keys', 'destinations', 'forwards', 'credentials'].flatMap(
  (table) =>
    ['insert', 'update', 'delete'].map((verb) => ({ name: `no_${verb}_${table}`, table, verb })),
)

/** Lets the database refuse, or take, what is written from now on. */
async function refuseWrites(on: boolean): Promise<void> {
  const client = createClient({ url: `file:${join(folder, 'pangate.db')}`, timeout: 5000 })
  await client.batch(
    REFUSING.map(({ name, table, verb }) =>
      on
        ? `create trigger if not exists ${name} before ${verb} on ${table} begin select raise(abort, 'no'); end`
        : `drop trigger if exists ${name}`,
    ),
    'write',
  )
  client.close()
}

function forward(
  key = `order ${++orders}`.replace(' ', '-'),
  more = {},
  cvc = {},
): Promise<Answered> {
  const body = { n: '{{ card.number }}', ...more }
  const call = { token, request: { url: `${psp.url}/pay`, body }, ...cvc }
  return shop.call('POST', '/v1/forward', call, { 'idempotency-key': key })
}

/** Leaves a record that could not be written as it is: else it is set right by itself within half a second, in the midst of a slow test. */
async function leftAlone<T>(run: () => Promise<T>): Promise<T> {
  const { gateway } = shop
  const { later } = gateway
  Object.assign(gateway, { later: { ...later, add: () => false } })
  try {
    return await run()
  } finally {
    Object.assign(gateway, { later })
  }
}

/** Lets the writes through but for the n-th, counted from one, and those after it where `on` says so. */
async function failingWrite<T>(nth: number, on: boolean, run: () => Promise<T>): Promise<T> {
  const { store } = shop.gateway
  const { write } = store
  let count = 0
  const failing: typeof write = (...queries) => {
    count++
    if (count === nth || (on && count > nth))
      return Promise.reject(new Error('the disk is on fire'))
    return write(...queries)
  }
  Object.assign(store, { write: failing })
  try {
    return await run()
  } finally {
    Object.assign(store, { write })
  }
}

describe('a database that cannot be written', () => {
  test('stores nothing and says so; reading still works', async () => {
    await refuseWrites(true)
    const answers = [
      await shop.call('POST', '/v1/tokens', { type: 'card', card }),
      await shop.call('PATCH', `/v1/tokens/${token}`, { metadata: { a: 'b' } }),
      await shop.call('DELETE', `/v1/tokens/${token}`),
      await shop.call('POST', '/v1/keys', { scopes: ['forward'] }),
      await shop.call('POST', '/v1/destinations', { host: 'a.example' }),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(answer.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(answer.text).not.toContain(card.number)
    }
    expect((await shop.call('GET', `/v1/tokens/${token}`)).at('metadata')).toEqual({})
  })

  test('sends nothing, and the same key may be used when it heals', async () => {
    await refuseWrites(true)
    const refused = await forward('healing')
    expect(refused.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
    expect(psp.arrivals).toHaveLength(0)
    await refuseWrites(false)
    expect((await forward('healing')).at('sent')).toBe('yes')
    expect(psp.arrivals).toHaveLength(1)
  })

  test('keeps the CVC session for when it heals', async () => {
    const session = await shop.call('POST', '/v1/cvc-sessions', { cvc: canaryCvc(), token })
    const cvc = { cvc_session: session.textAt('id') }
    await refuseWrites(true)
    expect((await forward('cvc', { cvc: '{{ card.cvc }}' }, cvc)).status).toBe(503)
    await refuseWrites(false)
    expect((await forward('cvc', { cvc: '{{ card.cvc }}' }, cvc)).status).toBe(200)
  })

  test('after the PSP has answered: sent is yes, and the record never says less than unknown', async () => {
    psp.reply = async () => {
      await refuseWrites(true)
      return {}
    }
    const key = 'answered'
    const answer = await leftAlone(() => forward(key))
    expect(answer.status).toBe(503)
    expect(answer.at('error')).toMatchObject({
      code: 'storage_unavailable',
      sent: 'yes',
      message: 'The PSP answered with status 200, but the answer could not be recorded.',
    })
    await refuseWrites(false)
    const record = await shop.call('GET', `/v1/forwards/${answer.textAt('error', 'forward')}`)
    expect(record.json).toMatchObject({ state: 'sending', sent: 'unknown' })
    const running = await forward(key)
    expect(running.at('error')).toMatchObject({ code: 'idempotency_running', sent: 'unknown' })
    now += 60_000
    const later = await forward(key)
    expect(later.status).toBe(409)
    expect(later.at('error')).toMatchObject({ code: 'idempotency_unknown', sent: 'unknown' })
    expect(psp.arrivals).toHaveLength(1)
  })
})

test('a full disk refuses what is new, keeps what is there, and heals', async () => {
  const { store: own } = shop.gateway
  const [count] = await own.db.values<[number]>(sql`pragma page_count`)
  const limit = (pages: number) =>
    own.write({ sql: `pragma max_page_count = ${pages}`, params: [] })
  await limit((count?.[0] ?? 0) + 2)
  const bulky = {
    metadata: Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`n${at}`, 'x'.repeat(500)]),
    ),
  }
  const store = () => shop.call('POST', '/v1/tokens', { type: 'card', card, ...bulky })
  const refused = await store()
  expect(refused.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
  expect((await shop.call('GET', `/v1/tokens/${token}`)).status).toBe(200)
  await limit(1073741823)
  expect((await store()).status).toBe(201)
  expect(await shop.gateway.store.check()).toBe('ok')
})

describe('a write that fails on the way', () => {
  test.each([
    ['1st', false, 'no', 0],
    ['1st', true, 'no', 0],
    ['2nd', false, 'yes', 1],
    ['2nd', true, 'yes', 1],
  ] as const)(
    'the %s (and those after it: %p) leaves sent: %s',
    async (name, on, sent, arrivals) => {
      const nth = parseInt(name, 10)
      const key = `step-${nth}-${on}`
      const answer = await leftAlone(() => failingWrite(nth, on, () => forward(key)))
      expect(answer.status).toBeGreaterThanOrEqual(500)
      expect(answer.at('error', 'sent')).toBe(sent)
      expect(answer.text).not.toContain('fire')
      expect(psp.arrivals).toHaveLength(arrivals)
      const again = await forward(key)
      // What was not sent may be sent now; what was is not sent again by itself.
      expect(again.status === 200).toBe(sent === 'no')
      expect(psp.arrivals).toHaveLength(1)
      if (nth === 2 && !on) expect(again.text).toBe(answer.text)
    },
  )

  test.each(['1st', '2nd'])(
    'the %s of a forward that was not sent leaves sent: no',
    async (name) => {
      const nth = parseInt(name, 10)
      psp.reply = () => ({ raw: (socket) => socket.destroy() })
      const dead = await startPsp()
      await dead.stop()
      await shop.call('POST', '/v1/destinations', { host: 'localhost', port: dead.port })
      const request = { url: dead.url, body: { n: '{{ card.number }}' } }
      const answer = await failingWrite(nth, false, () =>
        shop.call('POST', '/v1/forward', { token, request }),
      )
      expect(answer.at('error', 'sent')).toBe('no')
    },
  )
})

describe('a forward that was interrupted', () => {
  test('is unknown after the start, is said to be so, and is not sent again', async () => {
    const [cut, done] = [await forward('cut'), await forward('done')]
    const { store, node } = shop.gateway
    await store.write(
      store.db
        .update(forwards)
        .set({ state: 'sending', sealed_result: null })
        .where(eq(forwards.id, cut.textAt('id'))),
    )
    const waiting = await store.db.select().from(forwards).where(eq(forwards.state, 'sending'))
    expect(await markInterrupted(store, node, Date.now())).toBe(waiting.length)
    expect(await markInterrupted(store, node, Date.now())).toBe(0)
    const record = await shop.call('GET', `/v1/forwards/${cut.textAt('id')}`)
    expect(record.json).toMatchObject({ state: 'unknown', sent: 'unknown' })
    const again = await forward('cut')
    expect(again.status).toBe(409)
    expect(again.at('error')).toMatchObject({ code: 'idempotency_unknown', sent: 'unknown' })
    expect((await forward('done')).text).toBe(done.text)
    expect(psp.arrivals).toHaveLength(2)
  })

  test('in time is still running for another caller', async () => {
    const hold = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    psp.reply = async () => {
      arrived.resolve()
      await hold.promise
      return {}
    }
    const first = forward('slow')
    await arrived.promise
    expect((await forward('slow')).at('error', 'code')).toBe('idempotency_running')
    hold.resolve()
    expect((await forward('slow')).status).toBeLessThan(500)
    expect((await first).status).toBe(200)
    expect(psp.arrivals).toHaveLength(1)
  })
})

test('what was answered is answered again after a restart, byte for byte', async () => {
  const first = await forward('kept')
  await shop.close()
  shop = await startGateway({ psp, folder, masterKey, clock: () => now })
  expect((await forward('kept')).text).toBe(first.text)
  expect(psp.arrivals).toHaveLength(1)
})

test('a database that is gone is said to be so; the program itself runs', async () => {
  const other = await startGateway({ psp })
  await other.gateway.store.close()
  for (const path of ['/v1/tokens', '/readyz']) {
    const answer = await other.call('GET', path)
    expect(answer.status).toBe(503)
    expect(answer.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
  }
  expect((await other.call('GET', '/healthz')).status).toBe(200)
  await other.server.stop()
})

/**
 * @module Records and messages that are as old as they are kept: only what is over goes, a few at a time, and never without a line in the audit log.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { asc, eq } from 'drizzle-orm'
import { loadConfig } from '../../src/config.ts'
import { newId } from '../../src/id.ts'
import { pruneRecords, pruner } from '../../src/store/retention.ts'
import { audit, forwards, notifications } from '../../src/store/schema.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const BEGAN = Date.parse('2027-03-01T12:00:00Z')
let now = BEGAN
let shop: TestGateway

beforeAll(async () => {
  shop = await startGateway({ clock: () => now })
})
beforeEach(async () => {
  now = BEGAN
  const { store } = shop.gateway
  await store.write(store.db.delete(forwards), store.db.delete(notifications))
})
afterAll(() => shop.close())

type State = (typeof forwards.$inferSelect)['state']

/** Records of an age in days, written as forwards write them. */
async function recorded(count: number, state: State, age: number): Promise<readonly string[]> {
  const { store } = shop.gateway
  const created_at = now - age * DAY_MS
  const rows = Array.from({ length: count }, () => {
    const id = newId('fwd', created_at)
    return {
      ...{ id, tenant_id: shop.tenant, test: false, dialect: 'native', node: 'n', state },
      ...{ token_ids: [], method: 'POST', host: 'psp.test', idempotency_key: id },
      ...{ deadline_at: created_at + 1000, created_at, sealed_request: Buffer.from('x') },
    }
  })
  for (let at = 0; at < rows.length; at += 100)
    await store.write(store.db.insert(forwards).values(rows.slice(at, at + 100)))
  return rows.map(({ id }) => id)
}

const left = async (): Promise<readonly string[]> =>
  (
    await shop.gateway.store.db.select({ id: forwards.id }).from(forwards).orderBy(asc(forwards.id))
  ).map(({ id }) => id)

/** What the audit log says of it since a number of lines. */
async function lines(): Promise<readonly unknown[]> {
  const rows = await shop.gateway.store.db
    .select({ detail: audit.detail })
    .from(audit)
    .where(eq(audit.action, 'records.prune'))
    .orderBy(asc(audit.seq))
  return rows.map(({ detail }) => JSON.parse(String(detail)))
}

type Pruning = Parameters<typeof pruneRecords>[1]

const pruning = (more: Partial<Pruning> = {}): Pruning => ({
  ...{ store: shop.gateway.store, clock: () => now, pause: async () => undefined },
  ...{ isStopped: () => false, ...more },
})

const prune = (more: Partial<Pruning> = {}): ReturnType<typeof pruneRecords> =>
  pruneRecords(now - DAYS * DAY_MS, pruning(more))

test('what is done or was not sent goes at its age; what is younger, unknown or being sent stays', async () => {
  const before = (await lines()).length
  const old = [...(await recorded(3, 'done', DAYS + 1)), ...(await recorded(2, 'not_sent', 400))]
  const kept = [
    ...(await recorded(2, 'unknown', 400)),
    ...(await recorded(2, 'sending', 400)),
    ...(await recorded(2, 'done', DAYS - 1)),
    ...(await recorded(1, 'done', DAYS)),
  ]
  expect(await prune()).toBe(old.length)
  expect(await left()).toEqual(kept.toSorted())
  const cutoff = { before: '2027-01-30T12:00:00Z' }
  expect((await lines()).slice(before)).toEqual([
    { ...cutoff, phase: 'begin' },
    { ...cutoff, phase: 'end', count: old.length, notifications: 0 },
  ])
  // Nothing more to do, and nothing more to tell.
  expect(await prune()).toBe(0)
  expect((await lines()).length).toBe(before + 2)
  now += 1
  expect(await prune()).toBe(1)
  now += 2 * DAY_MS
  expect(await prune()).toBe(2)
  expect((await left()).length).toBe(4)
})

/** Messages of an age in days, written as those of PSPs are. */
async function told(count: number, verified: boolean, age: number): Promise<readonly string[]> {
  const { store } = shop.gateway
  const created_at = now - age * DAY_MS
  const rows = Array.from({ length: count }, () => {
    const id = newId('ntf', created_at)
    return {
      ...{ id, tenant_id: shop.tenant, account_id: 'acct_1', test: false, verified, created_at },
      ...{ digest: id, sealed_message: Buffer.from('x') },
    }
  })
  await store.write(store.db.insert(notifications).values(rows))
  return rows.map(({ id }) => id)
}

const messages = async (): Promise<readonly string[]> =>
  (
    await shop.gateway.store.db
      .select({ id: notifications.id })
      .from(notifications)
      .orderBy(asc(notifications.id))
  ).map(({ id }) => id)

test('messages of PSPs go at their age, genuine or not, in the same run; what is younger stays', async () => {
  const before = (await lines()).length
  await recorded(2, 'done', DAYS + 1)
  await told(3, true, DAYS + 1)
  await told(2, false, 400)
  const kept = [...(await told(1, true, DAYS)), ...(await told(2, false, DAYS - 1))]
  expect(await prune()).toBe(7)
  expect(await messages()).toEqual(kept.toSorted())
  expect((await lines()).slice(before)).toMatchObject([
    { phase: 'begin' },
    { phase: 'end', count: 2, notifications: 5 },
  ])
  expect(await prune()).toBe(0)
  // Messages alone, and one whose clock was set back.
  now += 1
  expect(await prune()).toBe(1)
  const { store } = shop.gateway
  const [id = ''] = await told(1, true, 400)
  const young = { created_at: now }
  await store.write(store.db.update(notifications).set(young).where(eq(notifications.id, id)))
  expect(await prune()).toBe(0)
  expect((await lines()).slice(before + 2)).toMatchObject([
    { phase: 'begin' },
    { phase: 'end', count: 0, notifications: 1 },
  ])
})

test('many messages go a few at a time, too, and nothing of them goes that cannot be told of', async () => {
  for (let at = 0; at < 12; at++) await told(100, true, 40)
  const { store } = shop.gateway
  const full: typeof store.write = () => Promise.reject(new Error('the disk is full'))
  const failing = prune({ store: { ...store, write: full } })
  expect(await failing.catch((error: unknown) => String(error))).toContain('the disk is full')
  const seen: number[] = []
  const pause = async (): Promise<void> => void seen.push((await messages()).length)
  expect(await prune({ pause, isStopped: () => seen.length === 1 })).toBe(500)
  expect(await prune({ pause })).toBe(700)
  expect(seen).toEqual([700, 200, 0])
})

test('a clock that was set back when a record was made: its own time counts, too', async () => {
  const { store } = shop.gateway
  const [id = ''] = await recorded(1, 'done', 400)
  await store.write(store.db.update(forwards).set({ created_at: now }).where(eq(forwards.id, id)))
  expect(await prune()).toBe(0)
  expect(await left()).toEqual([id])
})

test('a clock that is years ahead for a while takes nothing with it: a record is old at two looks, or stays', async () => {
  const look = pruner(DAYS, pruning())
  const old = await recorded(2, 'done', DAYS + 1)
  const kept = await recorded(2, 'done', 1)
  now = BEGAN + 400 * DAY_MS
  expect(await look()).toBe(0)
  now = BEGAN
  expect(await look()).toBe(old.length)
  expect(await left()).toEqual(kept.toSorted())
  // Set wrong while it runs, and put right before the next look.
  now = BEGAN + 400 * DAY_MS
  expect(await look()).toBe(0)
  now = BEGAN + 3_600_000
  expect(await look()).toBe(0)
  expect(await left()).toEqual(kept.toSorted())
  now = BEGAN + DAYS * DAY_MS
  expect(await look()).toBe(0)
  expect(await look()).toBe(kept.length)
})

test('many go a few at a time, with room for others between, and it can be stopped', async () => {
  await recorded(1200, 'done', 40)
  const seen: number[] = []
  const pause = async (): Promise<void> => void seen.push((await left()).length)
  expect(await prune({ pause, isStopped: () => seen.length === 1 })).toBe(500)
  expect((await lines()).at(-1)).toMatchObject({ phase: 'end', count: 500 })
  expect(await prune({ pause })).toBe(700)
  expect(seen).toEqual([700, 200, 0])
})

test('nothing goes that cannot be told of', async () => {
  const ids = await recorded(3, 'done', 40)
  const { store } = shop.gateway
  const full: typeof store.write = () => Promise.reject(new Error('the disk is full'))
  const failing = prune({ store: { ...store, write: full } })
  expect(await failing.catch((error: unknown) => String(error))).toContain('the disk is full')
  expect(await left()).toEqual(ids.toSorted())
})

test('a time that is shorter than merchants repeat their keys is refused; without one all is kept', () => {
  const of = (days: string) =>
    loadConfig({ file: null, text: '', env: { ...ENV, PANGATE_DATABASE_KEEP_RECORDS_DAYS: days } })
  for (const days of ['1', '29', '-1', '36501', '30.5']) {
    expect(() => of(days), days).toThrow(/keep_records_days.*0, or a whole number from 30/i)
  }
  for (const days of [0, 30, 36_500]) {
    expect(of(String(days)).database.keep_records_days).toBe(days)
  }
  expect(loadConfig({ file: null, text: '', env: ENV }).database.keep_records_days).toBe(0)
})
const ENV = { PANGATE_VAULT_MASTER_KEY_FILE: 'unused.key' }

/**
 * @module Quotas in a real Redis: one for all connections, by the same sum as in memory; alone while it is gone.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { memoryLimits } from '../../src/limits/memory.ts'
import { redisLimits } from '../../src/limits/redis.ts'
import type { LimitStore } from '../../src/limits/store.ts'
import type { Redis } from '../../src/redis/client.ts'
import { parseRedis } from '../../src/redis/place.ts'
import { startRedis as open } from '../../src/redis/start.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { noRedis, startRedis, stopRedis, type RedisServer } from '../support/redis.ts'

const reason = noRedis()
if (reason !== null) console.log(`skipped: ${reason}`)
const real = test.skipIf(reason !== null)

const names = randomBytes(32)
let server: RedisServer
const clients: Redis[] = []

beforeAll(async () => {
  if (reason === null) server = await startRedis()
})
afterAll(async () => {
  for (const client of clients) client.close()
  await stopRedis()
})

async function node(): Promise<LimitStore> {
  const log = openLog({ level: 'error', format: 'json', clock: Date.now, write: () => undefined })
  const settings = { password: null, ca_file: null, cert_file: null, key_file: null }
  const redis = await open({ ...settings, url: parseRedis(server.url) }, log)
  if (!redis) throw new Error('no place')
  clients.push(redis)
  return redisLimits(redis, names, memoryLimits(Date.now))
}

/** So slow that nothing is refilled during a test. */
const SLOW = { limit: 50, window_ms: 3_600_000 }

real('of 200 at once on two nodes exactly as many are allowed as the quota has', async () => {
  const [one, other] = [await node(), await node()]
  const all = await Promise.all(
    Array.from({ length: 200 }, (_, at) => (at % 2 ? one : other).take('key:ten_1:key_1', SLOW)),
  )
  const allowed = all.filter((taken) => taken.allowed)
  expect(allowed).toHaveLength(50)
  expect(allowed.map(({ remaining }) => remaining).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, at) => at),
  )
  const refused = await one.take('key:ten_1:key_1', SLOW)
  expect(refused).toMatchObject({ allowed: false, limit: 50, remaining: 0 })
  expect(refused.retry_ms).toBeWithin(60_000, 72_001)
  expect((await other.take('key:ten_1:key_2', SLOW)).allowed).toBe(true)
})

real('it is the sum that memory does', async () => {
  const [one, memory] = [await node(), memoryLimits(() => 1_900_000_000_000)]
  for (const cost of [1, 0, 5, 40, 5, 0, 3, 1, 1]) {
    const [here, there] = [
      await one.take('tenant:a', SLOW, cost),
      await memory.take('tenant:a', SLOW, cost),
    ]
    expect({ ...here, reset_ms: 0, retry_ms: 0 }).toEqual({ ...there, reset_ms: 0, retry_ms: 0 })
    // Refilled by the time that went by between the calls.
    expect(Math.abs(here.reset_ms - there.reset_ms)).toBeLessThan(2_000)
  }
  memory.close()
})

real('a quota is whole again after its time, and nothing of it stays', async () => {
  await server.cli('FLUSHALL')
  const one = await node()
  const quick = { limit: 2, window_ms: 200 }
  const first = [await one.take('tenant:b', quick), await one.take('tenant:b', quick)]
  expect(first.map(({ allowed }) => allowed)).toEqual([true, true])
  const [name = ''] = await server.keys()
  expect(name).toMatch(/^pangate:limit:[\w-]{43}$/)
  while ((await server.keys()).length > 0) await Bun.sleep(20)
  expect(await one.take('tenant:b', quick)).toMatchObject({ allowed: true, remaining: 1 })
})

real('a server that has forgotten the script is told it again', async () => {
  const one = await node()
  expect((await one.take('tenant:c', SLOW)).remaining).toBe(49)
  await server.cli('SCRIPT', 'FLUSH')
  expect((await one.take('tenant:c', SLOW)).remaining).toBe(48)
})

real('while it is gone each node has the whole quota for itself', async () => {
  const own = await startRedis()
  const log = openLog({ level: 'error', format: 'json', clock: Date.now, write: () => undefined })
  const settings = { password: null, ca_file: null, cert_file: null, key_file: null }
  const redis = await open({ ...settings, url: parseRedis(own.url) }, log)
  if (!redis) throw new Error('no place')
  clients.push(redis)
  const store = redisLimits(redis, names, memoryLimits(Date.now))
  const rule = { limit: 3, window_ms: 3_600_000 }
  expect((await store.take('tenant:d', rule)).remaining).toBe(2)
  await own.kill()
  const alone = [1, 2, 3, 4].map(() => store.take('tenant:d', rule))
  expect((await Promise.all(alone)).map(({ allowed }) => allowed)).toEqual([
    true,
    true,
    true,
    false,
  ])
})

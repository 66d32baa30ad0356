/** @module Quotas of callers and strangers, what is told of them, and room for what is under way. */
import { describe, expect, test } from 'bun:test'
import { memoryLimits } from '../../src/limits/memory.ts'
import { openQuotas, quotaHeaders, type QuotaRules } from '../../src/limits/quotas.ts'
import type { LimitStore } from '../../src/limits/store.ts'
import { openVisits } from '../../src/limits/visits.ts'
import { openLog } from '../../src/telemetry/log.ts'

const NONE: QuotaRules = { key_rate: null, tenant_rate: null, address_failures: null }
const second = (limit: number) => ({ limit, window_ms: 1000 })

function world(rules: Partial<QuotaRules>, store: LimitStore = memoryLimits(() => 0)) {
  const lines: string[] = []
  const write = (line: string): void => void lines.push(line)
  const log = openLog({ level: 'debug', format: 'json', clock: () => 0, write })
  return { lines, quotas: openQuotas(store, { ...NONE, ...rules }, log) }
}

describe('a caller', () => {
  test('has a quota of its own and one with its tenant; what the first refuses is not taken from the second', async () => {
    const { quotas } = world({ key_rate: second(2), tenant_rate: second(5) })
    const one = { tenant: 't', id: 'key_1' }
    const codes = async (id: string, times: number): Promise<readonly (string | undefined)[]> => {
      const all = []
      for (let at = 0; at < times; at++)
        all.push((await quotas.take({ ...one, id })).refused?.message)
      return all
    }
    const key = 'The rate of this key is used up.'
    expect(await codes('key_1', 4)).toEqual([undefined, undefined, key, key])
    expect(await codes('key_2', 2)).toEqual([undefined, undefined])
    expect(await codes('key_3', 2)).toEqual([undefined, 'The rate of this tenant is used up.'])
    expect((await quotas.take({ ...one, tenant: 'u' })).refused).toBeNull()
  })

  test('may have a rate of its own in place of the one for all, or none', async () => {
    const { quotas } = world({ key_rate: second(1) })
    for (let at = 0; at < 3; at++) {
      const verdict = await quotas.take({ tenant: 't', id: 'key_1', rate: second(3) })
      expect(verdict.refused).toBeNull()
    }
    for (let at = 0; at < 30; at++) {
      expect((await quotas.take({ tenant: 't', id: 'key_2', rate: null })).quotas).toEqual([])
    }
  })

  test('is told of both, in the form of the draft', async () => {
    const { quotas } = world({ key_rate: { limit: 4, window_ms: 2000 }, tenant_rate: second(100) })
    const take = () => quotas.take({ tenant: 't', id: 'key_1' })
    expect(Object.fromEntries(quotaHeaders((await take()).quotas))).toEqual({
      'ratelimit-policy': '"key";q=4;w=2, "tenant";q=100;w=1',
      ratelimit: '"key";r=3;t=1, "tenant";r=99;t=1',
    })
    for (let at = 0; at < 3; at++) await take()
    const { refused, quotas: told } = await take()
    expect(refused).toMatchObject({ code: 'rate_limited', sent: 'no', retry_after: 1 })
    expect(Object.fromEntries(quotaHeaders(told))).toEqual({
      'ratelimit-policy': '"key";q=4;w=2',
      ratelimit: '"key";r=0;t=1',
    })
    expect(quotaHeaders([])).toEqual([])
  })

  test('is limited by nothing where the store fails, and the log says so', async () => {
    const broken: LimitStore = {
      take: () => Promise.reject(new Error('gone')),
      close: () => undefined,
    }
    const { quotas, lines } = world({ key_rate: second(1), address_failures: second(1) }, broken)
    expect(await quotas.take({ tenant: 't', id: 'k' })).toEqual({ quotas: [], refused: null })
    expect(await quotas.failed('198.51.100.1')).toBeNull()
    expect(lines.every((line) => line.includes('limits.unavailable'))).toBe(true)
    expect(lines.join()).not.toContain('gone')
  })
})

test('failed attempts are counted by address, and told of once a minute', async () => {
  let now = 0
  const { quotas, lines } = world(
    { address_failures: { limit: 3, window_ms: 60_000 } },
    memoryLimits(() => now),
  )
  const refused: (string | null)[] = []
  for (let at = 0; at < 50; at++) refused.push((await quotas.failed('198.51.100.1'))?.code ?? null)
  expect(refused.filter((code) => code === null).length).toBe(3)
  expect(refused.at(-1)).toBe('rate_limited')
  expect(await quotas.failed('198.51.100.2')).toBeNull()
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'warn', event: 'auth.failures', address: '198.51.100.1', count: 3 },
  ])
  now = 20_000
  expect(await quotas.failed('198.51.100.1')).toBeNull()
  now = 80_000
  for (let at = 0; at < 5; at++) await quotas.failed('198.51.100.1')
  expect(lines.length).toBe(2)
})

describe('requests under way', () => {
  const open = (concurrent_requests: number, body_bytes = 0) =>
    openVisits(
      { concurrent_requests, concurrent_work: 0, patience_ms: 0, body_bytes },
      world({}).quotas,
    )
  const stranger = { name: '198.51.100.1', bytes: 0, isGone: () => false }
  const code = (run: () => unknown): string | null => {
    try {
      run()
      return null
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'another'
    }
  }

  test('are as many as may be, three quarters of them of one tenant', async () => {
    const visits = open(4)
    const enter = () => visits.enter(stranger)
    const all = [await enter(), await enter(), await enter(), await enter()]
    await expect(enter()).rejects.toMatchObject({ code: 'overloaded', sent: 'no' })
    const owner = { tenant: 't', id: 'k' }
    for (const visit of all.slice(0, 3)) await visit.admit(owner)
    await expect(all[3]?.admit(owner)).rejects.toMatchObject({ code: 'overloaded', retry_after: 1 })
    await all[3]?.admit({ ...owner, tenant: 'u' })
    for (const visit of all) visit.leave()
    expect(visits.running()).toBe(0)
    await enter()
  })

  test('hold so many bytes together, and give them back', async () => {
    const visits = open(0, 100)
    const [one, two] = [await visits.enter(stranger), await visits.enter(stranger)]
    one.hold(60)
    one.hold(20)
    expect(code(() => two.hold(21))).toBe('overloaded')
    two.hold(20)
    one.leave()
    one.leave()
    expect(code(() => two.hold(80))).toBeNull()
    expect(code(() => two.hold(1))).toBe('overloaded')
  })
})

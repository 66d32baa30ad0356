/** @module Quotas: exact at every moment, in bounded memory, whatever the clock does. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { memoryLimits } from '../../src/limits/memory.ts'
import { parseRate } from '../../src/limits/rate.ts'
import { gcra, type Rule } from '../../src/limits/store.ts'

/** A store whose clock stands still until it is moved. */
function clocked(most?: number) {
  let now = 1_000_000
  const store = memoryLimits(() => now, most)
  return {
    store,
    move: (ms: number) => {
      now += ms
    },
  }
}

describe('a quota', () => {
  test('lets through its limit at once, then refills evenly', async () => {
    const { store, move } = clocked()
    const rule: Rule = { limit: 4, window_ms: 1000 }
    const take = () => store.take('key:a', rule)
    expect([await take(), await take(), await take(), await take()]).toEqual(
      [3, 2, 1, 0].map((remaining, at) => ({
        allowed: true,
        limit: 4,
        remaining,
        reset_ms: (at + 1) * 250,
        retry_ms: 0,
      })),
    )
    expect(await take()).toEqual({
      allowed: false,
      limit: 4,
      remaining: 0,
      reset_ms: 1000,
      retry_ms: 250,
    })
    move(249)
    expect(await take()).toMatchObject({ allowed: false, retry_ms: 1 })
    move(1)
    expect(await take()).toMatchObject({ allowed: true, remaining: 0 })
    move(1000)
    expect(await take()).toMatchObject({ allowed: true, remaining: 3 })
    store.close()
  })

  test('is one for each key, and what is refused takes nothing', async () => {
    const { store, move } = clocked()
    const rule: Rule = { limit: 1, window_ms: 100 }
    expect((await store.take('key:a', rule)).allowed).toBe(true)
    for (let at = 0; at < 50; at++) expect((await store.take('key:a', rule)).allowed).toBe(false)
    expect((await store.take('key:b', rule)).allowed).toBe(true)
    move(100)
    expect((await store.take('key:a', rule)).allowed).toBe(true)
    store.close()
  })

  test('may be looked at without taking, or taken several at once', async () => {
    const { store } = clocked()
    const rule: Rule = { limit: 3, window_ms: 300 }
    expect(await store.take('key:a', rule, 0)).toMatchObject({ allowed: true, remaining: 3 })
    expect(await store.take('key:a', rule, 2)).toMatchObject({ allowed: true, remaining: 1 })
    expect(await store.take('key:a', rule, 2)).toMatchObject({ allowed: false, retry_ms: 100 })
    expect(await store.take('key:a', rule, 0)).toMatchObject({ allowed: true, remaining: 1 })
    expect((await store.take('key:a', rule)).allowed).toBe(true)
    expect(await store.take('key:a', rule, 0)).toMatchObject({ allowed: false, retry_ms: 100 })
    store.close()
  })

  test('is as a bucket that is counted drop by drop', () => {
    const moves = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 3 })), { maxLength: 80 })
    const rules = fc.record({
      limit: fc.integer({ min: 1, max: 20 }),
      window_ms: fc.constantFrom(60, 1000, 2000, 60_000),
    })
    fc.assert(
      fc.property(rules, moves, (rule, steps) => {
        let now = 5_000
        let full_at: number | null = null
        let level = rule.limit
        for (const [ms, cost] of steps) {
          now += ms
          level = Math.min(rule.limit, level + (ms * rule.limit) / rule.window_ms)
          const next = gcra(full_at, now, rule, cost)
          full_at = next.full_at
          // Where both are a rounding error apart, either answer is right.
          if (Math.abs(level - cost) > 1e-6) expect(next.taken.allowed).toBe(level >= cost)
          if (next.taken.allowed) level -= cost
          expect(next.taken.remaining).toBeWithin(Math.floor(level - 1e-6), level + 1.000001)
          expect(next.taken.retry_ms > 0).toBe(!next.taken.allowed)
        }
      }),
    )
  })

  test('is never further away than its window, wherever the clock jumps', async () => {
    const { store, move } = clocked()
    const rule: Rule = { limit: 2, window_ms: 1000 }
    for (let at = 0; at < 3; at++) await store.take('key:a', rule)
    move(-3_600_000)
    expect(await store.take('key:a', rule)).toMatchObject({ allowed: false, retry_ms: 500 })
    move(500)
    expect((await store.take('key:a', rule)).allowed).toBe(true)
    move(31_536_000_000)
    expect(await store.take('key:a', rule)).toMatchObject({ allowed: true, remaining: 1 })
    store.close()
  })
})

test('a flood of one kind makes nothing of another forgotten', async () => {
  const { store } = clocked(100)
  const rule: Rule = { limit: 1, window_ms: 60_000 }
  await store.take('tenant:t', rule)
  await store.take('address:first', rule)
  for (let at = 0; at < 10_000; at++) await store.take(`address:${at}`, rule)
  expect((await store.take('tenant:t', rule)).allowed).toBe(false)
  // The one that was used longest ago is forgotten, the newest are not.
  expect((await store.take('address:9999', rule)).allowed).toBe(false)
  expect((await store.take('address:first', rule)).allowed).toBe(true)
  store.close()
})

describe('a rate', () => {
  test.each([
    ['200/s', { limit: 200, window_ms: 1000 }],
    ['200/s burst 400', { limit: 400, window_ms: 2000 }],
    ['600/min', { limit: 600, window_ms: 60_000 }],
    ['600/min burst 10', { limit: 10, window_ms: 1000 }],
    ['1/s', { limit: 1, window_ms: 1000 }],
    ['none', null],
  ])('%p', (text, rule) => expect(parseRate(text)).toEqual(rule))

  test.each(['', '0/s', '-1/s', '1.5/s', '10', '10/h', '10/s burst 0', '10/s  burst 5', 'None'])(
    'is not %p',
    (text) => expect(parseRate(text)).toBeUndefined(),
  )
})

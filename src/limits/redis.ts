/**
 * @module Quotas in Redis, for all processes and nodes together; while it is gone each process keeps them by itself.
 */
import { createHash } from 'node:crypto'
import type { Redis } from '../redis/client.ts'
import { RedisFault } from '../redis/fault.ts'
import { hiddenName } from '../redis/names.ts'
import { gcra, type LimitStore } from './store.ts'

/**
 * One step of {@link gcra}, by the server's clock, so that clocks of nodes may differ. Gives what it had before it: the time
 * and `full_at`, exactly, from which the same sum gives the same verdict here.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local window, each, cost = tonumber(ARGV[1]), ARGV[1] / ARGV[2], tonumber(ARGV[3])
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
local start = math.min(math.max(full_at, now), now + window)
if cost > 0 and start + math.max(cost, 1) * each - (now + window) <= 0.0005 then
  local next = start + cost * each
  redis.call('SET', KEYS[1], string.format('%.17g', next), 'PX', math.ceil(next - now))
end
return {string.format('%.17g', now), string.format('%.17g', full_at)}
`
const SHA = createHash('sha1').update(SCRIPT).digest('hex')

/**
 * Quotas in Redis, under names that `key` hides. While Redis does not answer, `alone` keeps them: this process then lets
 * through as much as all of them together did, because payments that stop do more harm than requests that are too many.
 */
export function redisLimits(redis: Redis, key: Buffer, alone: LimitStore): LimitStore {
  /** By its hash; a server that was restarted is told the script once more. */
  async function run(args: readonly string[]): Promise<unknown> {
    try {
      return await redis.send('EVALSHA', [SHA, '1', ...args])
    } catch (error) {
      if (!(error instanceof RedisFault) || error.code !== 'NOSCRIPT') throw error
      return redis.send('EVAL', [SCRIPT, '1', ...args])
    }
  }

  return {
    async take(name, rule, cost = 1) {
      try {
        const { limit, window_ms } = rule
        const numbers = [window_ms, limit, cost].map(String)
        const [now, full_at] = times(await run([hiddenName(key, 'limit', name), ...numbers]))
        return gcra(full_at, now, rule, cost).taken
      } catch (error) {
        if (!(error instanceof RedisFault)) throw error
        return alone.take(name, rule, cost)
      }
    },
    // The connection is also the sessions', and `alone` has an owner.
    close: () => undefined,
  }
}

/** The script's two numbers. */
function times(answer: unknown): [number, number] {
  const [now, full_at] = (Array.isArray(answer) ? answer : []).map(Number)
  if (now === undefined || full_at === undefined) throw new RedisFault('refused', 'ERR')
  return [now, full_at]
}

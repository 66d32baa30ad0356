/**
 * @module What is kept in Redis in place of this machine's memory, where the configuration names one: security codes, quotas.
 */
import type { Clock } from './clock.ts'
import { redisLimits } from './limits/redis.ts'
import { startRedis, type RedisSettings } from './redis/start.ts'
import { redisStore } from './sessions/redis.ts'
import type { Shared } from './shared.ts'
import type { Log } from './telemetry/log.ts'
import type { Metrics } from './telemetry/metrics.ts'
import type { Keyring } from './vault/keyring.ts'

export interface Places {
  /** Security codes and cryptograms, sealed. */
  readonly kept: Shared['kept']
  readonly quotas: Shared['quotas']
  /** Ends the connection. What `shared` keeps is closed by its owner. */
  close(): void
}

/** The places of the configuration. Each process has a connection of its own. Throws OperatorError as `startRedis` does. */
export async function openPlaces(
  settings: RedisSettings,
  { kept, quotas }: Pick<Shared, 'kept' | 'quotas'>,
  keyring: Pick<Keyring, 'ownKey'>,
  clock: Clock,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): Promise<Places> {
  const redis = await startRedis(settings, log)
  if (!redis) return { kept, quotas, close: () => undefined }
  metrics.watch('pangate_redis_up', () => (redis.isUp() ? 1 : 0))
  const names = keyring.ownKey('names in redis')
  return {
    kept: redisStore(redis, names, clock),
    quotas: redisLimits(redis, names, quotas),
    close: () => redis.close(),
  }
}

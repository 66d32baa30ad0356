/**
 * @module Sessions in Redis or Valkey, for several processes or nodes. What is lost there is lost: the customer types the code again.
 */
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { Redis } from '../redis/client.ts'
import { RedisFault, type RedisTrouble } from '../redis/fault.ts'
import { hiddenName } from '../redis/names.ts'
import type { SessionStore } from './store.ts'

const MESSAGES: Readonly<Record<RedisTrouble, string>> = {
  down: 'The store for security codes cannot be reached.',
  refused: 'The store for security codes refuses to work.',
  late: 'The store for security codes did not answer in time.',
  lost: 'The connection to the store for security codes broke off.',
}

/**
 * A store in Redis. `key` hides the names. Times are the server's: what is handed over is how long a value is to live, so that
 * clocks of nodes may differ. Rejects with `sessions_unavailable` and `sent: no`, at once where there is no connection.
 *
 * A command that was given up may still be carried out. Then a new session is kept that nobody was told of, or one was taken
 * that nobody was given: it is lost, and never used twice.
 */
export function redisStore(redis: Redis, key: Buffer, clock: Clock): SessionStore {
  const nameOf = (name: string): string => hiddenName(key, 'session', name)

  async function send(command: string, ...args: string[]): Promise<unknown> {
    try {
      return await redis.send(command, args)
    } catch (cause) {
      if (!(cause instanceof RedisFault)) throw cause
      throw new GatewayError('sessions_unavailable', MESSAGES[cause.trouble], { cause })
    }
  }

  return {
    async set(name, value, expiresAt) {
      const left = Math.ceil(expiresAt - clock())
      if (left <= 0) return
      await send('SET', nameOf(name), Buffer.from(value).toString('base64'), 'PX', String(left))
    },
    get: async (name) => bytes(await send('GET', nameOf(name))),
    // One command, so that of any number of nodes one has it.
    take: async (name) => bytes(await send('GETDEL', nameOf(name))),
    delete: async (name) => (await send('DEL', nameOf(name))) === 1,
    // The connection is also the rate limits'.
    close: () => undefined,
  }
}

function bytes(answer: unknown): Uint8Array | null {
  return typeof answer === 'string' ? Buffer.from(answer, 'base64') : null
}

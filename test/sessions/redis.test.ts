/**
 * @module Sessions in a real Redis: one of many gets it, nothing is left, and a lost connection never gives one twice.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../src/errors.ts'
import type { Redis } from '../../src/redis/client.ts'
import { parseRedis } from '../../src/redis/place.ts'
import { startRedis as open } from '../../src/redis/start.ts'
import { Secret } from '../../src/secret.ts'
import { redisStore } from '../../src/sessions/redis.ts'
import { openSessions, type Sessions } from '../../src/sessions/sessions.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { canarySecret } from '../support/canary.ts'
import { noRedis, startRedis, stopRedis, type RedisServer } from '../support/redis.ts'

const reason = noRedis()
if (reason !== null) console.log(`skipped: ${reason}`)
const real = test.skipIf(reason !== null)

const OWNER = { tenant: 'ten_1', test: false }
const key = randomBytes(32)
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

/** The sessions of one node: all have the same keys, and connections and clocks of their own. */
async function node(
  options: { ahead?: number; cvc_policy?: 'single_use' | 'grace' } = {},
): Promise<{
  sessions: Sessions
  redis: Redis
  connected: () => Promise<void>
  jump: (by: number) => void
}> {
  let ahead = options.ahead ?? 0
  const clock = () => Date.now() + ahead
  const waiting: { resolve: () => void }[] = []
  const write = (line: string): void => {
    if (line.includes('"redis.connected"')) for (const { resolve } of waiting.splice(0)) resolve()
  }
  const log = openLog({ level: 'debug', format: 'json', clock: Date.now, write })
  const settings = { password: null, ca_file: null, cert_file: null, key_file: null }
  const redis = await open({ ...settings, url: parseRedis(server.url) }, log)
  if (!redis) throw new Error('no place')
  clients.push(redis)
  const policy = {
    cvc_ttl_seconds: 90,
    credential_ttl_seconds: 3600,
    cvc_policy: options.cvc_policy ?? ('single_use' as const),
  }
  return {
    redis,
    sessions: openSessions(redisStore(redis, names, clock), key, policy, clock),
    connected: () => {
      const wait = Promise.withResolvers<void>()
      waiting.push(wait)
      return wait.promise
    },
    jump: (by) => {
      ahead += by
    },
  }
}

/** The code, or the error's. */
async function claimed(sessions: Sessions, id: string, token = 'tok_1'): Promise<string> {
  try {
    return (await sessions.claim(OWNER, id, token)).cvc.reveal()
  } catch (error) {
    if (error instanceof GatewayError) {
      expect(error.sent).toBe('no')
      return error.code
    }
    throw error
  }
}

describe('a session in Redis', () => {
  real('is given to one of a hundred on two nodes, and nothing of it stays', async () => {
    const [one, other] = [await node(), await node()]
    // Longer than a code, so that chance does not write it into what is sealed.
    const cvc = canarySecret()
    const { id } = await one.sessions.create(OWNER, new Secret(cvc), null)
    const [name = ''] = await server.keys()
    expect(name).toMatch(/^pangate:session:[\w-]{43}$/)
    const kept = await server.cli('GET', name)
    for (const bytes of [kept, Buffer.from(kept, 'base64').toString('latin1')]) {
      expect(bytes).not.toContain(cvc)
    }
    expect(Number(await server.cli('PTTL', name))).toBeWithin(80_000, 90_001)
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, at) => claimed((at % 2 ? one : other).sessions, id)),
    )
    expect(all.filter((code) => code === cvc)).toHaveLength(1)
    expect(all.filter((code) => code === 'cvc_session_unknown')).toHaveLength(99)
    expect(await server.keys()).toEqual([])
  })

  real('is given back with what is left of its time, to any node', async () => {
    const [one, other] = [await node(), await node()]
    const { id } = await one.sessions.create(OWNER, new Secret('739'), null)
    const claim = await one.sessions.claim(OWNER, id, 'tok_1')
    expect(await claimed(other.sessions, id)).toBe('cvc_session_unknown')
    one.jump(60_000)
    await claim.release()
    const [name = ''] = await server.keys()
    expect(Number(await server.cli('PTTL', name))).toBeWithin(20_000, 30_001)
    expect(await claimed(other.sessions, id)).toBe('739')
  })

  real('under `grace` is bound to the token that used it first, on every node', async () => {
    const [one, other] = [await node({ cvc_policy: 'grace' }), await node({ cvc_policy: 'grace' })]
    const { id } = await one.sessions.create(OWNER, new Secret('739'), null)
    const claim = await one.sessions.claim(OWNER, id, 'tok_1')
    expect(await claimed(other.sessions, id)).toBe('cvc_session_unknown')
    await claim.consume()
    expect(await claimed(other.sessions, id, 'tok_2')).toBe('cvc_session_unknown')
    expect(await claimed(other.sessions, id)).toBe('739')
  })

  real('is removed on one node for all', async () => {
    const [one, other] = [await node(), await node()]
    const { id } = await one.sessions.create(OWNER, new Secret('739'), null)
    expect(await other.sessions.remove(OWNER, id)).toBe(true)
    expect(await one.sessions.remove(OWNER, id)).toBe(false)
    expect(await claimed(one.sessions, id)).toBe('cvc_session_unknown')
  })

  real('ends by the clock of the server and by that of the node, whichever is first', async () => {
    const HOUR = 3_600_000
    const [one, ahead] = [await node(), await node({ ahead: HOUR })]
    const { id } = await one.sessions.create(OWNER, new Secret('739'), null)
    expect(await claimed(ahead.sessions, id)).toBe('cvc_session_unknown')
    // Made by a clock that jumps a year back: the server still counts 90 seconds.
    const made = await ahead.sessions.create(OWNER, new Secret('739'), null)
    ahead.jump(-365 * 24 * HOUR)
    const [name = ''] = await server.keys()
    expect(Number(await server.cli('PTTL', name))).toBeWithin(80_000, 90_001)
    expect(await claimed(ahead.sessions, made.id)).toBe('739')
  })

  real('that somebody keeps a copy of is not taken again after its time', async () => {
    const one = await node()
    const { id } = await one.sessions.create(OWNER, new Secret('739'), null)
    const [name = ''] = await server.keys()
    const copy = await server.cli('GET', name)
    expect(await claimed(one.sessions, id)).toBe('739')
    await server.cli('SET', name, copy)
    one.jump(90_000)
    expect(await claimed(one.sessions, id)).toBe('cvc_session_unknown')
  })

  real('gives values of credentials as often as wanted, for their time', async () => {
    const [one, other] = [await node(), await node()]
    await one.sessions.keepValue('tok_1', 'virtual_card.cvc', new Secret('739'))
    for (const { sessions } of [one, other, one]) {
      expect((await sessions.readValue('tok_1', 'virtual_card.cvc'))?.reveal()).toBe('739')
    }
    other.jump(3_600_000)
    expect(await other.sessions.readValue('tok_1', 'virtual_card.cvc')).toBeNull()
    await one.sessions.removeValue('tok_1', 'virtual_card.cvc')
    expect(await server.keys()).toEqual([])
  })
})

describe('a Redis that is frozen', () => {
  real(
    'tells of no session that was not surely kept, and burns one whose taking is in doubt',
    async () => {
      const one = await node()
      const { id } = await one.sessions.create(OWNER, new Secret('739'), null)
      server.freeze()
      const [made, taken] = await Promise.allSettled([
        one.sessions.create(OWNER, new Secret('740'), null),
        one.sessions.claim(OWNER, id, 'tok_1'),
      ])
      for (const { status, ...rest } of [made, taken]) {
        expect(status).toBe('rejected')
        expect(rest).toMatchObject({ reason: { code: 'sessions_unavailable', sent: 'no' } })
      }
      const again = one.connected()
      server.resume()
      await again
      // Both were carried out when it went on: one is used up, and the other is nobody's.
      expect(await claimed(one.sessions, id)).toBe('cvc_session_unknown')
      expect(await server.keys()).toHaveLength(1)
      await server.cli('FLUSHALL')
    },
  )

  real(
    'may be given one back late, and then it is over at its first time all the same',
    async () => {
      const one = await node()
      const { id } = await one.sessions.create(OWNER, new Secret('739'), null)
      const claim = await one.sessions.claim(OWNER, id, 'tok_1')
      server.freeze()
      await expect(claim.release()).rejects.toMatchObject({ code: 'sessions_unavailable' })
      const again = one.connected()
      server.resume()
      await again
      one.jump(90_000)
      expect(await claimed(one.sessions, id)).toBe('cvc_session_unknown')
    },
  )
})

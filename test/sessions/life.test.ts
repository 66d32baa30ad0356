/**
 * @module What CVC sessions hold on to: deadlines that never move, one use among many at once, a store that need not be trusted.
 */
import { describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import { memoryStore } from '../../src/sessions/memory.ts'
import { openSessions, type SessionOptions } from '../../src/sessions/sessions.ts'
import type { SessionStore } from '../../src/sessions/store.ts'

const OWNER = { tenant: 'ten_1', test: false }
const cvc = new Secret('739')
const SECOND = 1000

/** Sessions over a store in memory, with a clock of the test's and everything that the store was given. */
function open(options: Partial<SessionOptions> = {}) {
  let now = 1_000_000
  const clock = () => now
  const inner = memoryStore(clock)
  const given: Buffer[] = []
  const store: SessionStore = {
    ...inner,
    set: (key, value, expiresAt) => {
      given.push(Buffer.from(key), Buffer.from(value))
      return inner.set(key, value, expiresAt)
    },
  }
  const whole: SessionOptions = {
    cvc_ttl_seconds: 90,
    credential_ttl_seconds: 3600,
    cvc_policy: 'single_use',
    ...options,
  }
  const sessions = openSessions(store, randomBytes(32), whole, clock)
  return {
    sessions,
    store,
    given,
    now: clock,
    pass: (seconds: number) => {
      now += seconds * SECOND
    },
  }
}

type Sessions = ReturnType<typeof open>['sessions']

/** The code that comes of claiming, or the error's. */
async function claimed(
  sessions: Sessions,
  id: string,
  token = 'tok_1',
  owner = OWNER,
): Promise<string> {
  try {
    const claim = await sessions.claim(owner, id, token)
    return claim.cvc.reveal()
  } catch (error) {
    return error instanceof GatewayError ? error.code : 'another error'
  }
}

describe('a session', () => {
  test('gives its code until its time is over, to the millisecond', async () => {
    for (const [seconds, given] of [
      [0, '739'],
      [89.999, '739'],
      [90, 'cvc_session_unknown'],
      [91, 'cvc_session_unknown'],
    ] as const) {
      const { sessions, pass, now } = open()
      const { id, expires_at } = await sessions.create(OWNER, cvc, null)
      expect(expires_at).toBe(now() + 90 * SECOND)
      pass(seconds)
      expect(await claimed(sessions, id)).toBe(given)
    }
  })

  test('lives as long as configured', async () => {
    const { sessions, pass } = open({ cvc_ttl_seconds: 5 })
    const { id } = await sessions.create(OWNER, cvc, null)
    pass(5)
    expect(await claimed(sessions, id)).toBe('cvc_session_unknown')
  })

  test('has an id that cannot be guessed, and each has another', async () => {
    const { sessions } = open()
    const ids = new Set<string>()
    for (let i = 0; i < 1000; i++) ids.add((await sessions.create(OWNER, cvc, null)).id)
    expect(ids.size).toBe(1000)
    for (const id of ids)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(await claimed(sessions, '00000000-0000-4000-8000-000000000000')).toBe(
      'cvc_session_unknown',
    )
  })

  test('is one tenant’s, in one mode', async () => {
    const { sessions } = open()
    const { id } = await sessions.create(OWNER, cvc, null)
    for (const owner of [
      { tenant: 'ten_2', test: false },
      { tenant: 'ten_1', test: true },
    ]) {
      expect(await claimed(sessions, id, 'tok_1', owner)).toBe('cvc_session_unknown')
      expect(await sessions.remove(owner, id)).toBe(false)
    }
    expect(await claimed(sessions, id)).toBe('739')
  })

  test('of one token is not for another, and stays for its own', async () => {
    const { sessions, pass } = open()
    const { id } = await sessions.create(OWNER, cvc, 'tok_1')
    expect(await claimed(sessions, id, 'tok_2')).toBe('cvc_session_unknown')
    pass(80)
    expect(await claimed(sessions, id, 'tok_2')).toBe('cvc_session_unknown')
    expect(await claimed(sessions, id, 'tok_1')).toBe('739')
  })

  test('that was put back for its own token ends no later than before', async () => {
    const { sessions, pass } = open()
    const { id } = await sessions.create(OWNER, cvc, 'tok_1')
    pass(80)
    await claimed(sessions, id, 'tok_2')
    pass(10)
    expect(await claimed(sessions, id, 'tok_1')).toBe('cvc_session_unknown')
  })
})

describe('single use', () => {
  test('gives the code to one of many at once', async () => {
    const { sessions } = open()
    const { id } = await sessions.create(OWNER, cvc, null)
    const all = await Promise.all(Array.from({ length: 100 }, () => claimed(sessions, id)))
    expect(all.filter((code) => code === '739')).toHaveLength(1)
  })

  test('is over when it was consumed', async () => {
    const { sessions } = open()
    const { id } = await sessions.create(OWNER, cvc, null)
    await (await sessions.claim(OWNER, id, 'tok_1')).consume()
    expect(await claimed(sessions, id)).toBe('cvc_session_unknown')
  })

  test('is given back when nothing was sent, until its first deadline', async () => {
    const { sessions, pass } = open()
    const { id } = await sessions.create(OWNER, cvc, null)
    pass(60)
    const claim = await sessions.claim(OWNER, id, 'tok_1')
    expect(await claimed(sessions, id)).toBe('cvc_session_unknown')
    pass(20)
    await claim.release()
    const again = await sessions.claim(OWNER, id, 'tok_1')
    await again.release()
    pass(10)
    expect(await claimed(sessions, id)).toBe('cvc_session_unknown')
  })

  test('given back after its time is over is over', async () => {
    const { sessions, pass } = open()
    const { id } = await sessions.create(OWNER, cvc, null)
    const claim = await sessions.claim(OWNER, id, 'tok_1')
    pass(91)
    await claim.release()
    expect(await claimed(sessions, id)).toBe('cvc_session_unknown')
  })
})

describe('grace', () => {
  test('gives the code again to the same token within its time', async () => {
    const { sessions, pass } = open({ cvc_policy: 'grace' })
    const { id } = await sessions.create(OWNER, cvc, null)
    for (const _ of ['once', 'twice', 'three times']) {
      pass(20)
      const claim = await sessions.claim(OWNER, id, 'tok_1')
      expect(claim.cvc.reveal()).toBe('739')
      await claim.consume()
    }
    pass(30)
    expect(await claimed(sessions, id)).toBe('cvc_session_unknown')
  })

  test('binds the session to the token that used it first', async () => {
    const { sessions } = open({ cvc_policy: 'grace' })
    const { id } = await sessions.create(OWNER, cvc, null)
    await (await sessions.claim(OWNER, id, 'tok_1')).consume()
    expect(await claimed(sessions, id, 'tok_2')).toBe('cvc_session_unknown')
    expect(await claimed(sessions, id, 'tok_1')).toBe('739')
  })

  test('still gives it to one at a time', async () => {
    const { sessions } = open({ cvc_policy: 'grace' })
    const { id } = await sessions.create(OWNER, cvc, null)
    const all = await Promise.all(Array.from({ length: 20 }, () => claimed(sessions, id)))
    expect(all.filter((code) => code === '739')).toHaveLength(1)
  })
})

describe('a value of a credential', () => {
  test('is read as often as wanted, for an hour', async () => {
    const { sessions, pass } = open()
    await sessions.keepValue('tok_1', 'virtual_card.cvc', cvc)
    for (const _ of ['once', 'twice']) {
      expect((await sessions.readValue('tok_1', 'virtual_card.cvc'))?.reveal()).toBe('739')
    }
    expect(await sessions.readValue('tok_2', 'virtual_card.cvc')).toBeNull()
    expect(await sessions.readValue('tok_1', 'network_token.cryptogram')).toBeNull()
    pass(3600)
    expect(await sessions.readValue('tok_1', 'virtual_card.cvc')).toBeNull()
  })

  test('is gone when it is removed', async () => {
    const { sessions } = open()
    await sessions.keepValue('tok_1', 'virtual_card.cvc', cvc)
    await sessions.removeValue('tok_1', 'virtual_card.cvc')
    expect(await sessions.readValue('tok_1', 'virtual_card.cvc')).toBeNull()
  })
})

describe('the store', () => {
  test('is never given a code in the clear', async () => {
    const { sessions, given } = open({ cvc_policy: 'grace' })
    const long = new Secret('a cryptogram to be found')
    const { id } = await sessions.create(OWNER, long, 'tok_1')
    await (await sessions.claim(OWNER, id, 'tok_1')).consume()
    await sessions.keepValue('tok_1', 'network_token.cryptogram', long)
    expect(given.length).toBeGreaterThanOrEqual(6)
    for (const bytes of given) expect(bytes.includes('cryptogram to be')).toBe(false)
  })

  test('that swaps two sessions, or changes one, is found out', async () => {
    const { sessions, store, given } = open()
    const [one, other] = [
      await sessions.create(OWNER, cvc, null),
      await sessions.create(OWNER, cvc, null),
    ]
    const key = (at: number) => given[at]?.toString() ?? ''
    await store.set(key(0), given[3] ?? Buffer.of(), Number.MAX_SAFE_INTEGER)
    expect(await claimed(sessions, one.id)).toBe('integrity')
    const changed = Buffer.from(given[3] ?? [])
    changed.writeUInt8(changed.readUInt8(20) ^ 1, 20)
    await store.set(key(2), changed, Number.MAX_SAFE_INTEGER)
    expect(await claimed(sessions, other.id)).toBe('integrity')
  })

  test('in memory ends a session in its time although the clock was put back', async () => {
    let now = 1e12
    const store = memoryStore(() => now)
    const began = performance.now()
    await store.set('short', Uint8Array.of(1), now + 50)
    await store.set('long', Uint8Array.of(2), now + 60_000)
    now -= 3_600_000
    expect(await store.get('long')).toEqual(Uint8Array.of(2))
    while (performance.now() < began + 60) await Bun.sleep(1)
    expect([await store.get('short'), await store.take('short')]).toEqual([null, null])
    expect(await store.get('long')).toEqual(Uint8Array.of(2))
    store.close()
  })

  test('in memory overwrites what it forgets', async () => {
    const store = memoryStore(() => 0)
    const bytes = Uint8Array.of(1, 2, 3)
    await store.set('a', bytes, 60_000)
    expect(await store.get('a')).toEqual(bytes)
    expect(await store.take('a')).toEqual(bytes)
    expect(await store.take('a')).toBeNull()
    await store.set('b', bytes, 1)
    store.close()
    expect(await store.get('b')).toBeNull()
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3))
  })
})

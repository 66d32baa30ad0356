/** @module CVC sessions: their time, their single use, and those of test cards, which are used again. */
import { describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { Secret } from '../../src/secret.ts'
import { memoryStore } from '../../src/sessions/memory.ts'
import { openSessions, type Sessions } from '../../src/sessions/sessions.ts'

const OWNER = { tenant: 'ten_a', test: false }
const CVC = new Secret('737')

/** Sessions under a clock that stands still until it is moved. */
function open(cvc_policy: 'single_use' | 'grace' = 'single_use') {
  let now = 1_900_000_000_000
  const clock = () => now
  const options = { cvc_ttl_seconds: 90, credential_ttl_seconds: 3600, cvc_policy }
  const sessions = openSessions(memoryStore(clock), randomBytes(32), options, clock)
  return {
    sessions,
    wait(seconds: number) {
      now += seconds * 1000
    },
  }
}

const claimed = (sessions: Sessions, id: string, token = 'tok_a', owner = OWNER) =>
  sessions.claim(owner, id, token)
const unknown = { code: 'cvc_session_unknown' }

describe('a session', () => {
  test('is used once', async () => {
    const { sessions } = open()
    const { id } = await sessions.create(OWNER, CVC, 'tok_a')
    const claim = await claimed(sessions, id)
    expect(claim.cvc.reveal()).toBe('737')
    await expect(claimed(sessions, id)).rejects.toMatchObject(unknown)
    await claim.consume()
    await expect(claimed(sessions, id)).rejects.toMatchObject(unknown)
  })

  test('is there again when nothing was sent', async () => {
    const { sessions } = open()
    const { id } = await sessions.create(OWNER, CVC, null)
    await (await claimed(sessions, id)).release()
    expect((await claimed(sessions, id)).cvc.reveal()).toBe('737')
  })

  test('lasts 90 seconds, and no longer for having been given back', async () => {
    const { sessions, wait } = open()
    const first = await sessions.create(OWNER, CVC, 'tok_a')
    wait(89)
    await (await claimed(sessions, first.id)).release()
    wait(1)
    await expect(claimed(sessions, first.id)).rejects.toMatchObject(unknown)
  })

  test('is not found by another token, tenant or mode, and is still there for its own', async () => {
    const { sessions } = open()
    const { id } = await sessions.create(OWNER, CVC, 'tok_a')
    for (const [token, owner] of [
      ['tok_b', OWNER],
      ['tok_a', { ...OWNER, tenant: 'ten_b' }],
      ['tok_a', { ...OWNER, test: true }],
    ] as const) {
      await expect(claimed(sessions, id, token, owner)).rejects.toMatchObject(unknown)
    }
    await claimed(sessions, id)
  })

  test('is used again by the same token under the policy `grace`', async () => {
    const { sessions } = open('grace')
    const { id } = await sessions.create(OWNER, CVC, null)
    await (await claimed(sessions, id)).consume()
    await expect(claimed(sessions, id, 'tok_b')).rejects.toMatchObject(unknown)
    await claimed(sessions, id)
  })

  test('is removed once', async () => {
    const { sessions } = open()
    const { id } = await sessions.create(OWNER, CVC, 'tok_a')
    expect([await sessions.remove(OWNER, id), await sessions.remove(OWNER, id)]).toEqual([
      true,
      false,
    ])
  })
})

describe('a reusable session', () => {
  const YEAR = 365 * 24 * 3600
  const make = (sessions: Sessions) =>
    sessions.create(OWNER, CVC, 'tok_a', { ttl_seconds: YEAR, reusable: true })

  test('is used by several at once, and again', async () => {
    const { sessions } = open()
    const { id } = await make(sessions)
    const claims = await Promise.all([claimed(sessions, id), claimed(sessions, id)])
    await claims[0].consume()
    await claims[1].release()
    expect((await claimed(sessions, id)).cvc.reveal()).toBe('737')
  })

  test('lasts as long as was said', async () => {
    const { sessions, wait } = open()
    const { id, expires_at } = await make(sessions)
    expect(expires_at).toBe(1_900_000_000_000 + YEAR * 1000)
    wait(YEAR - 1)
    await claimed(sessions, id)
    wait(1)
    await expect(claimed(sessions, id)).rejects.toMatchObject(unknown)
  })

  test('is for its own token and mode, and can be removed', async () => {
    const { sessions } = open()
    const { id } = await make(sessions)
    await expect(claimed(sessions, id, 'tok_b')).rejects.toMatchObject(unknown)
    await expect(claimed(sessions, id, 'tok_a', { ...OWNER, test: true })).rejects.toMatchObject(
      unknown,
    )
    expect(await sessions.remove(OWNER, id)).toBe(true)
    await expect(claimed(sessions, id)).rejects.toMatchObject(unknown)
  })
})

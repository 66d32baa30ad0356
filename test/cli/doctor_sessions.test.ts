/**
 * @module What `pangate doctor` finds of the Redis of the sessions.
 */
import { afterAll, expect, test } from 'bun:test'
import { checkSessions } from '../../src/cli/doctor_sessions.ts'
import { loadConfig } from '../../src/config.ts'
import { noRedis, startRedis, stopRedis } from '../support/redis.ts'

const reason = noRedis()
if (reason !== null) console.log(`skipped: ${reason}`)
const real = test.skipIf(reason !== null)

afterAll(stopRedis)

/** Each finding as `level: message`. */
async function found(url: string): Promise<readonly string[]> {
  const env = { PANGATE_SESSIONS_URL: url, PANGATE_VAULT_MASTER_KEY_FILE: 'unused' }
  const findings = await checkSessions(loadConfig({ file: null, env }))
  for (const { level, next } of findings) if (level !== 'ok') expect(next).not.toBe('')
  return findings.map(({ level, message }) => `${level}: ${message}`)
}

test('nothing is said of memory', async () => {
  expect(await found('memory:')).toEqual([])
})

real('a primary and its replica are good', async () => {
  const primary = await startRedis()
  const replica = await startRedis({ replicaOf: primary })
  const url = `redis://127.0.0.1:${primary.port},127.0.0.1:${replica.port}`
  expect(await found(url)).toEqual([
    expect.stringMatching(/^ok: .*: Redis [\d.]+, the primary$/),
    expect.stringMatching(/^ok: .*, a replica$/),
  ])
  await replica.cli('REPLICAOF', 'NO', 'ONE')
  expect((await found(url)).at(-1)).toContain('2 hosts say that they are the primary')
})

real('each fault has its level', async () => {
  const gone = await startRedis()
  await gone.kill()
  expect(await found(gone.url)).toEqual([
    expect.stringContaining('warning: 127.0.0.1:'),
    expect.stringContaining('no host is a primary'),
  ])
  const locked = await startRedis({ password: 'secret' })
  expect((await found(locked.url))[0]).toMatch(/^fatal: .* it wants a password$/)
  const kept = await startRedis({ lines: ['save 60 1', 'maxmemory-policy allkeys-lru'] })
  expect((await found(kept.url)).slice(1)).toEqual([
    expect.stringMatching(/^fatal: .*`save`/),
    expect.stringMatching(/^note: .*`maxmemory-policy`/),
  ])
})

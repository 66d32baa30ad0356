/**
 * @module Keys that are changed under load, killed at random moments, taken from elsewhere, or put back: on the executable.
 */
import { afterAll, expect, test } from 'bun:test'
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateMasterKey } from '../../src/vault/master_key.ts'
import { run, start, stopAll, type Program } from '../support/binary.ts'
import { digests } from '../support/files.ts'
import type { Served } from '../support/installed.ts'
import { addTenants, database, databaseFile, keyed, startLoad, type Keyed } from './keys_support.ts'

const LONG = process.env['PANGATE_TEST_LONG'] === '1'
/** More than twice what a server goes without looking. */
const WAIT = ['--wait', '6']
const KILLS = LONG ? 20 : 4
const seed = Number(process.env['PANGATE_TEST_SEED'] ?? Date.now() % 1e6)

afterAll(stopAll, 30_000)

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(from: number): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Runs a command again and again, killed at random moments so many times, then to its end. */
async function killed(
  { installed }: Keyed,
  args: readonly string[],
  between: (attempt: number) => Promise<void>,
): Promise<Program> {
  const chance = random(seed)
  for (let attempt = 0; attempt < KILLS; attempt++) {
    const program = start([...args, ...WAIT], { dir: installed.dir })
    const timer = setTimeout(() => process.kill(program.pid, 'SIGKILL'), 80 + chance() * 900)
    await program.exited
    clearTimeout(timer)
    await between(attempt)
  }
  const last = start([...args, ...WAIT], { dir: installed.dir })
  const { status } = await last.exited
  expect(status, last.stderr()).toBe(0)
  return last
}

test.each(LONG ? [2, 1] : [2])(
  'K04 the master key is changed under load, the command and the server killed at random moments (%d workers)',
  async (workers) => {
    const env = { PANGATE_SERVER_WORKERS: String(workers) }
    console.log(`K04 master key: ${KILLS} kills, seed ${seed}`)
    const shop = await keyed()
    const { dir } = shop.installed
    await addTenants(shop.installed, LONG ? 2000 : 300)
    const old = readFileSync(join(dir, 'master.key'), 'utf8')
    let served: Served | null = await shop.serve(env)
    for (let at = 0; at < 20; at++) await shop.store(served)
    const load = startLoad(shop, () => served)
    await killed(shop, ['master-key', 'rotate'], async (attempt) => {
      await shop.installed.command('tenant', 'create', `made-between-${attempt}`)
      if (attempt % 2 === 0 || !served) return
      const before = served
      served = null
      await before.program.stop('SIGKILL')
      served = await shop.serve(env)
    })
    await shop.installed.command('tenant', 'create', 'made-after')
    const { calls, wrong } = await load.end()
    console.log(`K04 master key: ${calls} cards read meanwhile`)
    expect(wrong).toEqual([])
    expect(calls).toBeGreaterThan(50)
    const now = readFileSync(join(dir, 'master.key'), 'utf8')
    expect(now).not.toBe(old)
    const { rows } = await database(dir).execute('select distinct master_key_id from data_keys')
    expect(rows).toHaveLength(1)
    const owner = await database(dir).execute("select value from meta where name = 'master_key_id'")
    expect(owner.rows[0]?.[0]).toBe(rows[0]?.[0] ?? '')
    expect(existsSync(join(dir, 'master.key.new'))).toBe(false)
    await served?.program.stop()
    // Both are there: the new one opens all, and the old one is refused with the way out.
    const again = await shop.serve(env)
    for (const [token, number] of shop.cards) expect(await shop.reveal(again, token)).toBe(number)
    await again.program.stop()
    writeFileSync(join(dir, 'master.key'), old)
    const refused = await run(['serve'], { dir })
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain('which it had until')
    expect(refused.stderr).toContain('pangate master-key rotate')
  },
  LONG ? 300_000 : 90_000,
)

test.each(LONG ? [1, 2] : [1])(
  'K04 data keys are changed under load, the command and the server killed at random moments (%d workers)',
  async (workers) => {
    const env = { PANGATE_SERVER_WORKERS: String(workers) }
    console.log(`K04 data key: ${KILLS} kills, seed ${seed}`)
    const shop = await keyed()
    const { dir, tenant } = shop.installed
    let served: Served | null = await shop.serve(env)
    for (let at = 0; at < (LONG ? 5000 : 500); at++) await shop.store(served)
    const load = startLoad(shop, () => served)
    await killed(shop, ['data-key', 'rotate', '--tenant', 'shop'], async (attempt) => {
      if (attempt % 2 === 0 || !served) return
      const before = served
      served = null
      await before.program.stop('SIGKILL')
      served = await shop.serve(env)
    })
    const { calls, wrong } = await load.end()
    console.log(`K04 data key: ${calls} cards read meanwhile, ${shop.cards.size} stored`)
    expect(wrong).toEqual([])
    expect(calls).toBeGreaterThan(50)
    const versions = await database(dir).execute({
      sql: "select version from data_keys where tenant_id = ? and purpose = 'data'",
      args: [tenant],
    })
    expect(versions.rows).toHaveLength(1)
    const newest = Number(versions.rows[0]?.[0])
    expect(newest).toBeGreaterThan(1)
    const { rows } = await database(dir).execute(
      'select distinct hex(substr(sealed_number, 2, 4)), hex(substr(sealed_holder, 2, 4)) from tokens',
    )
    const named = newest.toString(16).toUpperCase().padStart(8, '0')
    expect(rows.map((row) => [row[0], row[1]])).toEqual([[named, named]])
    for (const [token, number] of shop.cards) {
      if (served) expect(await shop.reveal(served, token)).toBe(number)
    }
    await served?.program.stop()
  },
  LONG ? 300_000 : 90_000,
)

test("K06 a key that is missing, open to others, none, or another database's: not started, nothing changed", async () => {
  const shop = await keyed()
  const { dir } = shop.installed
  const served = await shop.serve()
  await shop.store(served)
  await served.program.stop()
  const file = join(dir, 'master.key')
  const right = readFileSync(file, 'utf8')
  const before = digests(join(dir, 'data'))
  const cases: readonly (readonly [string, () => void, string])[] = [
    ['missing', () => rmSync(file), 'cannot be read'],
    ['empty', () => writeFileSync(file, ''), 'is not 32 bytes'],
    ['cut off', () => writeFileSync(file, right.slice(0, 30)), 'is not 32 bytes'],
    ['open to others', () => chmodSync(file, 0o644), 'can be read by other users'],
    ['another', () => writeFileSync(file, generateMasterKey()), 'this is the wrong master key'],
  ]
  for (const [name, spoil, words] of cases) {
    spoil()
    for (const command of [
      ['serve'],
      ['tenant', 'create', 'x'],
      ['master-key', 'rotate'],
      ['data-key', 'rotate', '--all'],
    ]) {
      const ended = await run(command, { dir })
      expect(ended.status, `${name}: ${command.join(' ')}`).toBe(1)
      expect(ended.stderr, `${name}: ${command.join(' ')}`).toContain(words)
      expect(ended.stderr).toMatch(/\n {2}next: /)
      expect(ended.stdout + ended.stderr).not.toContain(right.trim())
    }
    writeFileSync(file, right, { mode: 0o600 })
    chmodSync(file, 0o600)
  }
  expect(digests(join(dir, 'data'))).toEqual(before)
  const again = await shop.serve()
  for (const [token, number] of shop.cards) expect(await shop.reveal(again, token)).toBe(number)
  await again.program.stop()
}, 60_000)

test('K07 an older database with the newer key, and the other way round, are refused, and say which key is meant', async () => {
  const shop = await keyed()
  const { dir } = shop.installed
  const served = await shop.serve()
  const token = await shop.store(served)
  await served.program.stop()
  const file = databaseFile(dir)
  const backup = join(dir, 'backup.db')
  await database(dir).execute(`vacuum into '${backup}'`)
  await shop.installed.command('master-key', 'rotate', '--wait', '0')
  const [kept = ''] = [...new Bun.Glob('master.key.old-*').scanSync(dir)]
  const newer = join(dir, 'newer.db')
  await database(dir).execute(`vacuum into '${newer}'`)

  const put = (from: string): void => {
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
    copyFileSync(from, file)
  }
  put(backup)
  const older = await run(['serve'], { dir })
  expect(older.status).toBe(1)
  expect(older.stderr).toContain('an older copy from before the key was changed')
  expect(older.stderr).toContain(kept)
  // The old key, as the message says, opens it.
  const key = join(dir, 'master.key')
  copyFileSync(key, join(dir, 'new.key'))
  copyFileSync(join(dir, kept), key)
  const back = await shop.serve()
  expect(await shop.reveal(back, token)).toBe(shop.cards.get(token) ?? '')
  await back.program.stop()
  put(newer)
  const other = await run(['serve'], { dir })
  expect(other.status).toBe(1)
  expect(other.stderr).toContain('which it had until')
  copyFileSync(join(dir, 'new.key'), key)
  const right = await shop.serve()
  expect(await shop.reveal(right, token)).toBe(shop.cards.get(token) ?? '')
  await right.program.stop()
}, 60_000)

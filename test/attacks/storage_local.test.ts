/**
 * @module Faults of the local file: a full disk under load, others who use the file, damage, starts that are cut off.
 */
import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  cpSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { databaseOf } from '../support/audit.ts'
import { run, start, stopAll } from '../support/binary.ts'
import { canaryCard } from '../support/canary.ts'
import { digests } from '../support/files.ts'
import { install, type Installed, type Reply, type Served } from '../support/installed.ts'
import { noSmallDisk, serveOnSmallDisk } from '../support/small_disk.ts'
import { startWire, type Wire } from '../support/wire.ts'

const LONG = process.env['PANGATE_TEST_LONG'] === '1'
const STARTS = LONG ? 60 : 8

const noDisk = noSmallDisk()
if (noDisk !== null) console.log(`skipped: no disk of its own: ${noDisk}`)

let wire: Wire
beforeAll(async () => {
  wire = await startWire()
}, 20_000)
afterAll(async () => {
  await stopAll()
  await wire.stop()
})

const card = (number = canaryCard()) => ({
  type: 'card',
  card: { number, exp_month: 12, exp_year: 2034 },
})

const store = ({ call }: Served): Promise<Reply> => call('POST', '/v1/tokens', card())

const pay = ({ call }: Served, token: string, order = 'one'): Promise<Reply> =>
  call('POST', '/v1/forward', {
    token,
    request: { url: `${wire.url}/${order}`, body: { n: '{{ card.number }}' } },
  })

/** The database's own check, on a copy, and with what the program itself says. */
async function expectSound({ dir }: Installed): Promise<void> {
  const { stdout, status } = await run(['doctor'], { dir })
  expect([status, stdout]).toEqual([0, expect.stringContaining('its own check finds nothing')])
}

describe('a disk', () => {
  test.skipIf(noDisk !== null)(
    'D02 that fills up under load: each answer is true, nothing is sent that was not written down, and it heals',
    async () => {
      const installed = await install(wire)
      const disk = await serveOnSmallDisk(installed)
      const { served } = disk
      const token = (await store(served)).textAt('id')
      const told: Reply[] = []
      const made: string[] = []
      let paying = 0
      let full = false
      const load = async (): Promise<void> => {
        for (let i = 0; i < 60; i++) {
          const answer = await pay(served, token, `d02-${++paying}`)
          told.push(answer)
          const stored = await store(served)
          if (stored.status === 201) made.push(stored.textAt('id'))
          else expect(stored.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
          if (!full && paying > 40) {
            full = true
            disk.fill()
          }
        }
      }
      await Promise.all(Array.from({ length: 8 }, load))
      const refused = told.filter(({ status }) => status === 503)
      expect(refused.length).toBeGreaterThan(0)
      expect(told.every(({ status }) => status === 200 || status === 503)).toBe(true)
      disk.empty()
      expect((await pay(served, token, 'd02-healed')).status).toBe(200)

      const arrived = wire.requests.filter(({ line }) => line.includes('/d02-')).length
      const sent = (answer: Reply) => answer.at('sent') ?? answer.at('error', 'sent')
      const reached = told.filter((answer) => sent(answer) === 'yes').length
      const unknown = told.filter((answer) => sent(answer) === 'unknown').length
      expect(arrived).toBe(reached + 1)
      expect(unknown).toBe(0)
      for (const id of made) expect((await served.call('GET', `/v1/tokens/${id}`)).status).toBe(200)
      for (const answer of told.filter(({ status }) => status === 200)) {
        const record = await served.call('GET', `/v1/forwards/${answer.textAt('id')}`)
        expect(record.at('state')).toBe('done')
      }
      console.log(
        `D02: ${told.length} payments, ${refused.length} refused, ${made.length} cards stored`,
      )
      disk.copyTo(join(installed.dir, 'data'))
      await served.program.stop()
      await expectSound(installed)
    },
    60_000,
  )

  test.skipIf(noDisk !== null)(
    'D02 that is read-only: it does not start, and says why',
    async () => {
      const installed = await install(wire)
      const script = `PATH=/usr/sbin:/usr/bin:/sbin:/bin
      mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"`
      const user = process.getuid?.() === 0 ? [] : ['--map-root-user']
      const args = ['--mount', ...user, 'sh', '-c', script, join(installed.dir, 'data')]
      const { status, stderr } = await run(
        [
          ...args,
          process.env['PANGATE_BIN'] ?? join(import.meta.dir, '../../dist/pangate'),
          'serve',
        ],
        { dir: installed.dir, binary: '/usr/bin/unshare' },
      )
      expect(status).toBe(1)
      expect(stderr).toContain('cannot be opened')
      expect(stderr).toContain('next: check [database] url')
    },
  )
})

describe('others who use the file:', () => {
  test('D03 a second server is refused with the number of the first, and touches nothing', async () => {
    const installed = await install(wire)
    const first = await installed.serve()
    const second = await run(['serve'], { dir: installed.dir })
    expect(second.status).toBe(1)
    expect(second.stderr).toContain(`in use by another pangate, process ${first.program.pid}`)
    expect(second.stderr).toContain(`next: ps -fp ${first.program.pid}`)
    expect((await store(first)).status).toBe(201)
    // A killed one has no lock, whatever it left behind.
    await first.program.stop('SIGKILL')
    const third = await installed.serve()
    expect((await store(third)).status).toBe(201)
    await third.program.stop()
  }, 30_000)

  test('D03 commands beside the server, and a program that writes for a second: no caller is told of a lock', async () => {
    const installed = await install(wire)
    const served = await installed.serve()
    const token = (await store(served)).textAt('id')
    const answers: Reply[] = []
    let going = true
    const load = async (): Promise<void> => {
      while (going) answers.push(await pay(served, token), await store(served))
    }
    const running = Promise.all(Array.from({ length: 4 }, load))
    for (let i = 0; i < 3; i++) {
      const { key } = JSON.parse(
        await installed.command('key', 'create', '--tenant', 'shop', '--scope', 'admin', '--json'),
      )
      const seen = await served.call('GET', '/v1/keys', undefined, {
        authorization: `Bearer ${key}`,
      })
      expect(seen.status).toBe(200)
    }
    const other = new Database(databaseOf(installed.dir))
    other.run('pragma busy_timeout = 5000')
    const before = answers.length
    other.run('begin immediate')
    // Reads go on while it writes; writes wait.
    expect((await served.call('GET', `/v1/tokens/${token}`)).status).toBe(200)
    const waiting = store(served)
    await Bun.sleep(1_000)
    other.run('commit')
    other.close()
    answers.push(await waiting)
    going = false
    await running
    expect(answers.length).toBeGreaterThan(before)
    expect(answers.filter(({ status }) => status >= 400).map(({ text }) => text)).toEqual([])
    await served.program.stop()
    await expectSound(installed)
  }, 30_000)

  test('D03 a program that reads an old state: what is deleted is overwritten when it ends, and DELETE answers then', async () => {
    const installed = await install(wire)
    const served = await installed.serve()
    const file = databaseOf(installed.dir)
    const made = await served.call('POST', '/v1/tokens', {
      ...card(),
      metadata: { trace: 'd03-trace' },
    })
    const holds = () =>
      ['', '-wal'].some(
        (end) => existsSync(file + end) && readFileSync(file + end).includes('d03-trace'),
      )
    const reader = new Database(file, { readonly: true })
    reader.run('begin')
    reader.query('select count(*) from tokens').get()
    let answered = false
    const deleted = served.call('DELETE', `/v1/tokens/${made.textAt('id')}`).then((answer) => {
      answered = true
      return answer
    })
    // It is gone for everybody at once.
    while ((await served.call('GET', `/v1/tokens/${made.textAt('id')}`)).status !== 404);
    expect([answered, holds()]).toEqual([false, true])
    reader.run('commit')
    expect((await deleted).status).toBe(204)
    expect(holds()).toBe(false)
    reader.close()
    await served.program.stop()
  }, 30_000)
})

describe('damage:', () => {
  /** An installation with cards in it, stopped as it was killed: the journal beside the file is as it was. */
  async function killed(
    count: number,
  ): Promise<{ installed: Installed; file: string; ids: string[] }> {
    const installed = await install(wire)
    const served = await installed.serve()
    const ids: string[] = []
    for (let i = 0; i < count; i++) ids.push((await store(served)).textAt('id'))
    await served.program.stop('SIGKILL')
    return { installed, file: databaseOf(installed.dir), ids }
  }

  /** How many of the cards are there, and how many are answered with an error of the database. */
  async function found(served: Served, ids: readonly string[]) {
    const all = await Promise.all(ids.map((id) => served.call('GET', `/v1/tokens/${id}`)))
    const count = (status: number) => all.filter((one) => one.status === status).length
    expect(all.every(({ status }) => [200, 404, 503].includes(status))).toBe(true)
    return { there: count(200), missing: count(404), failed: count(503) }
  }

  test('D04 a page that is damaged: what it held is an error and never something else; doctor tells', async () => {
    const { installed, file, ids } = await killed(40)
    // Folds the journal into the file.
    const db = new Database(file)
    db.run('pragma wal_checkpoint(truncate)')
    const page = db
      .query<{ pageno: number }, []>(
        "select rootpage as pageno from sqlite_schema where name = 'tokens'",
      )
      .get()
    db.close()
    const bytes = readFileSync(file)
    const size = bytes.readUInt16BE(16)
    bytes.fill(0xa5, ((page?.pageno ?? 0) - 1) * size, (page?.pageno ?? 0) * size)
    writeFileSync(file, bytes)
    const doctor = await run(['doctor'], { dir: installed.dir })
    expect([doctor.status, doctor.stdout]).toEqual([1, expect.stringContaining('damaged')])
    expect(doctor.stdout).toContain('restore it from its backup')
    const served = await installed.serve()
    expect(await found(served, ids)).toEqual({ there: 0, missing: 0, failed: 40 })
    expect((await store(served)).at('error')).toMatchObject({
      code: 'storage_unavailable',
      sent: 'no',
    })
    expect(served.program.stderr()).toContain('SQLITE_CORRUPT')
    await served.program.stop()
  }, 30_000)

  test('D04 a first page that is damaged: it does not start', async () => {
    const { installed, file } = await killed(1)
    for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true })
    const bytes = readFileSync(file)
    bytes.fill(0, 0, 100)
    writeFileSync(file, bytes)
    for (const command of ['serve', 'doctor']) {
      const { status, stdout, stderr } = await run([command], { dir: installed.dir })
      expect(status).toBe(1)
      expect(stdout + stderr).toMatch(/not a database|malformed/)
    }
  }, 30_000)

  test('D04 a journal without its index: nothing is lost', async () => {
    const { installed, file, ids } = await killed(40)
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0)
    rmSync(`${file}-shm`)
    const served = await installed.serve()
    expect(await found(served, ids)).toEqual({ there: 40, missing: 0, failed: 0 })
    await served.program.stop()
    await expectSound(installed)
  }, 30_000)

  test('D04 a journal that was cut: all before the cut is there, whole, and nothing of half a transaction', async () => {
    const { installed, file, ids } = await killed(40)
    const journal = `${file}-wal`
    const whole = join(installed.dir, 'whole')
    cpSync(join(installed.dir, 'data'), whole, { recursive: true })
    const size = statSync(journal).size
    let before = 0
    for (const part of [0.1, 0.35, 0.6, 0.85, 1]) {
      rmSync(join(installed.dir, 'data'), { recursive: true })
      cpSync(whole, join(installed.dir, 'data'), { recursive: true })
      truncateSync(journal, Math.floor(size * part))
      const served = await installed.serve()
      const { there, failed } = await found(served, ids)
      // They were stored one after the other, so what is there is a beginning of the list.
      expect([await found(served, ids.slice(0, there)), failed]).toEqual([
        { there, missing: 0, failed: 0 },
        0,
      ])
      expect(there).toBeGreaterThanOrEqual(before)
      before = there
      await served.program.stop()
      await expectSound(installed)
    }
    expect(before).toBe(40)
  }, 60_000)
})

describe('migrations:', () => {
  test(`D09 killed at ${STARTS} moments of its first start: the next one finds nothing or all`, async () => {
    const seed = Math.floor(Math.random() * 1e6)
    console.log(`D09: ${STARTS} kills, seed ${seed}`)
    let random = seed
    for (let i = 0; i < STARTS; i++) {
      random = (random * 1103515245 + 12345) % 2 ** 31
      const installed = await install(wire)
      rmSync(join(installed.dir, 'data'), { recursive: true })
      Bun.spawnSync(['mkdir', join(installed.dir, 'data')])
      const program = start(['serve'], { dir: installed.dir })
      await Bun.sleep(random % 120)
      await program.stop('SIGKILL')
      await installed.command('tenant', 'create', 'after')
      await expectSound(installed)
    }
  }, 240_000)

  test('D09 several programs at once on a new file: each does its work', async () => {
    const installed = await install(wire)
    rmSync(join(installed.dir, 'data'), { recursive: true })
    Bun.spawnSync(['mkdir', join(installed.dir, 'data')])
    const names = ['a', 'b', 'c', 'd']
    const made = await Promise.all(
      names.map((name) => run(['tenant', 'create', name], { dir: installed.dir })),
    )
    expect(made.filter(({ status }) => status !== 0).map(({ stderr }) => stderr)).toEqual([])
    const list: { name: string }[] = JSON.parse(await installed.command('tenant', 'list', '--json'))
    expect(list.map(({ name }) => name).toSorted()).toEqual(names)
    await expectSound(installed)
  }, 30_000)

  test('D09 a program that is older than its database: it does not start, and changes nothing', async () => {
    const installed = await install(wire)
    const file = databaseOf(installed.dir)
    const db = new Database(file)
    db.run("insert into pangate_migrations values (99, '0099_later', 'x', 0)")
    db.run('pragma wal_checkpoint(truncate)')
    db.close()
    const before = digests(join(installed.dir, 'data'))
    for (const command of [['serve'], ['doctor'], ['tenant', 'list']]) {
      const { status, stdout, stderr } = await run(command, { dir: installed.dir })
      expect(status).toBe(1)
      expect(stdout + stderr).toContain('newer than this program')
    }
    expect(digests(join(installed.dir, 'data'))['pangate.db']).toBe(before['pangate.db'])
  }, 30_000)
})

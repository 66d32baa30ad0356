/**
 * @module Two versions: the next one takes over and brings the database along, this one does not open what it does not know, and nodes of
 * both serve together on one libSQL server while they are replaced.
 */
import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run, stopAll } from '../support/binary.ts'
import { canaryCard } from '../support/canary.ts'
import { install, type Installed, type Reply, type Served } from '../support/installed.ts'
import { buildNextVersion, NEXT_MIGRATION } from '../support/next_version.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'
import { noSqld, startSqld, type Sqld } from '../support/sqld.ts'

const reason = noSqld()
if (reason !== null) console.log(`skipped: P13 on a libSQL server: ${reason}`)

let next: string
let psp: FakePsp
beforeAll(async () => {
  next = buildNextVersion()
  psp = await startPsp()
}, 120_000)
beforeEach(() => {
  psp.arrivals.length = 0
  psp.reply = () => ({ body: JSON.stringify({ payment: psp.arrivals.length }) })
})
afterAll(async () => {
  await stopAll()
  await psp.stop()
})

async function tokenAt({ call }: Served): Promise<string> {
  const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
  const made = await call('POST', '/v1/tokens', { type: 'card', card })
  expect(made.status, made.text).toBe(201)
  return made.textAt('id')
}

const pay = ({ call }: Served, token: string, key: string): Promise<Reply> =>
  call(
    'POST',
    '/v1/forward',
    { token, request: { url: psp.url, body: { n: '{{ card.number }}' } } },
    { 'idempotency-key': key },
  )

/** This version does not start on it, says why and what to type. */
async function expectRefused(
  { dir }: Installed,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const command of [['serve'], ['doctor'], ['tenant', 'list']]) {
    const { status, stdout, stderr } = await run(command, { dir, env })
    expect(status, command.join(' ')).toBe(1)
    expect(stdout + stderr).toContain(
      `the database is newer than this program: it has migration ${NEXT_MIGRATION}`,
    )
    expect(stdout + stderr).toContain(
      'next: run the newer pangate, or restore the backup made before the upgrade',
    )
  }
}

test('P13 a local file: up, not down again, up once more, and down by the backup from before', async () => {
  const shop = await install(psp)
  const old = await shop.serve()
  const token = await tokenAt(old)
  const paid = await pay(old, token, 'before')
  expect(paid.status, paid.text).toBe(200)
  const backup = join(shop.dir, 'before-upgrade.db')
  using db = new Database(join(shop.dir, 'data/pangate.db'))
  db.run('vacuum into ?', [backup])
  await old.program.stop()

  const newer = await shop.serve({}, [], next)
  // What the old one answered is told again, and its card is sent.
  expect((await pay(newer, token, 'before')).text).toBe(paid.text)
  const later = await tokenAt(newer)
  const more = await pay(newer, later, 'after')
  expect(more.status, more.text).toBe(200)
  expect((await pay(newer, token, 'again')).status).toBe(200)
  await newer.program.stop()

  await expectRefused(shop)
  const back = await shop.serve({}, [], next)
  expect((await pay(back, later, 'after')).text).toBe(more.text)
  expect((await back.call('GET', `/v1/tokens/${token}`)).status).toBe(200)
  await back.program.stop()
  expect(psp.arrivals).toHaveLength(3)
  const notes = db.query('select next_note from tokens order by created_at, id').values()
  expect(notes).toEqual([['from before'], ['from the next']])
  const verified = await run(['audit', 'verify'], { dir: shop.dir, binary: next })
  expect(verified.status, verified.stdout + verified.stderr).toBe(0)

  for (const end of ['', '-wal', '-shm']) {
    rmSync(join(shop.dir, `data/pangate.db${end}`), { force: true })
  }
  cpSync(backup, join(shop.dir, 'data/pangate.db'))
  const restored = await shop.serve()
  expect((await pay(restored, token, 'before')).text).toBe(paid.text)
  expect((await restored.call('GET', `/v1/tokens/${later}`)).status).toBe(404)
  expect(psp.arrivals).toHaveLength(3)
  await restored.program.stop()
}, 60_000)

describe.skipIf(reason !== null)('nodes on one libSQL server', () => {
  let sqld: Sqld
  let shop: Installed
  const server = (): Record<string, string> => ({
    PANGATE_DATABASE_URL: sqld.url,
    PANGATE_DATABASE_AUTH_TOKEN: sqld.token ?? '',
  })
  beforeAll(async () => {
    sqld = await startSqld({ auth: true })
    shop = await install(psp, server())
  }, 60_000)
  afterAll(() => sqld.stop())

  test('P13 an old node serves on beside new ones until it is replaced, and is not started again', async () => {
    const node = (name: string, executable?: string): Promise<Served> =>
      shop.serve({ PANGATE_SERVER_NODE: name }, [], executable)
    const [a, b] = await Promise.all([node('a'), node('b')])
    const early = await tokenAt(a)
    const first = await pay(a, early, 'first')
    expect(first.status, first.text).toBe(200)

    // The one that is replaced while the other goes on.
    await b.program.stop()
    const newer = await node('b', next)
    const before = psp.arrivals.length
    for (let round = 0; round < 10; round++) {
      const [fromOld, fromNew] = await Promise.all([tokenAt(a), tokenAt(newer)])
      for (const token of [early, fromOld, fromNew]) {
        const key = `round-${round}-${token}`
        const [one, other] = await Promise.all([pay(a, token, key), pay(newer, token, key)])
        const told = [one, other].filter(({ status }) => status === 200)
        expect(told.length, one.text + other.text).toBeGreaterThan(0)
        // Both now tell what one of them sent.
        const again = await Promise.all([pay(a, token, key), pay(newer, token, key)])
        for (const answer of [...told, ...again]) expect(answer.text).toBe(told[0]?.text ?? '')
      }
    }
    expect(psp.arrivals.length - before).toBe(30)
    expect((await newer.call('DELETE', `/v1/tokens/${early}`)).status).toBeLessThan(300)
    expect((await a.call('GET', `/v1/tokens/${early}`)).status).toBe(404)

    // Back again: the new one goes, and all it did is there for the old one.
    await newer.program.stop()
    expect((await pay(a, early, 'first')).text).toBe(first.text)
    const last = await tokenAt(a)
    await a.program.stop()
    await expectRefused(shop, server())

    const ended = await node('a', next)
    expect((await pay(ended, last, 'last')).status).toBe(200)
    expect((await pay(ended, early, 'first')).text).toBe(first.text)
    const verified = await run(['audit', 'verify'], {
      dir: shop.dir,
      env: server(),
      binary: next,
    })
    expect(verified.status, verified.stdout + verified.stderr).toBe(0)
    await ended.program.stop()
  }, 60_000)
})

/**
 * @module Copies of the database as backups make them: all they hold is sealed, and without the master key they are of no use.
 */
import { Database } from 'bun:sqlite'
import { afterAll, expect, test } from 'bun:test'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { search } from '../canary-search.ts'
import { run, stopAll } from '../support/binary.ts'
import { caller, install } from '../support/installed.ts'
import { freshFolder } from '../support/run.ts'
import { respond, startWire } from '../support/wire.ts'
import { CALLS, callers, things } from './leaks_calls.ts'
import { SECRETS, watch } from './leaks_world.ts'

afterAll(stopAll)

const HOLDER = 'Canary Holder'
const HOLDER_BYTES = [
  Buffer.from(HOLDER),
  Buffer.from(HOLDER, 'utf16le'),
  Buffer.from(HOLDER.toUpperCase()),
]

test('L12 a copy of the database, by its files and by SQLite: no card, holder, code, credential or key; it opens with its master key alone', async () => {
  const wire = await startWire()
  wire.reply = ({ socket, body }) => respond(socket, body)
  const installed = await install(wire)
  const own = await callers(installed)
  const watched = await watch(installed)
  const all = await things(watched, own, wire.url)
  for (const make of Object.values(CALLS)) {
    for (const call of await make(all)) await watched.call(call.method, call.path, call)
  }
  const kept = await all.token()
  const live = join(installed.dir, 'data')

  // While it runs, as docs/operate.md says; and the files, once it has stopped.
  const copies = freshFolder('copies')
  const database = new Database(join(live, 'pangate.db'), { readonly: true })
  database.run(`vacuum into '${join(copies, 'vacuum.db')}'`)
  writeFileSync(join(copies, 'serialised.db'), database.serialize())
  database.close()
  cpSync(live, join(copies, 'running'), { recursive: true })
  await watched.served.program.stop()
  await wire.stop()
  cpSync(live, join(copies, 'stopped'), { recursive: true })

  const master = readFileSync(join(installed.dir, 'master.key'), 'utf8').trim()
  const values = Object.entries({
    ...SECRETS,
    master,
    key: own.key,
    installed: installed.key,
    client: own.client.secret,
  })
  const canaries = values.map(([from, value]) => ({
    kind: /^\d{3,4}$/.test(value)
      ? ('cvc' as const)
      : /^\d+$/.test(value)
        ? ('number' as const)
        : ('secret' as const),
    value,
    from,
  }))
  const { hits, files, bytes } = search(copies, canaries)
  console.log(`L12: ${canaries.length} values in ${files} files of ${bytes} bytes`)
  // Of keys and clients it holds SHA-256 of 256 random bits, by which they are known again.
  const isKnownAgain = ({ from, form }: (typeof hits)[number]): boolean =>
    form === 'sha256' && ['key', 'installed', 'client'].includes(from)
  expect(hits.filter((hit) => !isKnownAgain(hit))).toEqual([])
  for (const name of ['vacuum.db', 'serialised.db', 'running/pangate.db', 'stopped/pangate.db']) {
    const content = readFileSync(join(copies, name))
    for (const holder of HOLDER_BYTES) expect(content.includes(holder), name).toBe(false)
  }

  // The copy is a whole database: with the master key its cards are there, and with another nothing starts.
  for (const file of ['pangate.db', 'pangate.db-wal', 'pangate.db-shm']) {
    rmSync(join(live, file), { force: true })
  }
  mkdirSync(live, { recursive: true })
  cpSync(join(copies, 'vacuum.db'), join(live, 'pangate.db'))
  const again = await installed.serve()
  const revealed = await caller(again.url, own.key)('POST', `/v1/tokens/${kept}/reveal`)
  expect(revealed.textAt('card', 'number')).toBe(SECRETS.card)
  await again.program.stop()
  const file = join(installed.dir, 'master.key')
  writeFileSync(file, Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
  const refused = await run(['serve'], { dir: installed.dir })
  expect(refused.status).toBe(1)
  expect(refused.stderr).not.toContain(SECRETS.card)
}, 60_000)

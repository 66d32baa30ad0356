/**
 * @module Rows that are kept: given again while nobody changed them, and never one request longer, whoever writes and folds the journal.
 */
import { describe, expect, test } from 'bun:test'
import { openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openCommitter } from '../../src/store/committer.ts'
import { addKey, keyByHash, revokeKey, type KeyRow } from '../../src/store/keys.ts'
import { connect, type Connection } from '../../src/store/native.ts'
import { openStore } from '../../src/store/open.ts'
import { openRecent, type Recent } from '../../src/store/recent.ts'
import { freshFolder } from '../support/run.ts'

/** The long form is for the whole run. */
const STEPS = process.env['PANGATE_TEST_LONG'] === '1' ? 2000 : 400

/** So many commits, and more, before our own are told from those of others. */
const SETTLED = 110

const READ = { sql: 'select name from api_keys where id = ?', params: [1] }
const NAME = 'select name from api_keys where id = 1'

interface World {
  readonly file: string
  /** Another program's connection. */
  readonly other: Connection
  readonly recent: Recent
  /** The name by what is kept, and whether the file was asked for it. */
  read(): { readonly name: unknown; readonly asked: boolean }
}

function world(settled = SETTLED): World {
  const file = join(freshFolder('recent'), 'pangate.db')
  const other = connect(file, 1000)
  other.exec('pragma journal_mode = wal')
  other.exec('create table api_keys (id integer primary key, name text)')
  other.exec('create table notes (id integer primary key, text text)')
  other.exec("insert into api_keys values (1, 'first')")
  // An index that was built a moment ago is not gone by for our own writes.
  other.exec('pragma synchronous = normal')
  for (let i = 0; i < settled; i++) other.exec(note.sql)
  const recent = openRecent(file)
  if (!recent) throw new Error('there is no index of the journal')
  const reader = connect(file, 1000)
  return {
    file,
    other,
    recent,
    read() {
      let asked = false
      const [row] = recent.rows(READ, 'get', () => {
        asked = true
        return reader.all(READ.sql, READ.params)
      })
      return { name: row?.[0], asked }
    },
  }
}

const note = { sql: "insert into notes (text) values ('x')", params: [] }
const nothing = { sql: 'delete from notes where id = -1', params: [] }
const rename = (name: string) => ({ sql: 'update api_keys set name = ?', params: [name] })

describe.each(['power', 'process'] as const)('%s:', (durability) => {
  test('our own writes to other tables keep it, those to its table end it', async () => {
    const { file, recent, read } = world()
    const committer = await openCommitter(file, durability, recent)
    expect(read()).toEqual({ name: 'first', asked: true })
    expect(read()).toEqual({ name: 'first', asked: false })
    for (let i = 0; i < 5; i++) {
      await committer.batch([note, nothing])
      expect(read()).toEqual({ name: 'first', asked: false })
    }
    await committer.batch([nothing])
    expect(read()).toEqual({ name: 'first', asked: false })
    await committer.batch([note, rename('second')])
    expect(read()).toEqual({ name: 'second', asked: true })
    await committer.close()
  })

  test('it is never old, whoever writes and folds in whatever order', async () => {
    const { file, other, recent, read } = world()
    const committer = await openCommitter(file, durability, recent)
    const truth = (): unknown => other.get(NAME, [])?.[0]
    let seed = 20261121
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return (seed >>> 8) % below
    }
    const steps: readonly (() => unknown)[] = [
      () => committer.batch([note]),
      () => committer.batch([nothing]),
      () => committer.batch([note, nothing, note]),
      () => committer.batch([rename(`ours ${random(1e9)}`)]),
      () =>
        committer
          .batch([note, { sql: 'insert into api_keys values (1, 1)', params: [] }])
          .catch(() => null),
      () => other.all(rename(`theirs ${random(1e9)}`).sql, [`theirs ${random(1e9)}`]),
      () => other.exec(note.sql),
      () => other.all('pragma wal_checkpoint(passive)', []),
      () => other.all('pragma wal_checkpoint(truncate)', []),
      () => committer.truncate(),
    ]
    let hits = 0
    let changes = 0
    let last: unknown = null
    for (let i = 0; i < STEPS; i++) {
      // Mostly our own writes, as on a server.
      const step = steps[random(3) > 0 ? random(3) : random(steps.length)]
      const [first, second] = [step?.(), random(4) === 0 ? steps[5 + random(2)]?.() : null]
      if (random(2) === 0) expect(read().name).toBe(truth())
      await Promise.all([first, second])
      const { name, asked } = read()
      expect(name).toBe(truth())
      if (!asked) hits++
      if (name !== last) changes++
      last = name
    }
    expect(hits).toBeGreaterThan(STEPS / 6)
    expect(changes).toBeGreaterThan(STEPS / 10)
    await committer.close()
    console.log(`${STEPS} steps, ${hits} kept, ${changes} changes`)
  }, 120_000)
})

test('a commit of another that comes right behind ours is not taken for ours', () => {
  const { other, recent, read } = world()
  for (const [ours, affected] of [
    [nothing, false],
    [note, true],
  ] as const) {
    read()
    expect(read().asked).toBe(false)
    other.exec('begin immediate')
    const written = recent.writing([ours])
    other.exec(ours.sql)
    other.exec('commit')
    const name = `theirs ${String(affected)}`
    other.all('update api_keys set name = ?', [name])
    written(affected)
    expect(read()).toEqual({ name, asked: true })
  }
})

test('a commit of another before ours is not covered by ours', () => {
  const { other, recent, read } = world()
  read()
  other.exec("update api_keys set name = 'theirs'")
  other.exec('begin immediate')
  const written = recent.writing([note])
  other.exec(note.sql)
  other.exec('commit')
  written(true)
  expect(read()).toEqual({ name: 'theirs', asked: true })
})

test('an index that was built a moment ago counts too little to tell our own writes from those of others', async () => {
  const { file, recent, read } = world(0)
  const committer = await openCommitter(file, 'process', recent)
  read()
  await committer.batch([note])
  expect(read().asked).toBe(true)
  expect(read().asked).toBe(false)
  await committer.close()
})

test('nothing is kept while the copies of the header differ, as where its writer died between them', () => {
  const { file, read } = world()
  const index = openSync(`${file}-shm`, 'r+')
  for (const at of [8, 48 + 8]) {
    read()
    expect(read().asked).toBe(false)
    const byte = Buffer.alloc(1)
    readSync(index, byte, 0, 1, at)
    writeSync(index, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at)
    // Whoever reads builds it anew.
    expect(read().asked).toBe(true)
  }
  // Not closed: that would end the locks of the connections above.
})

test('the index of another file is found out by our first write', async () => {
  const [right, wrong] = [world(), world()]
  wrong.read()
  expect(wrong.read().asked).toBe(false)
  const committer = await openCommitter(right.file, 'process', wrong.recent)
  await committer.batch([nothing])
  expect(wrong.read().asked).toBe(false)
  await committer.batch([note])
  for (let i = 0; i < 3; i++) expect(wrong.read().asked).toBe(true)
  await committer.close()
})

test('our own change of such a row ends it, whatever the index says', async () => {
  const [right, wrong] = [world(), world()]
  wrong.read()
  const committer = await openCommitter(right.file, 'process', wrong.recent)
  await committer.batch([{ sql: 'update api_keys set name = ? where id = 2', params: ['x'] }])
  expect(wrong.read().asked).toBe(true)
  await committer.close()
})

test('what ended gives nothing of what was kept', () => {
  const { recent, read } = world()
  read()
  recent.end()
  for (let i = 0; i < 3; i++) expect(read().asked).toBe(true)
})

test('there is none of a database in memory', () => {
  expect(openRecent('file:recent?mode=memory&cache=shared')).toBeNull()
})

test('a key that another program revoked is not found again', async () => {
  const url = `file:${join(freshFolder('recent'), 'pangate.db')}`
  const options = { url, durability: 'process' } as const
  const server = await openStore(options, { owner: true })
  const command = await openStore(options)
  const by = { actor: 'cli:test', request_id: null, at: 2 }
  // Lines of the audit log are not what this is about.
  for (const store of [server, command]) {
    store.attachChain({
      append: () => ({ sql: 'select 1 where 0', params: [] }),
      committed: () => undefined,
      rolledBack: () => undefined,
      inDoubt: () => undefined,
    })
  }
  const key: KeyRow = {
    ...{
      id: 'key_1',
      tenant_id: 'ten_1',
      name: 'k',
      hash: Buffer.alloc(32, 1),
      scopes: ['forward'],
    },
    ...{ test: false, rate: null, created_at: 1, revoked_at: null },
  }
  await addKey(server, key, by)
  expect(await keyByHash(server, key.hash)).toEqual(key)
  const again = await keyByHash(server, key.hash)
  expect(again).toEqual(key)
  // Each caller has its own row: what is kept cannot be changed through it.
  again?.scopes.push('admin')
  expect(await keyByHash(server, key.hash)).toEqual(key)
  expect(await revokeKey(command, 'ten_1', 'key_1', by)).toBe(true)
  expect(await keyByHash(server, key.hash)).toBeUndefined()
  await command.close()
  await server.close()
})

/**
 * @module Databases are brought to this program's schema: whole or not at all, once, and only those that are ours.
 */
import { describe, expect, test } from 'bun:test'
import { createClient, type Client } from '@libsql/client'
import { is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../../src/errors.ts'
import { migrate, MIGRATIONS } from '../../src/store/migrations.ts'
import { openStore } from '../../src/store/open.ts'
import * as schema from '../../src/store/schema.ts'
import { meta } from '../../src/store/schema.ts'
import { digests } from '../support/files.ts'
import { freshFolder } from '../support/run.ts'

const DRIZZLE = join(import.meta.dir, '../../drizzle')
const TABLES = Object.values(schema).filter((value) => is(value, SQLiteTable))

const fileIn = (folder: string): string => `file:${join(folder, 'pangate.db')}`
const options = (folder: string) => ({ url: fileIn(folder), durability: 'process' as const })

async function names(client: Client): Promise<readonly string[]> {
  const { rows } = await client.execute('select name from sqlite_master order by name')
  return rows.map(({ name }) => String(name))
}

/** Runs something over a database and closes it. */
async function over<T>(folder: string, run: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient({ url: fileIn(folder) })
  try {
    return await run(client)
  } finally {
    client.close()
  }
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

describe('the list', () => {
  test('has every file of drizzle/, in order, as it is', () => {
    const files = readdirSync(DRIZZLE).filter((name) => name.endsWith('.sql'))
    expect(MIGRATIONS.map(({ name }) => `${name}.sql`)).toEqual(files.toSorted())
    for (const { name, sql } of MIGRATIONS) {
      expect(sql).toBe(readFileSync(join(DRIZZLE, `${name}.sql`), 'utf8'))
    }
  })

  test('is the one that drizzle knows', () => {
    const journal = JSON.parse(readFileSync(join(DRIZZLE, 'meta/_journal.json'), 'utf8'))
    expect(journal.entries.map(({ tag }: { tag: string }) => tag)).toEqual(
      MIGRATIONS.map(({ name }) => name),
    )
  })

  test('gives the tables and columns that the program uses', async () => {
    expect(TABLES.length).toBeGreaterThan(9)
    await over(freshFolder('schema'), async (client) => {
      await migrate(client)
      for (const table of TABLES) {
        const { name, columns, indexes } = getTableConfig(table)
        const { rows } = await client.execute(`pragma table_info("${name}")`)
        const wanted = columns.map((one) => [one.name, one.getSQLType(), one.notNull])
        expect(
          rows.map((row) => [row['name'], String(row['type']).toLowerCase(), row['notnull'] === 1]),
        ).toEqual(wanted)
        const all = await names(client)
        for (const { config } of indexes) expect(all).toContain(config.name)
      }
    })
  })
})

test('a fresh database has all of it, and opening it again changes nothing', async () => {
  const folder = freshFolder('fresh')
  await (await openStore(options(folder))).close()
  const before = digests(folder)
  await (await openStore(options(folder))).close()
  expect(digests(folder)).toEqual(before)
  const rows = await over(folder, (client) => client.execute('select * from pangate_migrations'))
  expect(rows.rows.map(({ number, name }) => [number, name])).toEqual(
    MIGRATIONS.map(({ name }, number) => [number, name]),
  )
})

test('a new migration is applied to what is there, once', async () => {
  const more = {
    name: '9999_more',
    sql: 'create table more (a text);--> statement-breakpoint\ninsert into more values (1)',
  }
  await over(freshFolder('more'), async (client) => {
    await migrate(client)
    await client.execute("insert into meta values ('kept', 'yes')")
    await migrate(client, [...MIGRATIONS, more])
    await migrate(client, [...MIGRATIONS, more])
    expect((await client.execute('select count(*) as n from more')).rows[0]?.['n']).toBe(1)
    expect((await client.execute('select value from meta')).rows[0]?.['value']).toBe('yes')
  })
})

test('one that fails in the middle leaves nothing behind', async () => {
  const bad = {
    name: '9999_bad',
    sql: 'create table half (a text);--> statement-breakpoint\nno sql at all',
  }
  await over(freshFolder('half'), async (client) => {
    expect(await failureOf(migrate(client, [bad]))).toBeInstanceOf(Error)
    expect(await names(client)).toEqual([])
    await migrate(client)
    const before = await names(client)
    expect(await failureOf(migrate(client, [...MIGRATIONS, bad]))).toBeInstanceOf(Error)
    expect(await names(client)).toEqual(before)
    expect((await client.execute('select * from pangate_migrations')).rows).toHaveLength(
      MIGRATIONS.length,
    )
    await migrate(client)
  })
})

test('a program that was killed in the middle leaves nothing behind', async () => {
  const folder = freshFolder('killed')
  const script = `
    const { createClient } = await import('@libsql/client')
    const client = createClient({ url: ${JSON.stringify(fileIn(folder))} })
    await client.execute('pragma journal_mode = wal')
    const transaction = await client.transaction('write')
    await transaction.execute('create table tenants (nonsense text)')
    process.kill(process.pid, 'SIGKILL')`
  const run = Bun.spawn([process.execPath, '-e', script], {
    cwd: import.meta.dir,
    stderr: 'ignore',
  })
  await run.exited
  expect(run.signalCode).toBe('SIGKILL')
  await over(folder, async (client) => expect(await names(client)).toEqual([]))
  const store = await openStore(options(folder))
  expect(await store.check()).toBe('ok')
  await store.close()
})

test('several programs at once make one database', async () => {
  const folder = freshFolder('together')
  const script = `
    const { openStore } = await import(${JSON.stringify(join(import.meta.dir, '../../src/store/open.ts'))})
    const store = await openStore(${JSON.stringify(options(folder))})
    console.log(await store.check())
    await store.close()`
  const runs = Array.from({ length: 4 }, () =>
    Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'pipe' }),
  )
  for (const run of runs) {
    expect(await new Response(run.stderr).text()).toBe('')
    expect(await new Response(run.stdout).text()).toBe('ok\n')
  }
  const journal = await over(folder, (client) => client.execute('select * from pangate_migrations'))
  expect(journal.rows).toHaveLength(MIGRATIONS.length)
})

describe('refused, with what to do, and left as it was:', () => {
  const next = { name: '9998_next', sql: 'create table next (a text)' }

  test.each<readonly [string, (client: Client) => Promise<unknown>, RegExp]>([
    [
      'a database that is newer',
      (client) => migrate(client, [...MIGRATIONS, next]),
      /newer than this program: it has migration 9998_next/,
    ],
    [
      'a database with another history',
      (client) =>
        migrate(client, [
          { name: '0000_init', sql: 'create table else (a text)'.replace('else', 'other') },
        ]),
      /made by another program: migration 0000_init differs/,
    ],
    [
      'a database of something else',
      (client) => client.execute('create table tenants (nonsense text)'),
      /cannot be opened/,
    ],
  ])('%s', async (_, prepare, message) => {
    const folder = freshFolder('refused')
    const before = await over(folder, async (client) => {
      await client.execute('pragma journal_mode = wal')
      await prepare(client)
      await client.execute('pragma wal_checkpoint(truncate)')
      return names(client)
    })
    const content = digests(folder)
    const error = await failureOf(openStore(options(folder)))
    expect(error).toBeInstanceOf(OperatorError)
    expect(String(error)).toMatch(message)
    expect(Object(error).next).toMatch(/./)
    expect(digests(folder)).toEqual(content)
    expect(await over(folder, names)).toEqual(before)
  })

  test.each<readonly [string, (file: string) => void]>([
    ['a file that is no database', (file) => writeFileSync(file, 'hello '.repeat(1000))],
    ['a folder', (file) => mkdirSync(file)],
  ])('%s', async (_, prepare) => {
    const folder = freshFolder('refused')
    prepare(join(folder, 'pangate.db'))
    const error = await failureOf(openStore(options(folder)))
    expect(error).toBeInstanceOf(OperatorError)
    expect(String(error)).toContain('cannot be opened')
    expect(Object(error).next).toContain('pangate doctor')
  })

  test('a file in a folder that is not there', async () => {
    const error = await failureOf(
      openStore({ url: 'file:/nowhere/at/all.db', durability: 'power' }),
    )
    expect(error).toBeInstanceOf(OperatorError)
  })
})

test.each([
  ['power', 2],
  ['process', 1],
] as const)(
  'the connection that writes is durable as configured: %s',
  async (durability, synchronous) => {
    const store = await openStore({ url: fileIn(freshFolder('pragmas')), durability })
    const pragmas = ['synchronous', 'secure_delete', 'journal_mode']
    await store.write(
      ...pragmas.map((name) => ({
        sql: `insert into meta select '${name}', ${name} from pragma_${name}`,
        params: [],
      })),
    )
    const rows = await store.db.select().from(meta)
    expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual({
      synchronous: String(synchronous),
      journal_mode: 'wal',
      // Erasing depends on it.
      secure_delete: '1',
    })
    await store.close()
  },
)

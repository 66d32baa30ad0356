/**
 * @module Group commit: who waits together is written together, and everybody gets their own result.
 */
import { describe, expect, test } from 'bun:test'
import type { InStatement, ResultSet } from '@libsql/client'
import { eq } from 'drizzle-orm'
import { GatewayError } from '../../src/errors.ts'
import { openStore } from '../../src/store/open.ts'
import { meta } from '../../src/store/schema.ts'
import { groupCommit, type Query } from '../../src/store/write.ts'
import { freshFolder } from '../support/run.ts'

const query = (sql: string): Query => ({ toSQL: () => ({ sql, params: [] }) })
const textOf = (statement: InStatement): string =>
  typeof statement === 'string' ? statement : statement.sql

/** A result that carries the statement it belongs to. */
const resultOf = (statement: InStatement): ResultSet => ({
  columns: [textOf(statement)],
  columnTypes: [],
  rows: [],
  rowsAffected: 1,
  lastInsertRowid: undefined,
  toJSON: () => null,
})

/** A client that keeps what it is given, holds each batch until it is let go, and fails one that has `bad` in it. */
function fakeClient({ held = false } = {}) {
  const batches: string[][] = []
  const waiting: (() => void)[] = []
  let open = 0
  let most = 0
  return {
    batches,
    release: () => waiting.shift()?.(),
    most: () => most,
    client: {
      async batch(statements: (InStatement | [string, unknown?])[]): Promise<ResultSet[]> {
        const plain = statements.map((one) => (Array.isArray(one) ? one[0] : one))
        batches.push(plain.map(textOf))
        most = Math.max(most, ++open)
        if (held) await new Promise<void>((resolve) => waiting.push(resolve))
        open--
        if (plain.some((one) => textOf(one).includes('bad'))) throw new Error('bad statement')
        return plain.map(resultOf)
      },
    },
  }
}

const shown = (results: readonly ResultSet[]): readonly (string | undefined)[] =>
  results.map(({ columns }) => columns[0])
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof GatewayError ? error.code : 'another error'),
  )

describe('with a client that counts', () => {
  test('writes of one moment are one batch, and each gets its own results', async () => {
    const { client, batches } = fakeClient()
    const write = groupCommit(client)
    const all = await Promise.all([
      write(query('a1'), query('a2')),
      write(query('b1')),
      write(),
      write(query('c1'), query('c2'), query('c3')),
    ])
    expect(batches).toEqual([['a1', 'a2', 'b1', 'c1', 'c2', 'c3']])
    expect(all.map(shown)).toEqual([['a1', 'a2'], ['b1'], [], ['c1', 'c2', 'c3']])
  })

  test('writes of several promises of one turn come along', async () => {
    const { client, batches } = fakeClient()
    const write = groupCommit(client)
    await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        for (let i = 0; i < at % 5; i++) await null
        await write(query(`w${at}`))
      }),
    )
    expect(batches).toHaveLength(1)
    expect(batches[0]).toHaveLength(50)
  })

  test('what comes while a batch runs waits for the next; never two at once', async () => {
    const { client, batches, release, most } = fakeClient({ held: true })
    const write = groupCommit(client)
    const first = write(query('a'))
    await new Promise(setImmediate)
    const others = Promise.all([write(query('b')), write(query('c'))])
    await new Promise(setImmediate)
    expect(batches).toEqual([['a']])
    release()
    await first
    await new Promise(setImmediate)
    release()
    await others
    expect(batches).toEqual([['a'], ['b', 'c']])
    const last = write(query('d'))
    await new Promise(setImmediate)
    release()
    expect(shown(await last)).toEqual(['d'])
    expect(most()).toBe(1)
  })

  test('a failing one fails its caller alone: the others are written without it', async () => {
    const { client, batches } = fakeClient()
    const write = groupCommit(client)
    const all = [write(query('a')), write(query('b1'), query('bad')), write(query('c'))]
    expect(await Promise.all(all.map(codeOf))).toEqual(['done', 'storage_unavailable', 'done'])
    expect(batches).toEqual([['a', 'b1', 'bad', 'c'], ['a'], ['b1', 'bad'], ['c']])
  })

  test('one that failed alone is not tried again, and the next is written', async () => {
    const { client, batches } = fakeClient()
    const write = groupCommit(client)
    expect(await codeOf(write(query('bad')))).toBe('storage_unavailable')
    expect(await codeOf(write(query('good')))).toBe('done')
    expect(batches).toEqual([['bad'], ['good']])
  })

  test('a query that cannot be made into SQL fails its caller alone', async () => {
    const { client, batches } = fakeClient()
    const write = groupCommit(client)
    const broken: Query = {
      toSQL() {
        throw new TypeError('no SQL')
      },
    }
    const all = [write(query('a')), write(broken), write(query('b'))]
    expect(await Promise.all(all.map(codeOf))).toEqual(['done', 'another error', 'done'])
    expect(batches).toEqual([['a', 'b']])
  })
})

describe('with a database', () => {
  const put = (name: string, value = 'x') => ({ name, value })

  test('each caller of many at once finds what it wrote', async () => {
    const store = await openStore({
      url: `file:${freshFolder('write')}/pangate.db`,
      durability: 'power',
    })
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        store.write(
          store.db
            .insert(meta)
            .values(put(`n${at}`, String(at)))
            .returning(),
        ),
      ),
    )
    expect(results.map(([result]) => result?.rows[0]?.['value'])).toEqual(
      Array.from({ length: 200 }, (_, at) => String(at)),
    )
    await store.close()
  })

  test('statements of one caller are there together or not at all', async () => {
    const store = await openStore({
      url: `file:${freshFolder('write')}/pangate.db`,
      durability: 'power',
    })
    const insert = (name: string) => store.db.insert(meta).values(put(name))
    await store.write(insert('taken'))
    const codes = await Promise.all(
      [
        store.write(insert('a')),
        store.write(insert('b1'), insert('taken'), insert('b2')),
        store.write(insert('c')),
        store.write(insert('a')),
      ].map(codeOf),
    )
    expect(codes).toEqual(['done', 'conflict', 'done', 'conflict'])
    const rows = await store.db.select().from(meta)
    expect(rows.map(({ name }) => name).toSorted()).toEqual(['a', 'c', 'taken'])
    await store.close()
  })

  test('what a write says is there is there for another connection', async () => {
    const url = `file:${freshFolder('write')}/pangate.db`
    const [one, other] = [
      await openStore({ url, durability: 'power' }),
      await openStore({ url, durability: 'power' }),
    ]
    await one.write(one.db.insert(meta).values(put('seen')))
    expect(await other.db.select().from(meta).where(eq(meta.name, 'seen'))).toHaveLength(1)
    await one.close()
    await other.close()
  })
})

/**
 * @module Group commit: who waits together is written together, and everybody gets their own result.
 */
import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { GatewayError } from '../../src/errors.ts'
import { openStore } from '../../src/store/open.ts'
import { meta } from '../../src/store/schema.ts'
import type { AuditEntry } from '../../src/audit/entry.ts'
import {
  groupCommit,
  plainWrite,
  type Chain,
  type Query,
  type Statement,
  type Written,
} from '../../src/store/write.ts'
import { freshFolder } from '../support/run.ts'

const query = (sql: string): Query => ({ toSQL: () => ({ sql, params: [] }) })
const deed = (action: string): AuditEntry => ({
  audit: {
    at: 0,
    actor: 'key_1',
    action,
    tenant: null,
    subject: null,
    request_id: null,
    detail: {},
  },
})

/** A result that carries the statement it belongs to. */
interface Told extends Written {
  readonly sql: string
}

/** A batch that keeps what it is given, holds each until it is let go, and fails one that has `bad` in it. */
function fakeBatch({ held = false } = {}) {
  const batches: string[][] = []
  const waiting: (() => void)[] = []
  let open = 0
  let most = 0
  return {
    batches,
    release: () => waiting.shift()?.(),
    most: () => most,
    async batch(statements: readonly Statement[]): Promise<readonly Told[]> {
      batches.push(statements.map(({ sql }) => sql))
      most = Math.max(most, ++open)
      if (held) await new Promise<void>((resolve) => waiting.push(resolve))
      open--
      const all = statements.map(({ sql }) => sql).join()
      if (all.includes('bad')) throw new Error('bad statement')
      if (all.includes('doubt')) throw new GatewayError('storage_unavailable', 'Nobody knows.')
      return statements.map(({ sql }) => ({ sql, rowsAffected: 1 }))
    },
  }
}

const shown = (results: readonly Written[]): readonly string[] =>
  results.map((result) => ('sql' in result ? String(result.sql) : ''))
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof GatewayError ? error.code : 'another error'),
  )

describe('with a database that counts', () => {
  test('writes of one moment are one batch, and each gets its own results', async () => {
    const { batch, batches } = fakeBatch()
    const { write } = groupCommit(batch)
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
    const { batch, batches } = fakeBatch()
    const { write } = groupCommit(batch)
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
    const { batch, batches, release, most } = fakeBatch({ held: true })
    const { write } = groupCommit(batch)
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
    const { batch, batches } = fakeBatch()
    const { write } = groupCommit(batch)
    const all = [write(query('a')), write(query('b1'), query('bad')), write(query('c'))]
    expect(await Promise.all(all.map(codeOf))).toEqual(['done', 'storage_unavailable', 'done'])
    expect(batches).toEqual([['a', 'b1', 'bad', 'c'], ['a'], ['b1', 'bad'], ['c']])
  })

  test('one that failed alone is not tried again, and the next is written', async () => {
    const { batch, batches } = fakeBatch()
    const { write } = groupCommit(batch)
    expect(await codeOf(write(query('bad')))).toBe('storage_unavailable')
    expect(await codeOf(write(query('good')))).toBe('done')
    expect(batches).toEqual([['bad'], ['good']])
  })

  test('a query that cannot be made into SQL fails its caller alone', async () => {
    const { batch, batches } = fakeBatch()
    const { write } = groupCommit(batch)
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

describe('audit entries', () => {
  /** A chain whose rows carry their number and the number before. */
  function fakeChain(): Chain & { head: () => number } {
    let head = 0
    let next = 0
    return {
      head: () => head,
      append: ({ audit }) => ({ sql: `${audit.action} ${next}>${++next}`, params: [] }),
      committed: () => {
        head = next
      },
      rolledBack: () => {
        next = head
      },
      inDoubt: () => {
        next = head = 100
      },
    }
  }

  test('are made into rows when they are written, in order, beside the queries', async () => {
    const { batch, batches } = fakeBatch()
    const chain = fakeChain()
    const { write, attachChain } = groupCommit(batch)
    attachChain(chain)
    const all = await Promise.all([
      write(query('a'), deed('x')),
      write(deed('y')),
      write(deed('z'), query('b')),
    ])
    expect(batches).toEqual([['a', 'x 0>1', 'y 1>2', 'z 2>3', 'b']])
    expect(all.map(shown)).toEqual([['a', 'x 0>1'], ['y 1>2'], ['z 2>3', 'b']])
    expect(chain.head()).toBe(3)
    await write(deed('w'))
    expect(batches[1]).toEqual(['w 3>4'])
  })

  test('of a batch that was rolled back leave no gap: each is made again, the guilty one is not there', async () => {
    const { batch, batches } = fakeBatch()
    const chain = fakeChain()
    const { write, attachChain } = groupCommit(batch)
    attachChain(chain)
    const all = [write(deed('x')), write(deed('y'), query('bad')), write(deed('z'))]
    expect(await Promise.all(all.map(codeOf))).toEqual(['done', 'storage_unavailable', 'done'])
    expect(batches).toEqual([
      ['x 0>1', 'y 1>2', 'bad', 'z 2>3'],
      ['x 0>1'],
      ['y 1>2', 'bad'],
      ['z 1>2'],
    ])
    expect(chain.head()).toBe(2)
  })

  test('are refused while there is no chain, and take with them what was to be written beside them', async () => {
    const { batch, batches } = fakeBatch()
    const { write } = groupCommit(batch)
    const all = [write(query('a')), write(query('b'), deed('x'))]
    expect(await Promise.all(all.map(codeOf))).toEqual(['done', 'storage_unavailable'])
    expect(batches).toEqual([['a']])
  })
})

test('where nobody knows whether it was committed, nothing is written a second time', async () => {
  const { batch, batches } = fakeBatch()
  const { write } = groupCommit(batch)
  const all = [write(query('a')), write(query('doubt'))]
  expect(await Promise.all(all.map(codeOf))).toEqual(['storage_unavailable', 'storage_unavailable'])
  expect(batches).toEqual([['a', 'doubt']])
})

test('a write as plain data says the same', async () => {
  const entry = deed('x')
  const statement = { sql: 'a', params: [1] }
  expect(plainWrite(query('a'))).toEqual({ sql: 'a', params: [] })
  expect([plainWrite(entry), plainWrite(statement)]).toEqual([entry, statement])
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
        store.write(store.db.insert(meta).values(put(`n${at}`, String(at)))),
      ),
    )
    expect(results.flat().map(({ rowsAffected }) => rowsAffected)).toEqual(Array(200).fill(1))
    const rows = await store.db.select().from(meta)
    expect(rows).toHaveLength(200)
    expect(rows.every(({ name, value }) => name === `n${value}`)).toBe(true)
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

/**
 * @module A store that reads from a copy: nothing is missed that the primary has, and nothing is used that is older than the bound.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { connectReplica } from '../../src/store/native.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import { forwards, tenants } from '../../src/store/schema.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { freshFolder } from '../support/run.ts'
import { noSqld, startSqld, type Sqld } from '../support/sqld.ts'

const reason = noSqld()
if (reason !== null) console.log(`skipped: replicas of a libSQL server: ${reason}`)

const log = openLog({ level: 'error', format: 'json', clock: Date.now, write: () => undefined })

describe.skipIf(reason !== null)('a replica', () => {
  let sqld: Sqld
  let names = 0
  const fresh = (): string => `name-${++names}`

  beforeAll(async () => {
    sqld = await startSqld()
    await (await openStore({ url: sqld.url, durability: 'power' })).close()
  })
  afterAll(async () => {
    await sqld.stop()
  })

  const open = (
    more: { sync_interval_ms?: number; max_stale_ms?: number; sync_url?: string } = {},
    file = join(freshFolder('replica'), 'replica.db'),
  ): Promise<Store> =>
    openStore(
      { url: `file:${file}`, sync_url: sqld.url, durability: 'power', timeout_ms: 500, ...more },
      { owner: true, log },
    )
  const write = (name: string): Promise<unknown> =>
    sqld.query('insert into tenants values (?, ?, 1)', [name, name])
  const read = (store: Store, name: string) =>
    store.db.select().from(tenants).where(eq(tenants.id, name)).get()
  /** Hurries it, and waits for a copy with all that is there by now. */
  async function copied(store: Store): Promise<void> {
    const since = performance.now()
    await store.write(store.db.delete(tenants).where(eq(tenants.id, 'nobody')))
    for (;;) {
      const age = store.state?.().replica_age_ms ?? null
      if (age !== null && performance.now() - age > since) return
      await Bun.sleep(2)
    }
  }
  test('answers by itself what it has, and asks the primary for what it has not', async () => {
    const store = await open({ sync_interval_ms: 60_000 })
    try {
      await copied(store)
      const [old, young] = [fresh(), fresh()]
      await write(old)
      await store.write(store.db.update(tenants).set({ created_at: 2 }).where(eq(tenants.id, old)))
      await copied(store)
      // Changed elsewhere a moment ago: the copy is a minute behind, and answers all the same.
      await sqld.query('update tenants set created_at = 3 where id = ?', [old])
      expect(await read(store, old)).toMatchObject({ id: old, created_at: 2 })
      await write(young)
      expect(await read(store, young)).toMatchObject({ id: young })
      expect(await read(store, 'nobody')).toBeUndefined()
      const past = store.primary?.select().from(tenants).where(eq(tenants.id, old)).get()
      expect(await past).toMatchObject({ created_at: 3 })
    } finally {
      await store.close()
    }
  })

  test('shows a node its own writes at once', async () => {
    const store = await open({ sync_interval_ms: 60_000 })
    try {
      await copied(store)
      for (let round = 0; round < 50; round++) {
        const name = fresh()
        await store.write(store.db.insert(tenants).values({ id: name, name, created_at: 1 }))
        expect(await read(store, name)).toMatchObject({ created_at: 1 })
        expect((await store.db.select().from(tenants)).map(({ id }) => id)).toContain(name)
        const one = eq(tenants.id, name)
        await store.write(store.db.update(tenants).set({ created_at: 2 }).where(one))
        expect(await read(store, name)).toMatchObject({ created_at: 2 })
        await store.write(store.db.delete(tenants).where(one))
        expect(await read(store, name)).toBeUndefined()
      }
    } finally {
      await store.close()
    }
  })

  test('gives many look-ups the right row each, while it is changed', async () => {
    const store = await open({ sync_interval_ms: 20 })
    try {
      const all: string[] = []
      for (let round = 0; round < 30; round++) {
        const name = fresh()
        await write(name)
        all.push(name)
        const rows = await Promise.all(all.map((one) => read(store, one)))
        expect(rows.map((row) => row?.id)).toEqual(all)
      }
    } finally {
      await store.close()
    }
  })

  test('the binding still needs a new statement for each read', async () => {
    // When this fails, libsql is mended: native.ts can keep statements of a copy as well.
    const { default: Immediate } = await import('libsql')
    const file = join(freshFolder('replica'), 'reused.db')
    const copy = connectReplica(file, sqld.url, '')
    await copy.sync(null)
    copy.close()
    const options = { syncUrl: sqld.url }
    const database = new Immediate(file, options)
    const statement = database.prepare<unknown[]>('select ? as one')
    const seen = [1, 2, 3].map((one) => JSON.stringify(statement.all([one])))
    database.close()
    expect(seen[0]).toStartWith('[{"one":1')
    expect(seen[1]).not.toStartWith('[{"one":2')
  })

  test('what was deleted elsewhere is gone within an interval and a synchronisation', async () => {
    const interval = 200
    const store = await open({ sync_interval_ms: interval })
    try {
      const name = fresh()
      await write(name)
      await copied(store)
      expect(await read(store, name)).toBeDefined()
      await sqld.query('delete from tenants where id = ?', [name])
      const since = performance.now()
      while (await read(store, name)) await Bun.sleep(2)
      // A synchronisation that began before, an interval, and one that began after.
      expect(performance.now() - since).toBeLessThan(interval + 1000)
    } finally {
      await store.close()
    }
  })

  test('nothing is used that is older than the bound: reads go to the primary then', async () => {
    const bound = 400
    const store = await open({ sync_interval_ms: 60_000, max_stale_ms: bound })
    try {
      const name = fresh()
      await write(name)
      await copied(store)
      await sqld.query('delete from tenants where id = ?', [name])
      const since = performance.now()
      expect(await read(store, name)).toBeDefined()
      while (await read(store, name)) await Bun.sleep(2)
      expect(performance.now() - since).toBeLessThan(bound + 1000)
      expect(store.state?.().replica_age_ms).toBeGreaterThan(bound)
      expect(await store.db.select().from(tenants)).not.toEqual([])
    } finally {
      await store.close()
    }
  })

  test('with the primary gone it answers within the bound, then says that it cannot', async () => {
    const bound = 3000
    const store = await open({ sync_interval_ms: 50, max_stale_ms: bound })
    try {
      const name = fresh()
      await write(name)
      await copied(store)
      sqld.freeze()
      const since = performance.now()
      expect(await read(store, name)).toBeDefined()
      const unavailable = { cause: { code: 'storage_unavailable', sent: 'no' } }
      // What is not in the copy may be at the primary: it is not said to be nowhere.
      expect(await rejection(read(store, 'nobody'))).toMatchObject(unavailable)
      expect(await rejection(store.db.select().from(forwards))).toMatchObject(unavailable)
      const writing = store.write(
        store.db.insert(tenants).values({ id: 'x', name: 'x', created_at: 1 }),
      )
      expect(await rejection(writing)).toMatchObject({ code: 'storage_unavailable' })
      expect(store.state?.().primary).toBe('down')
      expect(await read(store, name)).toBeDefined()
      for (;;) {
        const found = await read(store, name).then(
          () => true,
          () => false,
        )
        if (!found) break
        await Bun.sleep(10)
      }
      expect(performance.now() - since).toBeLessThan(bound + 1000)
      sqld.resume()
      while (store.state?.().primary === 'down') await Bun.sleep(10)
      await copied(store)
      expect(await read(store, name)).toBeDefined()
    } finally {
      sqld.resume()
      await store.close()
    }
  }, 20_000)

  test('two processes have a copy each', async () => {
    const file = join(freshFolder('replica'), 'replica.db')
    const first = await open({}, file)
    const second = await open({}, file)
    await Promise.all([copied(first), copied(second)])
    expect([existsSync(file), existsSync(`${file}.2`)]).toEqual([true, true])
    await Promise.all([first.close(), second.close()])
  })

  test.each([
    ['between two starts', false],
    ['while it is followed', true],
  ])('a server that was set up anew %s is copied from its beginning', async (_, followed) => {
    const other = await startSqld()
    const file = join(freshFolder('replica'), 'replica.db')
    try {
      const wish = { sync_url: other.url, sync_interval_ms: 20 }
      const first = await open(wish, file)
      await other.query("insert into tenants values ('before', 'before', 1)")
      await copied(first)
      expect(await first.db.select().from(tenants)).toHaveLength(1)
      if (!followed) await first.close()
      await other.wipe()
      await other.restart()
      const second = followed ? first : await open(wish, file)
      if (followed) await (await openStore({ url: other.url, durability: 'power' })).close()
      while (second.state?.().primary === 'down') await Bun.sleep(10)
      await copied(second)
      expect(await second.db.select().from(tenants)).toEqual([])
      await other.query("insert into tenants values ('after', 'after', 1)")
      await copied(second)
      expect((await second.db.select().from(tenants)).map(({ id }) => id)).toEqual(['after'])
      expect(await second.check()).toBe('ok')
      await second.close()
    } finally {
      await other.stop()
    }
  })
})

async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise
    return null
  } catch (error) {
    return error
  }
}

/**
 * @module A store on a real libSQL server: the same answers as of a local file, bounded waits, nothing written late or twice.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { OperatorError } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import { InDoubt } from '../../src/store/in_doubt.ts'
import { openLater } from '../../src/store/later.ts'
import { openStore, type Store, type StoreOptions } from '../../src/store/open.ts'
import { meta, signingKeys, tenants } from '../../src/store/schema.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { startFaultProxy, type Fault, type FaultProxy } from '../support/fault_proxy.ts'
import { noSqld, startSqld, type Sqld } from '../support/sqld.ts'

const TIMEOUT_MS = 300
/** What a call may take beyond its deadline on a busy machine. */
const SLACK_MS = 1500

const reason = noSqld()
if (reason !== null) console.log(`skipped: a store on a libSQL server: ${reason}`)

const lines: string[] = []
const log = openLog({
  level: 'debug',
  format: 'json',
  clock: Date.now,
  write: (line) => lines.push(line),
})

describe.skipIf(reason !== null)('a store on a libSQL server', () => {
  let sqld: Sqld
  let proxy: FaultProxy
  let store: Store
  let names = 0

  const options = (more: Partial<StoreOptions> = {}): StoreOptions => ({
    url: proxy.url,
    durability: 'power',
    auth_token: new Secret(sqld.token ?? ''),
    timeout_ms: TIMEOUT_MS,
    ...more,
  })
  beforeAll(async () => {
    sqld = await startSqld({ auth: true })
    proxy = await startFaultProxy(sqld.url)
    store = await openStore(options(), { log })
  })
  afterEach(async () => {
    proxy.only = () => true
    await proxy.release()
    await healed()
  })
  afterAll(async () => {
    await store.close()
    await proxy.stop()
    await sqld.stop()
  })

  const fresh = (): string => `name-${++names}`
  const insert = (name: string) =>
    store.write(store.db.insert(meta).values({ name, value: 'first' }))
  const read = (name: string) => store.db.select().from(meta).where(eq(meta.name, name)).get()
  const stored = async (name: string): Promise<string | null> => {
    const [row] = await sqld.query('select value from meta where name = ?', [name])
    return row ? String(row['value']) : null
  }
  /** Waits until it knows that its server answers. */
  async function healed(): Promise<void> {
    const answers = (): Promise<boolean> =>
      store.db.run('select 1').then(
        () => true,
        () => false,
      )
    while (!(await answers()) || store.state?.().primary !== 'up') await Bun.sleep(10)
  }
  /** The error of a call and the milliseconds it took. */
  async function failed(call: () => Promise<unknown>) {
    const since = performance.now()
    const error: unknown = await call().then(
      () => null,
      (thrown: unknown) => thrown,
    )
    const cause = error instanceof Error && error.name === 'Error' ? error.cause : error
    return { error: cause, ms: performance.now() - since }
  }

  test('gives back what was written, of every type', async () => {
    const name = fresh()
    const sealed = Buffer.from([0, 1, 255, 128])
    await store.write(
      store.db
        .insert(signingKeys)
        .values({ id: name, public_jwk: 'ü\u0000x', sealed_private_jwk: sealed, created_at: 2e12 }),
    )
    const row = await store.db.select().from(signingKeys).where(eq(signingKeys.id, name)).get()
    expect(row).toEqual({
      id: name,
      public_jwk: 'ü\u0000x',
      sealed_private_jwk: sealed,
      created_at: 2e12,
    })
    const [kinds] = await sqld.query(
      'select typeof(created_at) as at, typeof(sealed_private_jwk) as key from signing_keys where id = ?',
      [name],
    )
    expect([kinds?.['at'], kinds?.['key']]).toEqual(['integer', 'blob'])
    expect(await store.check()).toBe('ok')
  })

  test('tells a taken row as a local file does, and what shares its transaction is written', async () => {
    const [taken, other] = [fresh(), fresh()]
    await insert(taken)
    const [again, beside] = await Promise.allSettled([insert(taken), insert(other)])
    expect(again).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } })
    expect(beside.status).toBe('fulfilled')
    expect(await stored(other)).toBe('first')
    const ignored = await store.write(
      store.db.insert(meta).values({ name: taken, value: 'x' }).onConflictDoNothing(),
      store.db.update(meta).set({ value: 'second' }).where(eq(meta.name, taken)),
    )
    expect(ignored.map(({ rowsAffected }) => rowsAffected)).toEqual([0, 1])
  })

  test('refuses a token that is wrong, or may only read, and says what to do', async () => {
    for (const auth_token of [null, new Secret(sqld.tokenOf({ a: 'ro' }) ?? '')]) {
      const { error } = await failed(() => openStore(options({ auth_token })))
      expect(error).toBeInstanceOf(OperatorError)
      expect(error).toMatchObject({ next: expect.stringContaining('auth_token') })
    }
  })

  const SILENT: readonly (readonly [string, Fault])[] = [
    ['silent', { kind: 'silent' }],
    ['slow', { kind: 'slow', ms: TIMEOUT_MS * 4 }],
    ['status 500', { kind: 'status', status: 500 }],
    ['closing connections', { kind: 'reset' }],
  ]
  test.each(SILENT)(
    'a server that is %s is waited for no longer than the deadline',
    async (_, fault) => {
      const name = fresh()
      proxy.fault = fault
      const reads = await failed(() => read(name))
      expect(reads.error).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
      const writes = await failed(() => insert(name))
      expect(writes.error).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
      expect(Math.max(reads.ms, writes.ms)).toBeLessThan(TIMEOUT_MS + SLACK_MS)
      while (store.state?.().primary === 'up') await Bun.sleep(5)
      // Known to be gone: a thousand calls fail at once, and none of them is sent.
      const { came } = proxy.counts
      const burst = await failed(() => Promise.all(Array.from({ length: 1000 }, () => read(name))))
      expect(burst.error).toMatchObject({ code: 'storage_unavailable' })
      expect(burst.ms).toBeLessThan(TIMEOUT_MS + SLACK_MS)
      expect(proxy.counts.came - came).toBeLessThan(10)
      proxy.fault = { kind: 'none' }
      await healed()
      await insert(fresh())
    },
  )

  test('a server that is frozen, killed and started again is found by itself', async () => {
    sqld.freeze()
    const frozen = await failed(() => insert(fresh()))
    expect(frozen.error).toMatchObject({ code: 'storage_unavailable' })
    expect(frozen.ms).toBeLessThan(TIMEOUT_MS + SLACK_MS)
    sqld.resume()
    await healed()
    await sqld.kill()
    const killed = await failed(() => insert(fresh()))
    expect(killed.error).toMatchObject({ code: 'storage_unavailable' })
    await sqld.restart()
    await healed()
    const name = fresh()
    await insert(name)
    expect(await stored(name)).toBe('first')
    expect(lines.join('\n')).toContain('"database.gone"')
    expect(lines.join('\n')).toContain('"database.back"')
  })

  test('what was not sent is known not to be written; what was sent is in doubt', async () => {
    await proxy.gone(true)
    while (store.state?.().primary === 'up') await failed(() => read('x'))
    const unsent = await failed(() => insert(fresh()))
    expect(unsent.error).toMatchObject({ code: 'storage_unavailable' })
    expect(unsent.error).not.toBeInstanceOf(InDoubt)
    await proxy.gone(false)
    await healed()
    for (const answer of ['silent', 'reset', 502] as const) {
      const name = fresh()
      proxy.only = (body) => body.includes(name)
      proxy.fault = { kind: 'lost', answer }
      expect((await failed(() => insert(name))).error).toBeInstanceOf(InDoubt)
      proxy.fault = { kind: 'none' }
      // It was written, although nobody was told.
      expect(await stored(name)).toBe('first')
    }
    proxy.fault = { kind: 'status', status: 429 }
    proxy.only = () => true
    expect((await failed(() => insert(fresh()))).error).not.toBeInstanceOf(InDoubt)
  })

  test('a write that was given up and arrives after a later one is refused', async () => {
    const [alone, early, late] = [fresh(), fresh(), fresh()]
    proxy.only = (body) => body.includes(alone)
    proxy.fault = { kind: 'held' }
    expect((await failed(() => insert(alone))).error).toBeInstanceOf(InDoubt)
    await proxy.release()
    // Nothing came after it: it stands, as was to be feared.
    expect(await stored(alone)).toBe('first')
    proxy.only = (body) => body.includes(early)
    proxy.fault = { kind: 'held' }
    expect((await failed(() => insert(early))).error).toBeInstanceOf(InDoubt)
    await healed()
    await insert(late)
    await proxy.release()
    expect(await stored(late)).toBe('first')
    expect(await stored(early)).toBeNull()
  })

  test('what must be set right is, as soon as the database is back', async () => {
    const name = fresh()
    const later = openLater(store.write, log)
    proxy.only = (body) => body.includes(name)
    proxy.fault = { kind: 'lost', answer: 'silent' }
    expect((await failed(() => insert(name))).error).toBeInstanceOf(InDoubt)
    proxy.fault = { kind: 'silent' }
    later.add(name, store.db.delete(meta).where(eq(meta.name, name)))
    // Of two for one record the first stays.
    later.add(name, store.db.update(meta).set({ value: 'no' }).where(eq(meta.name, name)))
    expect(later.size()).toBe(1)
    proxy.fault = { kind: 'none' }
    while (later.size() > 0) await Bun.sleep(10)
    expect(await stored(name)).toBeNull()
    await later.close()
  })

  test('several that open an empty server at once migrate it once', async () => {
    const empty = await startSqld()
    try {
      const opened = await Promise.all(
        Array.from({ length: 6 }, () =>
          openStore({ url: empty.url, durability: 'power', timeout_ms: 10_000 }),
        ),
      )
      const rows = await empty.query('select name from pangate_migrations')
      expect(rows).toHaveLength(1)
      const [first] = opened
      await first?.write(first.db.insert(tenants).values({ id: 't', name: 't', created_at: 1 }))
      for (const one of opened) {
        expect(await one.db.select().from(tenants)).toHaveLength(1)
        await one.close()
      }
      await empty.query("insert into pangate_migrations values (7, '0007_later', 'x', 1)")
      const { error } = await failed(() => openStore({ url: empty.url, durability: 'power' }))
      expect(error).toBeInstanceOf(OperatorError)
      expect(String(error)).toContain('newer than this program')
    } finally {
      await empty.stop()
    }
  })
})

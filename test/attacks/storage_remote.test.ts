/**
 * @module Several nodes on one libSQL server, and that server failing: bounded waits, truthful answers, nothing sent twice, nothing stale.
 */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from 'bun:test'
import { stopAll } from '../support/binary.ts'
import { canaryCard } from '../support/canary.ts'
import { startFaultProxy, type Fault, type FaultProxy } from '../support/fault_proxy.ts'
import { caller, install, type Installed, type Reply, type Served } from '../support/installed.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'
import { noSqld, startSqld, type Sqld } from '../support/sqld.ts'

setDefaultTimeout(120_000)

const LONG = process.env['PANGATE_TEST_LONG'] === '1'
const ROUNDS = LONG ? 200 : 20
const RACES = LONG ? 20 : 3
const RACERS = 100

const TIMEOUT_MS = 500
/** What an answer may take beyond the deadlines of two calls on a busy machine. */
const BOUND_MS = 2 * TIMEOUT_MS + 2000
const INTERVAL_MS = 200
/** An interval and two synchronisations on a busy machine: one that is under way, and the next. */
const STOPPED_MS = INTERVAL_MS + 1000

const reason = noSqld()
if (reason !== null) console.log(`skipped: D05 D06 D07 on a libSQL server: ${reason}`)
else console.log(`D06: ${ROUNDS} rounds; D07: ${RACES} races of ${RACERS}`)

let psp: FakePsp
beforeAll(async () => {
  psp = await startPsp()
})
beforeEach(() => {
  psp.arrivals.length = 0
  psp.reply = () => ({ body: '{"paid":true}' })
})
afterAll(async () => {
  await stopAll()
  await psp.stop()
})

const card = () => ({ number: canaryCard(), exp_month: 12, exp_year: 2034 })

async function tokenAt({ call }: Pick<Served, 'call'>): Promise<string> {
  const made = await call('POST', '/v1/tokens', { type: 'card', card: card() })
  expect(made.status, made.text).toBe(201)
  return made.textAt('id')
}

function forwardAt(
  { call }: Pick<Served, 'call'>,
  token: string,
  key?: string,
  url = psp.url,
): Promise<Reply> {
  const request = { url, body: { n: '{{ card.number }}' } }
  return call(
    'POST',
    '/v1/forward',
    { token, request },
    key === undefined ? {} : { 'idempotency-key': key },
  )
}

async function timed<T>(run: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const since = performance.now()
  return { value: await run(), ms: performance.now() - since }
}

/** Waits for what comes by itself; the test's own time is the limit. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(20)
}

const isReady =
  ({ call }: Pick<Served, 'call'>) =>
  async (): Promise<boolean> =>
    (await call('GET', '/readyz')).status === 200

const database = (sqld: Sqld, url = sqld.url): Record<string, string> => ({
  PANGATE_DATABASE_URL: url,
  PANGATE_DATABASE_AUTH_TOKEN: sqld.token ?? '',
  PANGATE_DATABASE_TIMEOUT_MS: String(TIMEOUT_MS),
})

describe.skipIf(reason !== null)('a server that fails', () => {
  let sqld: Sqld
  let proxy: FaultProxy
  let shop: Installed
  let node: Served
  let token: string
  let orders = 0

  beforeAll(async () => {
    sqld = await startSqld({ auth: true })
    shop = await install(psp, database(sqld))
    proxy = await startFaultProxy(sqld.url)
    node = await shop.serve(database(sqld, proxy.url))
    token = await tokenAt(node)
  })
  afterEach(async () => {
    proxy.only = () => true
    await proxy.release()
    await until(isReady(node))
  })
  afterAll(async () => {
    await node.program.stop()
    await proxy.stop()
    await sqld.stop()
  })

  const order = (): string => `order-${++orders}`

  const FAULTS: readonly (readonly [string, Fault])[] = [
    ['answers nothing', { kind: 'silent' }],
    ['is slow', { kind: 'slow', ms: 4 * TIMEOUT_MS }],
    ['answers with status 500', { kind: 'status', status: 500 }],
    ['closes its connections', { kind: 'reset' }],
    ['does its work and answers with status 502', { kind: 'lost', answer: 502 }],
  ]

  /** All calls are answered in time and truthfully, and nothing is sent. */
  async function expectRefusals(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const { value: answers, ms } = await timed(() =>
        Promise.all([
          forwardAt(node, token),
          forwardAt(node, token, order()),
          node.call('GET', `/v1/tokens/${token}`),
          node.call('POST', '/v1/tokens', { type: 'card', card: card() }),
          node.call('GET', '/readyz'),
        ]),
      )
      for (const answer of answers) {
        expect(answer.status, answer.text).toBe(503)
        expect(answer.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
      }
      expect(ms).toBeLessThan(BOUND_MS)
    }
    expect(psp.arrivals).toHaveLength(0)
    expect((await node.call('GET', '/healthz')).status).toBe(200)
  }

  /** It serves again by itself, and what was refused may be tried again. */
  async function expectRecovery(): Promise<void> {
    await until(isReady(node))
    const answer = await forwardAt(node, token, order())
    expect(answer.status, answer.text).toBe(200)
    expect(psp.arrivals).toHaveLength(1)
  }

  test.each(FAULTS)('D05 it %s', async (_, fault) => {
    proxy.fault = fault
    await expectRefusals()
    await proxy.release()
    await expectRecovery()
  })

  test('D05 it is down, and comes back', async () => {
    await sqld.kill()
    await expectRefusals()
    await sqld.restart()
    await expectRecovery()
  })

  test('D05 it is frozen, and goes on', async () => {
    sqld.freeze()
    await expectRefusals()
    sqld.resume()
    await expectRecovery()
  })

  test('D05 the answer to a reservation is lost: nothing is sent, and the key is free again', async () => {
    const key = order()
    proxy.only = (body) => body.includes('insert into \\"forwards\\"')
    proxy.fault = { kind: 'lost', answer: 'silent' }
    const lost = await forwardAt(node, token, key)
    expect(lost.status).toBe(503)
    expect(lost.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
    expect(psp.arrivals).toHaveLength(0)
    const [row] = await sqld.query('select id, state from forwards where idempotency_key = ?', [
      key,
    ])
    // It was written, which nobody here can know yet.
    expect(row?.['state']).toBe('sending')
    await proxy.release()
    await until(async () => (await forwardAt(node, token, key)).status === 200)
    expect(psp.arrivals).toHaveLength(1)
    const record = await node.call('GET', `/v1/forwards/${String(row?.['id'])}`)
    expect([record.at('state'), record.at('sent')]).toEqual(['not_sent', 'no'])
  })

  test('D05 a reservation that arrives late is refused', async () => {
    const key = order()
    proxy.only = (body) => body.includes(key)
    proxy.fault = { kind: 'held' }
    expect((await forwardAt(node, token, key)).status).toBe(503)
    proxy.only = () => false
    await until(async () => (await forwardAt(node, token, order())).status === 200)
    await proxy.release()
    expect(await sqld.query('select id from forwards where idempotency_key = ?', [key])).toEqual([])
    psp.arrivals.length = 0
    const again = await forwardAt(node, token, key)
    expect(again.status, again.text).toBe(200)
    expect(psp.arrivals).toHaveLength(1)
  })

  test.each([
    ['is lost on the way', { kind: 'silent' }],
    ['is made and not answered', { kind: 'lost', answer: 'silent' }],
  ] as const)(
    'D05 the record of an answer %s: it is said to be sent, recorded later, and not sent again',
    async (_, fault) => {
      const key = order()
      proxy.only = (body) => body.includes('update \\"forwards\\"')
      proxy.fault = fault
      const answer = await forwardAt(node, token, key)
      expect(answer.status, answer.text).toBe(503)
      expect(answer.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'yes' })
      await proxy.release()
      const id = answer.textAt('error', 'forward_id')
      await until(async () => (await forwardAt(node, token, key)).status === 200)
      expect(psp.arrivals).toHaveLength(1)
      if (id !== '') {
        const record = await node.call('GET', `/v1/forwards/${id}`)
        expect([record.at('state'), record.at('sent')]).toEqual(['done', 'yes'])
      }
    },
  )

  test('D05 commands beside it and doctor say what is wrong', async () => {
    await sqld.kill()
    const doctor = await shop.command('doctor').then(
      () => '',
      (error: unknown) => String(error),
    )
    expect(doctor).toMatch(/fatal +database: .*cannot be used/)
    expect(doctor).toMatch(/next: check \[database\]/)
    const created = await shop.command('tenant', 'create', 'other').then(
      () => '',
      (error: unknown) => String(error),
    )
    expect(created).toMatch(/cannot be used/)
    await sqld.restart()
    expect(await shop.command('tenant', 'create', 'other')).toContain('ten_')
    expect(await shop.command('doctor')).toMatch(/ok +database/)
  })
})

describe.skipIf(reason !== null)('two nodes with a replica each', () => {
  let sqld: Sqld
  let shop: Installed

  beforeAll(async () => {
    sqld = await startSqld({ auth: true })
    shop = await install(psp, database(sqld))
  })
  afterAll(() => sqld.stop())

  const serve = (name: string, more: Readonly<Record<string, string>> = {}): Promise<Served> =>
    shop.serve({
      ...database(sqld),
      PANGATE_SERVER_NODE: name,
      PANGATE_DATABASE_TIMEOUT_MS: '10000',
      PANGATE_DATABASE_URL: `file:${name}.db`,
      PANGATE_DATABASE_SYNC_URL: sqld.url,
      PANGATE_DATABASE_SYNC_INTERVAL_MS: String(INTERVAL_MS),
      ...more,
    })
  const stop = (...nodes: readonly Served[]) =>
    Promise.all(nodes.map(({ program }) => program.stop()))

  test('D06 what is made on one is usable on the next at once, however old its replica is', async () => {
    const old = {
      PANGATE_DATABASE_SYNC_INTERVAL_MS: '60000',
      PANGATE_DATABASE_MAX_STALE_MS: '3600000',
    }
    const [a, b] = await Promise.all([serve('a', old), serve('b', old)])
    for (let round = 0; round < ROUNDS; round++) {
      const token = await tokenAt(a)
      expect((await forwardAt(b, token)).status).toBe(200)
      const made = await a.call('POST', '/v1/keys', { name: 'n', scopes: ['tokens:read'] })
      const call = caller(b.url, made.textAt('key'))
      expect((await call('GET', `/v1/tokens/${token}`)).status).toBe(200)
      // Lists may lack nothing either, and what was made a moment ago can be ended.
      expect((await b.call('GET', '/v1/tokens?limit=1')).textAt('data', 0, 'id')).toBe(token)
      expect((await b.call('DELETE', `/v1/keys/${made.textAt('id')}`)).status).toBe(204)
      expect((await call('GET', `/v1/tokens/${token}`)).status).toBe(401)
      const place = { host: `psp-${round}.test`, path_prefix: '/pay' }
      await a.call('POST', '/v1/destinations', { ...place, path_prefix: '/other' })
      const url = `https://${place.host}/pay`
      expect((await forwardAt(b, token, undefined, url)).at('error', 'code')).toBe(
        'destination_denied',
      )
      await a.call('POST', '/v1/destinations', place)
      // Allowed now, and there is no such host.
      expect((await forwardAt(b, token, undefined, url)).at('error', 'code')).toBe(
        'psp_unreachable',
      )
    }
    await stop(a, b)
  })

  test('D06 what is deleted or revoked on one stops on the next within an interval and two synchronisations', async () => {
    const [a, b] = await Promise.all([serve('a'), serve('b')])
    let longest = 0
    /** How long after a deed on one it still worked on the other: it may come and go, so it is watched for a while. */
    const lastSeen = async (works: () => Promise<boolean>): Promise<number> => {
      const since = performance.now()
      let last = 0
      while (performance.now() - since < STOPPED_MS + INTERVAL_MS) {
        const asked = performance.now() - since
        if (await works()) last = asked
        await Bun.sleep(5)
      }
      return last
    }
    for (let round = 0; round < ROUNDS / 10; round++) {
      const token = await tokenAt(a)
      const made = await a.call('POST', '/v1/keys', { name: 'n', scopes: ['tokens:read'] })
      const call = caller(b.url, made.textAt('key'))
      const shown = async (): Promise<boolean> =>
        (await call('GET', `/v1/tokens/${token}`)).status === 200
      await until(shown)
      // Until its copy has both: before, the primary is asked, and nothing can be old.
      await Bun.sleep(3 * INTERVAL_MS)
      expect((await a.call('DELETE', `/v1/tokens/${token}`)).status).toBeLessThan(300)
      const [erased, sent] = await Promise.all([
        lastSeen(shown),
        lastSeen(async () => (await forwardAt(b, token)).status === 200),
      ])
      const known = async (): Promise<boolean> =>
        (await call('GET', `/v1/tokens/${token}`)).status !== 401
      expect(await known()).toBe(true)
      expect((await a.call('DELETE', `/v1/keys/${made.textAt('id')}`)).status).toBeLessThan(300)
      longest = Math.max(longest, erased, sent, await lastSeen(known))
    }
    console.log(`D06: last used elsewhere after ${Math.round(longest)} ms`)
    expect(longest).toBeLessThan(STOPPED_MS)
    await stop(a, b)
  })

  test('D06 with the primary gone, known tokens are shown within the bound, and forwards are refused before they are sent', async () => {
    const bound = 3000
    const a = await serve('a', {
      PANGATE_DATABASE_MAX_STALE_MS: String(bound),
      PANGATE_DATABASE_TIMEOUT_MS: String(TIMEOUT_MS),
    })
    const token = await tokenAt(a)
    // Its own log does not tell when the copy has it; an interval and more has passed for sure.
    await Bun.sleep(2 * INTERVAL_MS)
    sqld.freeze()
    const since = performance.now()
    expect((await a.call('GET', `/v1/tokens/${token}`)).status).toBe(200)
    const refused = await forwardAt(a, token, 'while-gone')
    expect(refused.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
    // Not "unknown": it may be at the primary.
    const missed = await a.call('GET', '/v1/tokens/tok_00000000000000000000000000')
    expect(missed.at('error', 'code')).toBe('storage_unavailable')
    await until(async () => (await a.call('GET', `/v1/tokens/${token}`)).status === 503)
    expect(performance.now() - since).toBeLessThan(bound + 2000)
    expect((await a.call('GET', '/readyz')).status).toBe(503)
    expect(psp.arrivals).toHaveLength(0)
    sqld.resume()
    await until(isReady(a))
    expect((await forwardAt(a, token, 'while-gone')).status).toBe(200)
    expect(psp.arrivals).toHaveLength(1)
    await stop(a)
  })

  test.each([1, 2])(
    'D07 the same idempotency key on both at once, with %d workers each, arrives once',
    async (workers) => {
      const more = { PANGATE_SERVER_WORKERS: String(workers) }
      const [a, b] = await Promise.all([serve('a', more), serve('b', more)])
      const token = await tokenAt(a)
      for (let race = 0; race < RACES; race++) {
        psp.arrivals.length = 0
        psp.reply = () => ({ body: JSON.stringify({ number: psp.arrivals.length }) })
        const key = `race-${workers}-${race}`
        const answers = await Promise.all(
          Array.from({ length: RACERS }, (_, at) => forwardAt(at % 2 === 0 ? a : b, token, key)),
        )
        for (const { status, text } of answers) expect([200, 409], text).toContain(status)
        expect(psp.arrivals).toHaveLength(1)
        const [first, ...others] = answers.filter(({ status }) => status === 200)
        for (const other of others) expect(other.text).toBe(first?.text ?? '')
        for (const running of answers.filter(({ status }) => status === 409)) {
          expect(running.at('error', 'code')).toBe('idempotency_running')
        }
        for (const node of [a, b])
          expect((await forwardAt(node, token, key)).text).toBe(first?.text ?? '')
        expect(psp.arrivals).toHaveLength(1)
      }
      await stop(a, b)
    },
  )

  test('D07 a node that is killed while it sends: unknown at its start, and not by the start of another', async () => {
    const [a, b] = await Promise.all([serve('a'), serve('b')])
    const token = await tokenAt(a)
    const arrived = Promise.withResolvers<void>()
    psp.reply = () => {
      arrived.resolve()
      return new Promise(() => undefined)
    }
    const cut = forwardAt(a, token, 'cut').catch(() => null)
    await arrived.promise
    await a.program.stop('SIGKILL')
    await cut
    const running = await forwardAt(b, token, 'cut')
    expect(running.at('error', 'code')).toBe('idempotency_running')
    await stop(b)
    const c = await serve('c')
    expect((await forwardAt(c, token, 'cut')).at('error', 'code')).toBe('idempotency_running')
    const again = await serve('a')
    for (const node of [again, c]) {
      const unknown = await forwardAt(node, token, 'cut')
      expect(unknown.at('error')).toMatchObject({ code: 'idempotency_unknown', sent: 'unknown' })
    }
    expect(psp.arrivals).toHaveLength(1)
    await stop(again, c)
  })
})

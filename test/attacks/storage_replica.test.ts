/**
 * @module How long what was ended on one node is used on another, with copies and without; and copies whose connections are dead and
 * were never closed.
 */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { run, stopAll } from '../support/binary.ts'
import { canaryCard } from '../support/canary.ts'
import { startDeadWay, type DeadWay } from '../support/dead_way.ts'
import { caller, install, type Served } from '../support/installed.ts'
import { freePort } from '../support/ports.ts'
import { readPrometheus } from '../support/prometheus.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'
import { noSqld, startSqld, type Sqld } from '../support/sqld.ts'

setDefaultTimeout(60_000)

const MAX_STALE_MS = 1000
const INTERVAL_MS = 200
/** An interval and two synchronisations on a busy machine. */
const STOPPED_MS = INTERVAL_MS + 1000

const reason = noSqld()
if (reason !== null)
  console.log(`skipped: D06 what is ended, and copies on dead connections: ${reason}`)

let psp: FakePsp
let sqld: Sqld
let way: DeadWay
beforeEach(async () => {
  if (reason !== null) return
  psp = await startPsp()
  sqld = await startSqld({ auth: true })
  // A copy says the path of libSQL's replication in each of its requests, and nothing else does.
  way = await startDeadWay(sqld.port, 'wal_log.ReplicationLog')
})
afterEach(async () => {
  await stopAll()
  if (reason !== null) return
  await way.stop()
  await sqld.stop()
  await psp.stop()
})

test.skipIf(reason !== null).each([1, 2])(
  'D06 with %d workers, synchronisations on connections that are dead and were never closed: told, not used, and healed without a restart',
  async (workers) => {
    const database = {
      PANGATE_DATABASE_URL: sqld.url,
      PANGATE_DATABASE_AUTH_TOKEN: sqld.token ?? '',
    }
    const shop = await install(psp, database)
    const admin = `127.0.0.1:${await freePort()}`
    const node = await shop.serve({
      ...database,
      PANGATE_SERVER_WORKERS: String(workers),
      PANGATE_SERVER_ADMIN_LISTEN: admin,
      PANGATE_DATABASE_URL: 'file:copy.db',
      PANGATE_DATABASE_SYNC_URL: way.url,
      PANGATE_DATABASE_SYNC_INTERVAL_MS: '100',
      PANGATE_DATABASE_MAX_STALE_MS: String(MAX_STALE_MS),
    })
    const { call } = node
    /** What any of the processes says, asked on as many connections as it takes. */
    const said = async (): Promise<ReadonlySet<unknown>> => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => call('GET', '/readyz')))
      for (const { status, text } of answers) expect(status, text).toBe(200)
      return new Set(answers.map(({ at }) => at('replica')))
    }
    const allSay = async (word: string): Promise<void> => {
      while (!Bun.deepEquals([...(await said())], [word])) await Bun.sleep(20)
    }
    const lag = async (): Promise<number> => {
      const text = await (await fetch(`http://${admin}/metrics`)).text()
      return readPrometheus(text).get('pangate_replica_lag_seconds') ?? NaN
    }
    const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
    const token = (await call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
    const pay = () =>
      call('POST', '/v1/forward', {
        token,
        request: { url: psp.url, body: { n: '{{ card.number }}' } },
      })

    await allSay('following')
    expect((await pay()).status).toBe(200)
    expect(await lag()).toBeLessThan(MAX_STALE_MS / 1000 + 1)

    way.die(true)
    // Something new, so that there is something to fetch.
    expect((await pay()).status).toBe(200)
    await allSay('stale')
    expect(await lag()).toBeGreaterThan(MAX_STALE_MS / 1000)
    await node.program.waitForLine(/"event":"replica.stale"/)
    // The primary answers in its place: what is known is used, and what is erased is gone at once.
    expect((await pay()).status).toBe(200)
    expect((await call('DELETE', `/v1/tokens/${token}`)).status).toBe(204)
    const refused = await pay()
    expect(refused.at('error')).toMatchObject({ code: 'token_unknown', sent: 'no' })
    // Also tried again on a second connection, which is dead as well.
    await node.program.waitForLine(/"event":"replica.connection_ended"/)

    // Those that are dead stay so: only new connections live.
    way.die(false)
    await allSay('following')
    await node.program.waitForLine(/"event":"replica.fresh"/)
    expect(await lag()).toBeLessThan(MAX_STALE_MS / 1000 + 1)
    expect(way.dead()).toBeGreaterThan(0)
    await node.program.stop()
  },
)

test.skipIf(reason !== null).each([1, 2])(
  'D06 with %d workers, nothing comes when the copy is opened: the start ends in time, with the reason',
  async (workers) => {
    const database = {
      PANGATE_DATABASE_URL: sqld.url,
      PANGATE_DATABASE_AUTH_TOKEN: sqld.token ?? '',
    }
    const shop = await install(psp, database)
    // Its own first call, before it speaks of replication.
    const opening = await startDeadWay(sqld.port, 'GET /info')
    const place = {
      ...database,
      PANGATE_SERVER_WORKERS: String(workers),
      PANGATE_DATABASE_URL: 'file:copy.db',
      PANGATE_DATABASE_SYNC_URL: opening.url,
      PANGATE_DATABASE_TIMEOUT_MS: '1000',
    }
    opening.die(true)
    const env = { ...place, PANGATE_SERVER_LISTEN: '127.0.0.1:0' }
    const { status, stderr } = await run(['serve'], { dir: shop.dir, env })
    expect(stderr).toMatch(/answers queries, but nothing of it came in 1000 ms/)
    expect(stderr).toMatch(/next: .*curl -m 5 http:\S+\/info\s*$/)
    expect(status).toBe(1)
    expect(opening.dead()).toBeGreaterThan(0)
    opening.die(false)
    const node = await shop.serve(place)
    expect((await node.call('GET', '/readyz')).status).toBe(200)
    await node.program.stop()
    await opening.stop()
  },
)

/** Something made on one node, by which the other is asked until it is ended. */
interface Ended {
  readonly name: string
  readonly path: string
  /** Whether it still works there. */
  works(): Promise<boolean>
}

const card = () => ({ number: canaryCard(), exp_month: 12, exp_year: 2034 })

async function made(
  { call }: Pick<Served, 'call'>,
  path: string,
  body: object,
): Promise<(...names: readonly string[]) => string> {
  const answer = await call('POST', path, body)
  expect(answer.status, answer.text).toBe(201)
  return (...names) => answer.textAt(...names)
}

/** One of each that can be ended, made at `a` and used at `b`; all else that they need stays. */
async function everything(a: Served, b: Served): Promise<readonly Ended[]> {
  const scopes = ['tokens:read']
  const kept = (await made(a, '/v1/tokens', { type: 'card', card: card() }))('id')
  const token = (await made(a, '/v1/tokens', { type: 'card', card: card() }))('id')
  const key = await made(a, '/v1/keys', { name: 'k', scopes })
  const client = await made(a, '/v1/clients', { name: 'c', scopes })
  const destination = await made(a, '/v1/destinations', { host: 'ended.test' })
  const account = await made(a, '/v1/accounts', {
    ...{ adapter: 'stripe', mode: 'sandbox', name: 'ended' },
    credentials: { api_key: 'sk_test_1' },
  })
  const signIn = await fetch(`${b.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client('id'),
      client_secret: client('secret'),
    }),
  })
  const { access_token } = JSON.parse(await signIn.text())
  const reads = async (credential: string): Promise<boolean> =>
    (await caller(b.url, credential)('GET', `/v1/tokens/${kept}`)).status === 200
  // All but sending, so that nothing has to be there to send to.
  const forwards = async (body: object): Promise<boolean> =>
    (await b.call('POST', '/v1/forward', { dry_run: true, token: kept, ...body })).status === 200
  const request = (url: string) => ({ request: { url, body: { n: '{{ card.number }}' } } })
  const payment = { operation: 'authorize', amount: { minor: 1, currency: 'EUR' }, reference: 'r' }
  return [
    {
      name: 'a token that is shown',
      path: `/v1/tokens/${token}`,
      works: async () => (await b.call('GET', `/v1/tokens/${token}`)).status === 200,
    },
    { name: 'an API key', path: `/v1/keys/${key('id')}`, works: () => reads(key('key')) },
    {
      name: 'an OAuth client, by a token that it had',
      path: `/v1/clients/${client('id')}`,
      works: () => reads(String(access_token)),
    },
    {
      name: 'a destination',
      path: `/v1/destinations/${destination('id')}`,
      works: () => forwards(request('https://ended.test/pay')),
    },
    {
      name: 'an account',
      path: `/v1/accounts/${account('id')}`,
      works: () => forwards({ account: account('id'), ...payment }),
    },
  ]
}

test.skipIf(reason !== null).each([
  ['a copy on each', true, STOPPED_MS],
  ['the server alone', false, 0],
] as const)(
  'D06 with %s, everything that can be ended on one node ends on the next within its bound',
  async (_, copies, bound) => {
    const server = {
      PANGATE_DATABASE_URL: sqld.url,
      PANGATE_DATABASE_AUTH_TOKEN: sqld.token ?? '',
    }
    const shop = await install(psp, server)
    const serve = (name: string): Promise<Served> =>
      shop.serve({
        ...server,
        PANGATE_SERVER_NODE: name,
        ...(copies && {
          PANGATE_DATABASE_URL: `file:${name}.db`,
          PANGATE_DATABASE_SYNC_URL: sqld.url,
          PANGATE_DATABASE_SYNC_INTERVAL_MS: String(INTERVAL_MS),
        }),
      })
    const [a, b] = [await serve('a'), await serve('b')]
    const all = await everything(a, b)
    for (const { name, works } of all) expect(await works(), name).toBe(true)
    // Until the copy has all of it: before, the primary is asked, and nothing can be old.
    if (copies) await Bun.sleep(3 * INTERVAL_MS)
    for (const { name, path, works } of all) {
      expect(await works(), name).toBe(true)
      const ended = await a.call('DELETE', path)
      expect(ended.status, ended.text).toBeLessThan(300)
      const since = performance.now()
      let last = -1
      // It may come and go, so it is watched for a while.
      while (performance.now() - since < bound + 2 * INTERVAL_MS) {
        const asked = performance.now() - since
        if (await works()) last = asked
        await Bun.sleep(5)
      }
      console.log(
        `D06: ${name} was last used ${last < 0 ? 'before its end' : `after ${Math.round(last)} ms`}`,
      )
      expect(last, name).toBeLessThan(bound)
    }
    await Promise.all([a.program.stop(), b.program.stop()])
  },
)

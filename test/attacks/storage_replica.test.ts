/**
 * @module The copy of a node that waits on a dead connection: nothing stale is used, numbers and health tell of it, and it heals by itself.
 */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { stopAll } from '../support/binary.ts'
import { canaryCard } from '../support/canary.ts'
import { startDeadWay, type DeadWay } from '../support/dead_way.ts'
import { install } from '../support/installed.ts'
import { freePort } from '../support/ports.ts'
import { readPrometheus } from '../support/prometheus.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'
import { noSqld, startSqld, type Sqld } from '../support/sqld.ts'

setDefaultTimeout(60_000)

const MAX_STALE_MS = 1000

const reason = noSqld()
if (reason !== null) console.log(`skipped: D06 a copy on a dead connection: ${reason}`)

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

/**
 * @module Several workers: restarted under load, killed, their keeper killed, with one memory of what they share.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { stopAll } from '../support/binary.ts'
import { canaryCvc } from '../support/canary.ts'
import { install, type Installed, type Reply, type Served } from '../support/installed.ts'
import { rawRequest } from '../support/raw.ts'
import { respond, startWire, type Wire, type WireRequest } from '../support/wire.ts'
import {
  callers,
  forwardText,
  freeAddress,
  linesOf,
  runs,
  until,
  workersOf,
} from './process_world.ts'

/** The long form is that of CI. */
const LONG = process.env['PANGATE_TEST_LONG'] === '1'
const REQUESTS = LONG ? 20_000 : 2_000
const RESTARTS = LONG ? 20 : 4
const CONNECTIONS = 16
const TIMEOUT = LONG ? 400_000 : 120_000

const WORKERS = { PANGATE_SERVER_WORKERS: '2', PANGATE_DATABASE_DURABILITY: 'process' }
const CARD = { number: '{{ card.number }}', cvc: '{{ card.cvc }}' }

let wire: Wire
let shop: Installed
beforeAll(async () => {
  wire = await startWire()
  shop = await install(wire)
}, 20_000)
afterEach(async () => {
  await stopAll()
  wire.requests.length = 0
  wire.reply = ({ socket }) => respond(socket, '{"ok":true}')
}, 20_000)
afterAll(() => wire.stop())

const serve = (env: Readonly<Record<string, string>> = {}): Promise<Served> =>
  shop.serve({ ...WORKERS, ...env })

async function store({ call }: Served, cvc?: string): Promise<{ token: string; session: string }> {
  // Approved by nobody: the PSP of these tests is a socket.
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034 }
  const made = await call('POST', '/v1/tokens', { type: 'card', card, ...(cvc && { cvc }) })
  expect(made.status, made.text).toBe(201)
  return { token: made.textAt('id'), session: made.textAt('cvc_session', 'id') }
}

/** How many requests each worker answered, by its log. */
function answeredBy(served: Served): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { event, worker = 0 } of linesOf(served)) {
    if (event === 'request') counts.set(worker, (counts.get(worker) ?? 0) + 1)
  }
  return counts
}

/** How many forwards with such keys are in each state. */
function statesOf(keys: string): Readonly<Record<string, number>> {
  const db = new Database(join(shop.dir, 'data/pangate.db'), { readonly: true })
  const rows = db
    .query<{ state: string; count: number }, [string]>(
      'select state, count(*) as count from forwards where idempotency_key like ? group by state',
    )
    .all(`${keys}%`)
  db.close()
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

/** The database's own check, of the file alone. */
function integrity(): unknown {
  const db = new Database(join(shop.dir, 'data/pangate.db'))
  const row = db.query<Record<string, unknown>, []>('pragma integrity_check').get()
  db.close()
  return Object.values(row ?? {})[0]
}

const faultsOf = (served: Served): readonly unknown[] =>
  linesOf(served).filter(({ event }) =>
    /^(?:fault|forward\.fault|forward\.unrecorded|worker\.not_settled)$/.test(event),
  )

/**
 * What a worker told the keeper is known to the others now: messages of one way come in order, so it is there once the keeper has
 * answered the one after it, and the others after that.
 */
async function heard(served: Served): Promise<void> {
  for (const _ of ['by the keeper', 'by the others']) {
    const before = answeredBy(served)
    const answersAgain = async (): Promise<boolean> => {
      // One after the other would go by one connection, to one worker.
      await Promise.all(Array.from({ length: 8 }, () => store(served)))
      return [...answeredBy(served)].filter(([one, n]) => n > (before.get(one) ?? 0)).length === 2
    }
    await until(answersAgain, 'both workers write something')
  }
}

/** Restarts under load, and compares what callers were answered, what the PSP saw and what was recorded. */
async function losesNothing(
  name: string,
  restarts: number,
  restart: (served: Served, nth: number) => Promise<void>,
): Promise<Served> {
  const served = await serve()
  const port = Number(new URL(served.url).port)
  let restarted = 0
  const text = (number: number): string =>
    forwardText(shop.key, `${wire.url}/${name}-${number}`, `${name}-${number}`)
  const { tally, finished } = callers(
    port,
    CONNECTIONS,
    text,
    (done) => done >= REQUESTS && restarted === restarts,
  )
  for (let nth = 1; nth <= restarts; nth++) {
    // Spread over the requests, each under load.
    await until(() => tally.done() >= (REQUESTS / (restarts + 1)) * nth, `request ${nth}`)
    await restart(served, nth)
    restarted++
  }
  await finished
  const count = tally.done()
  console.log(`${count} requests, ${restarts} restarts, ${tally.lost.length} lost`)
  expect(tally.lost).toEqual([])
  expect([...tally.answers]).toEqual([[200, count]])
  expect(wire.requests.length).toBe(count)
  expect(new Set(wire.requests.map(({ line }) => line)).size).toBe(count)
  expect(faultsOf(served)).toEqual([])
  return served
}

test(
  `P01 ${RESTARTS} rolling restarts of all workers under load lose none of ${REQUESTS} requests`,
  async () => {
    const served = await losesNothing('rolled', RESTARTS, async ({ program }, nth) => {
      const rolled = (): number =>
        linesOf({ program }).filter(({ event }) => event === 'workers.rolled').length
      process.kill(program.pid, nth % 2 === 0 ? 'SIGHUP' : 'SIGUSR2')
      await until(() => rolled() === nth, `roll ${nth}`)
    })
    const started = linesOf(served).filter(({ event }) => event === 'worker.ready')
    expect(started.length).toBe(2 + 2 * RESTARTS)
    expect(await served.program.stop()).toEqual({ status: 0, signal: null })
  },
  TIMEOUT,
)

test(
  `P01 ${RESTARTS} workers stopped by a signal to themselves under load lose none of ${REQUESTS} requests`,
  async () => {
    const served = await losesNothing('signalled', RESTARTS, async (running, nth) => {
      const [worker, pid] = [...workersOf(running)][nth % 2] ?? []
      if (worker === undefined || pid === undefined) throw new Error('no worker')
      process.kill(pid, nth % 2 === 0 ? 'SIGTERM' : 'SIGINT')
      // The next one listens before this one goes.
      await until(() => !runs(pid) && (workersOf(running).get(worker) ?? pid) !== pid, 'another')
    })
    expect(workersOf(served).size).toBe(2)
  },
  TIMEOUT,
)

test('P14 a worker that is killed is replaced; what it was sending is unknown, and nothing else is', async () => {
  const served = await serve()
  const before = workersOf(served)
  const held: WireRequest[] = []
  wire.reply = (request) => void held.push(request)
  const calls = Array.from({ length: 24 }, (_, at) =>
    served
      .call(
        'POST',
        '/v1/forward',
        { timeout_ms: 20_000, request: { url: `${wire.url}/${at}`, body: {} } },
        { 'idempotency-key': `held-${at}` },
      )
      .catch(() => null),
  )
  await until(() => held.length === calls.length, 'all are at the PSP')
  const [first = 0, pid = 0] = [...before][0] ?? []
  process.kill(pid, 'SIGKILL')
  await until(() => (workersOf(served).get(first) ?? pid) !== pid, 'another worker')
  for (const { socket } of held) if (!socket.destroyed) respond(socket, '{"paid":true}')
  const answers = await Promise.all(calls)
  const cut = answers.filter((answer) => answer === null).length
  // By the address and port of a connection the kernel chose either worker.
  expect(cut).toBeGreaterThan(0)
  expect(cut).toBeLessThan(calls.length)
  const [interrupted] = linesOf(served).filter(({ event }) => event === 'forwards.interrupted')
  expect(interrupted?.count).toBe(cut)
  wire.reply = ({ socket }) => respond(socket, '{"paid":"again"}')
  for (const [at, answer] of answers.entries()) {
    const again = await served.call(
      'POST',
      '/v1/forward',
      { timeout_ms: 20_000, request: { url: `${wire.url}/${at}`, body: {} } },
      { 'idempotency-key': `held-${at}` },
    )
    if (answer) expect(again.text).toBe(answer.text)
    else expect(again.at('error')).toMatchObject({ code: 'idempotency_unknown', sent: 'unknown' })
  }
  expect(wire.requests.length).toBe(calls.length)
  expect(faultsOf(served)).toEqual([])
}, 20_000)

test(
  'P14 a worker that is killed again and again under load: what was answered is there, and the rest is told truly',
  async () => {
    const served = await serve()
    const port = Number(new URL(served.url).port)
    const kills = LONG ? 30 : 6
    const bothRun = (): boolean => {
      const pids = [...workersOf(served).values()]
      return pids.length === 2 && pids.every(runs)
    }
    let killed = 0
    const text = (number: number): string =>
      forwardText(shop.key, `${wire.url}/killed-${number}`, `killed-${number}`)
    const { tally, finished } = callers(port, 8, text, () => killed === kills)
    while (killed < kills) {
      await until(() => tally.done() >= 60 * (killed + 1) && bothRun(), 'load')
      const pid = [...workersOf(served).values()][killed % 2] ?? 0
      process.kill(pid, 'SIGKILL')
      await until(() => !runs(pid), 'it is gone')
      killed++
    }
    await finished
    await until(bothRun, 'two workers')
    const seen = wire.requests.map(({ line }) => Number(/killed-(\d+)/.exec(line)?.[1]))
    expect(new Set(seen).size).toBe(seen.length)
    const states = statesOf('killed-')
    const [answered, lost] = [tally.answers.get(200) ?? 0, tally.lost.length]
    console.log(`${answered} answered, ${lost} cut off in ${kills} kills`, states)
    expect(states['sending']).toBeUndefined()
    expect(states['done'] ?? 0).toBeGreaterThanOrEqual(answered)
    // Whatever the PSP saw is on record as sent, or as perhaps sent.
    expect((states['done'] ?? 0) + (states['unknown'] ?? 0)).toBeGreaterThanOrEqual(seen.length)
    await served.program.stop()
    expect(integrity()).toBe('ok')
  },
  TIMEOUT,
)

test('P14 when the keeper is killed its workers end, callers are told, and the next start finds everything', async () => {
  const served = await serve()
  const { token } = await store(served)
  const workers = [...workersOf(served).values()]
  const arrived = Promise.withResolvers<WireRequest>()
  wire.reply = arrived.resolve
  const running = served.call(
    'POST',
    '/v1/forward',
    { token, request: { url: `${wire.url}/orphan`, body: { number: CARD.number } } },
    { 'idempotency-key': 'orphan' },
  )
  const { socket } = await arrived.promise
  process.kill(served.program.pid, 'SIGKILL')
  await until(
    () =>
      served.call('GET', '/healthz').then(
        () => false,
        () => true,
      ),
    'nobody listens any more',
  )
  // Another server can have the port and the database while the workers of the first still end.
  const next = await serve({ PANGATE_SERVER_LISTEN: new URL(served.url).host })
  respond(socket, '{"paid":true}')
  const answer = await running
  expect(answer.at('error', 'sent') ?? answer.at('sent')).not.toBe('no')
  await until(() => workers.every((pid) => !runs(pid)), 'the workers end')
  wire.reply = ({ socket: other }) => respond(other, '{"paid":"again"}')
  const again = await next.call(
    'POST',
    '/v1/forward',
    { token, request: { url: `${wire.url}/orphan`, body: { number: CARD.number } } },
    { 'idempotency-key': 'orphan' },
  )
  expect(again.at('error')).toMatchObject({ code: 'idempotency_unknown', sent: 'unknown' })
  expect(wire.requests.length).toBe(1)
  await next.program.stop()
  expect(integrity()).toBe('ok')
}, 20_000)

test('P14 a worker that hangs is ended and replaced', async () => {
  const served = await serve()
  const [worker = 0, pid = 0] = [...workersOf(served)][0] ?? []
  process.kill(pid, 'SIGSTOP')
  await served.program.waitForLine(new RegExp(`"event":"worker.hangs","pid":${pid}`))
  await until(() => (workersOf(served).get(worker) ?? pid) !== pid, 'another worker')
  expect((await served.call('GET', '/v1/tokens')).status).toBe(200)
}, 120_000)

test('P14 a keeper that hangs: nothing is sent, every call is refused in time, and it goes on when the keeper does', async () => {
  const served = await serve()
  const { token, session } = await store(served, canaryCvc())
  process.kill(served.program.pid, 'SIGSTOP')
  const refused = await served.call('POST', '/v1/forward', {
    token,
    cvc_session: session,
    request: { url: `${wire.url}/frozen`, body: CARD },
  })
  expect(refused.status, refused.text).toBe(503)
  expect(refused.at('error', 'sent')).toBe('no')
  expect(wire.requests.length).toBe(0)
  process.kill(served.program.pid, 'SIGCONT')
  const answer = await served.call('POST', '/v1/forward', {
    request: { url: `${wire.url}/thawed`, body: {} },
  })
  expect(answer.at('sent'), answer.text).toBe('yes')
}, 120_000)

test('D07 200 racers with one idempotency key on two workers: one request, one answer, byte for byte', async () => {
  const served = await serve()
  const arrived = Promise.withResolvers<WireRequest>()
  wire.reply = arrived.resolve
  const body = { request: { url: `${wire.url}/race`, body: { a: 1 } } }
  const key = { 'idempotency-key': 'race' }
  const racer = (): Promise<Reply> => served.call('POST', '/v1/forward', body, key)
  const early: Reply[] = []
  const racers = Array.from({ length: 200 }, async () => {
    const answer = await racer()
    early.push(answer)
    return answer
  })
  const { socket } = await arrived.promise
  // Those that were not first are told so while the first runs.
  await until(() => early.length === 199, 'all but one are answered')
  for (const other of early) {
    expect(other.at('error', 'code'), other.text).toBe('idempotency_running')
  }
  respond(socket, '{"paid":true}')
  const won = (await Promise.all(racers)).filter(({ status }) => status === 200)
  expect(won.length).toBe(1)
  const after = await Promise.all(Array.from({ length: 200 }, racer))
  expect(new Set(after.map(({ text }) => text))).toEqual(new Set([won[0]?.text ?? '']))
  expect(wire.requests.length).toBe(1)
  const counts = answeredBy(served)
  console.log('requests by worker', counts)
  expect([...counts.keys()].toSorted()).toEqual([1, 2])
}, 20_000)

test('R02 a session used a hundred times at once on two workers: one has it; given back it is there for both', async () => {
  const served = await serve()
  const { token, session } = await store(served, canaryCvc())
  const pay = (path: string): Promise<Reply> =>
    served.call('POST', '/v1/forward', {
      token,
      cvc_session: session,
      request: { url: wire.url + path, body: CARD },
    })
  const refused = await served.call('POST', '/v1/forward', {
    token,
    cvc_session: session,
    request: { url: `https://localhost:1/`, body: CARD },
  })
  expect(refused.at('error', 'sent')).toBe('no')
  const all = await Promise.all(Array.from({ length: 100 }, (_, at) => pay(`/${at}`)))
  expect(all.filter(({ status }) => status === 200).length).toBe(1)
  for (const other of all.filter(({ status }) => status !== 200)) {
    expect(other.at('error')).toMatchObject({ code: 'cvc_session_unknown', sent: 'no' })
  }
  expect(wire.requests.length).toBe(1)
  expect(answeredBy(served).size).toBe(2)
}, 20_000)

test('P09 a rate is one rate for all workers', async () => {
  const served = await serve({
    PANGATE_LIMITS_KEY_RATE: '1/min burst 20',
    PANGATE_LIMITS_TENANT_RATE: 'none',
  })
  const text = rawRequest('GET /v1/tokens HTTP/1.1', [
    'Host: a',
    `Authorization: Bearer ${shop.key}`,
  ])
  const port = Number(new URL(served.url).port)
  const { tally, finished } = callers(
    port,
    CONNECTIONS,
    () => text,
    (done) => done >= 60,
  )
  await finished
  expect(tally.lost).toEqual([])
  // One more is let in where a minute began meanwhile.
  expect([20, 21]).toContain(tally.answers.get(200) ?? 0)
  expect(tally.answers.get(429)).toBeGreaterThan(38)
  expect(answeredBy(served).size).toBe(2)
}, 20_000)

test('U11 a circuit that opens on one worker is open on the other, and on one that starts later', async () => {
  const served = await serve({
    PANGATE_LIMITS_CIRCUIT_FAILURES: '3',
    PANGATE_LIMITS_CIRCUIT_OPEN_MS: '60000',
  })
  await shop.command('destination', 'add', 'localhost', '--port', '1', '--tenant', 'shop')
  const call = (): Promise<Reply> =>
    served.call('POST', '/v1/forward', { request: { url: 'https://localhost:1/', body: {} } })
  const codeOf = async (): Promise<string> => (await call()).textAt('error', 'code')
  await until(async () => (await codeOf()) === 'circuit_open', 'the circuit opens')
  await heard(served)
  const codes = await Promise.all(Array.from({ length: 60 }, codeOf))
  expect(new Set(codes)).toEqual(new Set(['circuit_open']))
  process.kill(served.program.pid, 'SIGUSR2')
  await served.program.waitForLine(/"event":"workers.rolled"/)
  const later = await Promise.all(Array.from({ length: 40 }, codeOf))
  expect(new Set(later)).toEqual(new Set(['circuit_open']))
  expect(answeredBy(served).size).toBe(2)
}, 20_000)

test('what one worker writes is there for the next request, whichever worker that reaches', async () => {
  const served = await serve()
  for (let round = 0; round < 20; round++) {
    const { token } = await store(served)
    const read = await Promise.all(
      Array.from({ length: 8 }, () => served.call('GET', `/v1/tokens/${token}`)),
    )
    expect(read.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect((await served.call('DELETE', `/v1/tokens/${token}`)).status).toBe(204)
    const gone = await Promise.all(
      Array.from({ length: 8 }, () => served.call('GET', `/v1/tokens/${token}`)),
    )
    expect(gone.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 404))
  }
  expect(answeredBy(served).size).toBe(2)
}, 20_000)

test('numbers are those of all workers, also of those that ended', async () => {
  const admin = await freeAddress()
  const served = await serve({ PANGATE_SERVER_ADMIN_LISTEN: admin })
  const total = async (): Promise<number> => {
    const text = await (await fetch(`http://${admin}/metrics`)).text()
    return [...text.matchAll(/^pangate_requests_total\{.*?\} (\d+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    )
  }
  await Promise.all(Array.from({ length: 50 }, () => served.call('GET', '/v1/tokens')))
  expect(await total()).toBe(50)
  process.kill(served.program.pid, 'SIGHUP')
  await served.program.waitForLine(/"event":"workers.rolled"/)
  expect(await total()).toBe(50)
  await Promise.all(Array.from({ length: 30 }, () => served.call('GET', '/v1/tokens')))
  expect(await total()).toBe(80)
}, 20_000)

test('secrets reach workers by their link alone', async () => {
  const key = readFileSync(join(shop.dir, 'master.key'), 'utf8').trim()
  const served = await serve({ PANGATE_AUTH_ISSUERS: '[]' })
  for (const pid of workersOf(served).values()) {
    expect(readFileSync(`/proc/${pid}/environ`, 'latin1').replaceAll(/[\s\0]/g, '')).toBe('')
    const typed = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
    expect(typed).toContain('serve-worker')
    expect(typed).not.toContain(key)
  }
  expect(readdirSync(shop.dir).toSorted()).toEqual(['data', 'master.key', 'pangate.toml'])
}, 20_000)

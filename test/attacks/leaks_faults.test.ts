/**
 * @module The same calls while something is broken: the PSP, the disk, the database, Redis, limits, the key, the program itself; and the same search.
 */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { start, stopAll } from '../support/binary.ts'
import { startCollector } from '../support/collector.ts'
import { startFaultProxy, type Fault } from '../support/fault_proxy.ts'
import { caller, install, type Installed } from '../support/installed.ts'
import { freePort } from '../support/ports.ts'
import { noRedis, startRedis, stopRedis } from '../support/redis.ts'
import { freshFolder } from '../support/run.ts'
import { noSmallDisk, serveOnSmallDisk, type SmallDisk } from '../support/small_disk.ts'
import { noSqld, startSqld } from '../support/sqld.ts'
import { respond, startWire, type Wire, type WireRequest } from '../support/wire.ts'
import { CALLS, callers, things, type Things } from './leaks_calls.ts'
import { spoilt } from './leaks_spoilt.ts'
import { SECRETS, STRAY, watch, type Watched, type WatchOptions } from './leaks_world.ts'

setDefaultTimeout(120_000)
afterAll(async () => {
  await stopAll()
  await stopRedis()
})

const missing = { disk: noSmallDisk(), sqld: noSqld(), redis: noRedis() }
for (const [what, reason] of Object.entries(missing)) {
  if (reason !== null) console.log(`skipped: L01 without ${what}: ${reason}`)
}

interface Scene {
  readonly wire: Wire
  readonly installed: Installed
  readonly watched: Watched
  readonly all: Things
}

async function scene(
  options: WatchOptions & { readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<Scene> {
  const wire = await startWire()
  wire.reply = echo
  const installed = await install(wire, options.settings)
  const watched = await watch(installed, options)
  return {
    wire,
    installed,
    watched,
    all: await things(watched, await callers(installed), wire.url),
  }
}

/** Shows all that it was sent. */
const echo = ({ socket, ...request }: WireRequest): void => respond(socket, shown(request))
const shown = ({ line, head, body }: Omit<WireRequest, 'socket'>): string =>
  JSON.stringify({ line, head, body, id: 'p1' })

/** The same ids again and again: while something is broken nothing new can be made. */
async function frozen(all: Things): Promise<Things> {
  const [token, btToken, session] = [await all.token(), await all.btToken(), await all.session()]
  return {
    ...all,
    token: async () => token,
    btToken: async () => btToken,
    session: async () => session,
    id: async (path) => (path === '/v1/forward' ? 'fwd_x' : 'x'),
  }
}

/** All good calls, and of each some that are bad. Gives how many. */
async function sweep(
  watched: Watched,
  all: Things,
  only: (route: string) => boolean = () => true,
  every = 7,
): Promise<number> {
  let calls = 0
  for (const [route, make] of Object.entries(CALLS)) {
    if (!only(route)) continue
    for (const call of await make(all)) {
      const bad =
        every === 0 ? [] : spoilt(call, route).filter((_, at) => at % every === calls % every)
      for (const one of [call, ...bad]) {
        await watched.call(one.method, one.path, one)
        calls++
      }
    }
  }
  return calls
}

async function expectNothing(watched: Watched, what: string, calls: number): Promise<void> {
  const { hits, files, bytes, canaries } = await watched.look()
  const statuses = JSON.stringify(Object.fromEntries(watched.statuses))
  console.log(
    `L01 ${what}: ${calls} calls ${statuses}; ${canaries} values in ${files} files of ${bytes} bytes`,
  )
  expect(hits).toEqual([])
}

async function end({ watched, wire }: Pick<Scene, 'watched' | 'wire'>): Promise<void> {
  await watched.numbers()
  await watched.served.program.stop()
  await wire.stop()
}

const forwards = (route: string): boolean => /forward|\/proxy(?!\/delete)/.test(route)

/** Ways of a PSP to fail, all with the request in what it says. */
const FAILURES: Readonly<Record<string, (request: WireRequest) => void>> = {
  'a page of errors': ({ socket, ...request }) =>
    respond(socket, `<html><pre>${shown(request)}</pre></html>`, {
      status: 500,
      headers: [
        'Content-Type: text/html',
        `X-Echo: ${request.body.replace(/[^ -~]/g, ' ').slice(0, 2000)}`,
      ],
    }),
  'a refusal': ({ socket, ...request }) => respond(socket, shown(request), { status: 402 }),
  'a redirect': ({ socket, body, line }) =>
    respond(socket, '', {
      status: 302,
      headers: [
        `Location: https://localhost/?${encodeURIComponent(body)}${encodeURIComponent(line)}`,
      ],
    }),
  'half an answer': ({ socket, ...request }) =>
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n${shown(request)}`),
  'no answer': ({ socket, ...request }) => socket.end(shown(request)),
  'a damaged encoding': ({ socket, ...request }) =>
    respond(socket, shown(request), { headers: ['Content-Encoding: gzip'] }),
  'too large an answer': ({ socket, ...request }) => respond(socket, shown(request).repeat(20)),
  'too many headers': ({ socket, body }) =>
    socket.end(
      `HTTP/1.1 200 OK\r\n${`X-E: ${body.replace(/[^ -~]/g, ' ')}\r\n`.repeat(200)}Content-Length: 0\r\n\r\n`,
    ),
  'a reset': ({ socket }) => socket.destroy(),
}

test('L01 L02 a PSP that fails in every way, with the card in what it says', async () => {
  const collector = await startCollector()
  const { watched, wire, all, installed } = await scene({
    collector,
    env: { PANGATE_EGRESS_MAX_RESPONSE_BYTES: '4096', PANGATE_EGRESS_TIMEOUT_MS: '2000' },
  })
  let calls = 0
  for (const fail of Object.values(FAILURES)) {
    wire.reply = fail
    calls += await sweep(watched, all, forwards, 0)
  }
  // Reached by nobody, by something that speaks no TLS, and by one that nobody answers for.
  const closed = await freePort()
  const plain = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('plain') })
  for (const port of [closed, plain.port ?? 0]) {
    await installed.command(
      'destination',
      'add',
      'localhost',
      '--port',
      String(port),
      '--tenant',
      'shop',
    )
    calls += await sweep(watched, { ...all, psp: `https://localhost:${port}` }, forwards, 0)
  }
  calls += await sweep(watched, { ...all, psp: 'https://unlisted.example' }, forwards, 0)
  await plain.stop(true)
  // Silent until the deadline of the request.
  wire.reply = () => undefined
  const token = await all.token()
  const silent = await watched.call('POST', '/v1/forward', {
    headers: { authorization: `Bearer ${all.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      token,
      timeout_ms: 300,
      request: { url: `${wire.url}/pay`, body: { n: '{{ card.number }}' } },
    }),
  })
  expect(silent?.status).toBe(504)
  for (const status of [200, 400, 403, 502, 503, 504]) {
    expect([...watched.statuses.keys()], String(status)).toContain(status)
  }
  await end({ watched, wire })
  await expectNothing(watched, 'a PSP that fails', calls)
  await collector.stop()
})

test('L01 limits: 429 and 503', async () => {
  const { watched, wire, all } = await scene({
    env: {
      PANGATE_LIMITS_KEY_RATE: '20/min',
      PANGATE_LIMITS_ADDRESS_FAILURES: '5/min',
      PANGATE_LIMITS_CONCURRENT_PER_DESTINATION: '1',
    },
  })
  const calls = await sweep(watched, await frozen(all), () => true, 40)
  expect(watched.statuses.get(429)).toBeGreaterThan(50)
  await end({ watched, wire })
  await expectNothing(watched, 'limits', calls)
})

test.skipIf(missing.disk !== null)(
  'L01 a full disk: nothing can be stored, recorded or put into the audit log',
  async () => {
    const wire = await startWire()
    wire.reply = echo
    const installed = await install(wire)
    const own = await callers(installed)
    const disks: SmallDisk[] = []
    const watched = await watch(installed, {
      start: async (env) => {
        const disk = await serveOnSmallDisk(installed, env)
        disks.push(disk)
        return disk.served
      },
    })
    const all = await things(watched, own, wire.url)
    const fixed = await frozen(all)
    const [small] = disks
    if (!small) throw new Error('no disk')
    await exhaust(small, all)
    const calls = await sweep(watched, fixed, () => true, 20)
    expect(watched.statuses.get(503)).toBeGreaterThan(20)
    const copy = join(installed.dir, 'as_the_program_saw_it')
    mkdirSync(copy)
    small.copyTo(copy)
    await end({ watched, wire })
    await expectNothing(watched, 'a full disk', calls)
  },
)

/** Fills it until nothing more can be written: the journal has room of its own at first. */
async function exhaust({ fill }: SmallDisk, { token }: Things): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    fill()
    if ((await token()) === 'none') return
  }
  throw new Error('the disk did not become full')
}

test.skipIf(missing.sqld !== null)(
  'L01 a database that is gone, silent, broken, or loses its answers',
  async () => {
    const sqld = await startSqld({ auth: true })
    const proxy = await startFaultProxy(sqld.url)
    const database_token = sqld.token ?? ''
    const settings = {
      PANGATE_DATABASE_URL: proxy.url,
      PANGATE_DATABASE_AUTH_TOKEN: database_token,
      PANGATE_DATABASE_TIMEOUT_MS: '150',
    }
    const { watched, wire, all, installed } = await scene({ settings, more: { database_token } })
    const fixed = await frozen(all)
    let calls = 0
    const faults: readonly Fault[] = [
      { kind: 'reset' },
      { kind: 'status', status: 500 },
      { kind: 'lost', answer: 'reset' },
      { kind: 'silent' },
    ]
    for (const fault of faults) {
      proxy.fault = fault
      calls += await sweep(watched, fixed, (route) => fault.kind !== 'silent' || forwards(route), 0)
    }
    proxy.fault = { kind: 'none' }
    expect(watched.statuses.get(503)).toBeGreaterThan(20)
    await end({ watched, wire })
    cpSync(sqld.dir, join(installed.dir, 'as_the_server_has_it'), { recursive: true })
    await proxy.stop()
    await sqld.stop()
    await expectNothing(watched, 'a database that fails', calls)
  },
)

test.skipIf(missing.redis !== null)('L01 a Redis that is gone, with what it had', async () => {
  const redis_password = SECRETS.credential.slice(6, 30)
  const redis = await startRedis({ password: redis_password })
  const settings = { PANGATE_SESSIONS_URL: redis.url, PANGATE_SESSIONS_PASSWORD: redis_password }
  const { watched, wire, all } = await scene({ settings, more: { redis_password } })
  const fixed = await frozen(all)
  let calls = await sweep(watched, fixed, forwards, 0)
  watched.keep('a snapshot of Redis', Buffer.from(await redis.dump(), 'latin1'))
  await redis.kill()
  calls += await sweep(watched, fixed, () => true, 30)
  expect(watched.statuses.get(503)).toBeGreaterThan(0)
  await end({ watched, wire })
  await expectNothing(watched, 'a Redis that is gone', calls)
})

test('L01 a server that is sealed', async () => {
  const wire = await startWire()
  const installed = await install(wire)
  const shares = (await installed.command('master-key', 'split')).trim().split('\n')
  const port = await freePort()
  const watched = await watch(installed, {
    more: Object.fromEntries(shares.map((share, at) => [`share ${at}`, share])),
    start: async (env) => {
      const program = start(['serve'], {
        dir: installed.dir,
        env: {
          ...env,
          PANGATE_VAULT_CUSTODY: 'shares',
          PANGATE_VAULT_MASTER_KEY_FILE: '',
          PANGATE_SERVER_LISTEN: `127.0.0.1:${port}`,
        },
        files: { 'pangate.toml': '[database]\nurl = "file:data/pangate.db"\n' },
      })
      await program.waitForLine(/"event":"sealed"/)
      const url = `http://127.0.0.1:${port}`
      return { program, url, call: caller(url, installed.key) }
    },
  })
  const nothing = {
    ...{
      key: installed.key,
      client: { id: 'c', secret: 's' },
      psp: wire.url,
      stripe: 'a',
      praxis: 'b',
    },
    ...{
      token: async () => 'tok_x',
      btToken: async () => 'tok_x',
      session: async () => 'x',
      id: async () => 'x',
    },
  }
  const calls = await sweep(watched, nothing, () => true, 20)
  expect(watched.statuses.get(503)).toBeGreaterThan(100)
  // A share that is wrong, and one that is right, which is not enough.
  for (const share of [STRAY.value, `${shares[0]?.slice(0, -3)}abc`, shares[0]]) {
    const response = await fetch(`${watched.admin}/unseal`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ share }),
    })
    watched.keep('an answer to a share', await response.text())
  }
  await end({ watched, wire })
  await expectNothing(watched, 'sealed', calls)
})

test('L01 a server that stops: what is under way, and what still comes', async () => {
  const { watched, wire, all } = await scene({ env: { PANGATE_SERVER_STOP_TIMEOUT_MS: '300' } })
  const fixed = await frozen(all)
  const arrived = Promise.withResolvers<void>()
  wire.reply = () => arrived.resolve()
  const made = await CALLS['POST /v1/forward']?.(fixed)
  const [call] = made ?? []
  if (!call) throw new Error('no call')
  const pending = watched.call(call.method, call.path, call)
  await arrived.promise
  const stopped = watched.served.program.stop()
  const calls = await sweep(
    watched,
    fixed,
    (route) => /healthz|readyz|adapters|POST \/v1\/tokens/.test(route),
    9,
  )
  await pending
  await stopped
  await wire.stop()
  await expectNothing(watched, 'a server that stops', calls)
})

/** Whether a program that dies here leaves an image of its memory, so that finding none says something. */
function leavesCores(): boolean {
  const dir = freshFolder('cores')
  Bun.spawnSync(['/bin/sh', '-c', 'ulimit -c unlimited; kill -SEGV $$'], { cwd: dir })
  return readdirSync(dir).length > 0
}

const cores = leavesCores()
if (!cores)
  console.log(
    'L01: this machine writes no core files into the working folder (core_pattern): that there are none says nothing here',
  )

const SIGNALS = [
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGQUIT',
  'SIGTRAP',
  'SIGKILL',
] as const
test.each(SIGNALS)('L01 a program that dies of %s with a card in its hands', async (signal) => {
  // Whoever the runtime would tell of its crash, it would call with curl.
  const bin = freshFolder('bin')
  writeFileSync(join(bin, 'curl'), '#!/bin/sh\necho "$@" >> "$0.called"\n', { mode: 0o755 })
  const unlimited = ['/bin/sh', '-c', 'ulimit -c unlimited; exec "$0" "$@"']
  const { watched, wire, all, installed } = await scene({ env: { PATH: bin }, wrapper: unlimited })
  let waiting = 0
  const arrived = Promise.withResolvers<void>()
  wire.reply = () => {
    if (++waiting === 3) arrived.resolve()
  }
  const pending = await CALLS['POST /v1/forward']?.(all)
  const asked = (pending ?? []).map((call) => watched.call(call.method, call.path, call))
  await arrived.promise
  const { program } = watched.served
  process.kill(program.pid, signal)
  const { status, signal: by } = await program.exited
  await Promise.all(asked)
  await wire.stop()
  expect(readdirSync(bin), 'somebody was told of the crash').toEqual(['curl'])
  expect(readdirSync(installed.dir).filter((name) => name.includes('core'))).toEqual([])
  await expectNothing(watched, `${signal}, ended by ${by ?? status}`, asked.length)
})

test('L01 workers that die with a card in their hands', async () => {
  const { watched, wire, all } = await scene({ env: { PANGATE_SERVER_WORKERS: '2' } })
  const fixed = await frozen(all)
  const { program } = watched.served
  const line = (event: string, worker: number, not = ''): Promise<RegExpExecArray> =>
    program.waitForLine(
      new RegExp(
        `"event":"worker.${event}","worker":${worker},"pid":(?!(?:${not || 'x'})\\D)(\\d+)`,
      ),
    )
  const pids = (await Promise.all([line('ready', 1), line('ready', 2)])).map(([, pid = '']) => pid)
  const arrived = Promise.withResolvers<void>()
  wire.reply = () => arrived.resolve()
  const made = await CALLS['POST /v1/forward']?.(fixed)
  // All have the same security code, and a dry run would take it for a moment from those that are to send it.
  const sending = (made ?? []).filter(({ body = '' }) => !body.includes('"dry_run"'))
  const asked = sending.map((call) => watched.call(call.method, call.path, call))
  await arrived.promise
  // Both, because nothing says which of them a caller's connection was led to.
  for (const pid of pids) process.kill(Number(pid), 'SIGSEGV')
  await Promise.all([line('died', 1), line('died', 2)])
  await Promise.all([line('ready', 1, pids.join('|')), line('ready', 2, pids.join('|'))])
  wire.reply = echo
  const calls = await sweep(watched, fixed, forwards, 0)
  await watched.numbers()
  await program.stop()
  await Promise.all(asked)
  await wire.stop()
  await expectNothing(watched, 'workers that die', calls)
})

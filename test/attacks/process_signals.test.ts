/**
 * @module Every signal, to a server of one process and of several: it drains, reads its configuration again, or goes on; it never ends without a word.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stopAll } from '../support/binary.ts'
import { install, type Installed, type Reply, type Served } from '../support/installed.ts'
import { sendRaw } from '../support/raw.ts'
import { respond, startWire, type Wire, type WireRequest } from '../support/wire.ts'
import { forwardText, linesOf, runs, until, workersOf } from './process_world.ts'

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

/** A PSP that holds every request; resolves with the next one. */
function nextHeld(): Promise<WireRequest> {
  return new Promise((resolve) => {
    wire.reply = resolve
  })
}

const stateOf = async (served: Served, key: string): Promise<string> => {
  const list = await served.call('GET', '/v1/forwards?limit=100')
  const found = (list.at('data') as readonly { idempotency_key: string; state: string }[]).find(
    ({ idempotency_key }) => idempotency_key === key,
  )
  return found?.state ?? 'none'
}

describe.each([1, 2])('with %d processes that serve', (workers) => {
  const serve = (more: Readonly<Record<string, string>> = {}, wrapper?: readonly string[]) =>
    shop.serve({ PANGATE_SERVER_WORKERS: String(workers), ...more }, wrapper)
  const forward = ({ call }: Served, key: string): Promise<Reply> =>
    call(
      'POST',
      '/v1/forward',
      { timeout_ms: 60_000, request: { url: `${wire.url}/${key}`, body: {} } },
      { 'idempotency-key': key },
    )
  const processesOf = (served: Served): readonly number[] => [
    served.program.pid,
    ...workersOf(served).values(),
  ]

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'P02 %s: a call that waits for its PSP gets its answer, and the end is a clean one',
    async (signal) => {
      const served = await serve()
      const processes = processesOf(served)
      const held = nextHeld()
      const call = forward(served, `${signal}-${workers}`)
      const { socket } = await held
      const stopped = served.program.stop(signal)
      await served.program.waitForLine(/"event":"stopping"/)
      respond(socket, '{"paid":true}')
      expect((await call).at('sent')).toBe('yes')
      expect(await stopped).toEqual({ status: 0, signal: null })
      expect(processes.filter(runs)).toEqual([])
    },
    20_000,
  )

  test('P02 SIGTERM with a call of 60 seconds: at the limit it is broken off, told and recorded as unknown', async () => {
    const key = `limit-${workers}`
    const served = await serve({ PANGATE_SERVER_STOP_TIMEOUT_MS: '700' })
    const held = nextHeld()
    const call = forward(served, key)
    await held
    const started = performance.now()
    const stopped = served.program.stop('SIGTERM')
    const answer = await call
    expect(answer.at('error', 'sent'), answer.text).toBe('unknown')
    expect(await stopped).toEqual({ status: 0, signal: null })
    expect(performance.now() - started).toBeLessThan(8_000)
    const next = await serve()
    expect(await stateOf(next, key)).toBe('unknown')
    const again = await forward(next, key)
    expect(again.at('error', 'sent'), again.text).toBe('unknown')
    expect(wire.requests.length).toBe(1)
  }, 20_000)

  test('P02 a second SIGTERM ends it at once, and what was under way is unknown', async () => {
    const key = `twice-${workers}`
    const served = await serve()
    const processes = processesOf(served)
    const held = nextHeld()
    const call = forward(served, key).catch(() => null)
    await held
    process.kill(served.program.pid, 'SIGTERM')
    await served.program.waitForLine(/"event":"stopping"/)
    process.kill(served.program.pid, 'SIGTERM')
    expect(await served.program.exited).toEqual({ status: 143, signal: null })
    expect(await call).toBeNull()
    await until(() => !processes.some(runs), 'all processes end')
    const next = await serve()
    expect(await stateOf(next, key)).toBe('unknown')
  }, 20_000)

  test('P02 while it drains it says so: unready, and every answer closes its connection', async () => {
    const served = await serve()
    const port = Number(new URL(served.url).port)
    const held = nextHeld()
    const call = forward(served, `drains-${workers}`)
    const { socket } = await held
    const get = (path: string) =>
      sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: gateway.test\r\n\r\n`, {
        until: (statuses) => statuses.length > 0,
      })
    expect((await get('/readyz')).statuses).toEqual([200])
    const stopped = served.program.stop('SIGTERM')
    // Each process says so for itself.
    const says = (one: number) => new RegExp(`"event":"stopping","worker":${one}`)
    await Promise.all(
      workers === 1
        ? [served.program.waitForLine(/"event":"stopping"/)]
        : Array.from({ length: workers }, (_, at) => served.program.waitForLine(says(at + 1))),
    )
    const answers = await Promise.all([get('/readyz'), get('/readyz'), get('/readyz')])
    // Whoever comes when it no longer listens is refused by the kernel, and goes elsewhere.
    const told = answers.filter(({ text }) => text !== '')
    for (const { text, statuses } of told) {
      expect(text).toMatch(/^connection: close/im)
      expect([200, 503]).toContain(statuses[0] ?? 0)
    }
    expect(told.some(({ statuses }) => statuses[0] === 503)).toBe(true)
    respond(socket, '{"paid":true}')
    expect((await call).at('sent')).toBe('yes')
    expect(await stopped).toEqual({ status: 0, signal: null })
  }, 20_000)

  test('P02 a request behind another that waits is not begun, and its connection ends; the first is on record', async () => {
    const served = await serve()
    const port = Number(new URL(served.url).port)
    const [first, second] = [`first-${workers}`, `second-${workers}`]
    const held = nextHeld()
    const both =
      forwardText(shop.key, `${wire.url}/${first}`, first) +
      forwardText(shop.key, `${wire.url}/${second}`, second)
    const raw = sendRaw(port, both, { patience: 10_000 })
    const { socket } = await held
    const stopped = served.program.stop('SIGTERM')
    await served.program.waitForLine(/"event":"stopping"/)
    respond(socket, '{"paid":true}')
    const { closed, statuses } = await raw
    expect(closed).toBe(true)
    // The runtime takes no request behind one that waits: it ends the connection, and callers know that it was not answered.
    expect(statuses.length).toBeLessThan(2)
    expect(await stopped).toEqual({ status: 0, signal: null })
    expect(wire.requests.map(({ line }) => line)).toEqual([`POST /${first} HTTP/1.1`])
    const next = await serve()
    expect(await stateOf(next, first)).toBe('done')
    expect(await stateOf(next, second)).toBe('none')
  }, 20_000)

  test('P02 SIGHUP, SIGUSR1, SIGUSR2 and SIGPIPE end nothing, to whichever process', async () => {
    const served = await serve()
    const processes = processesOf(served)
    for (const pid of processes.toReversed()) {
      for (const signal of ['SIGPIPE', 'SIGUSR1', 'SIGHUP', 'SIGUSR2'] as const) {
        process.kill(pid, signal)
        expect((await served.call('GET', '/v1/tokens')).status).toBe(200)
      }
    }
    const reasons = linesOf(served)
      .filter(({ event }) => event === 'signal.ignored')
      .map(({ reason }) => reason)
    if (workers === 1) expect(reasons).toEqual(['SIGUSR1', 'SIGHUP', 'SIGUSR2'])
    else {
      expect(reasons).toEqual(['SIGUSR1'])
      await served.program.waitForLine(/"event":"workers.rolled"/)
    }
    expect(await served.program.stop()).toEqual({ status: 0, signal: null })
  }, 20_000)

  test('P02 a log that nobody reads any more ends nothing', async () => {
    // Until all listen; a server that runs as root says so first.
    const lines = (workers === 1 ? 1 : workers + 1) + (process.getuid?.() === 0 ? 1 : 0)
    const served = await serve({}, ['/bin/bash', '-c', `exec "$0" "$@" 2> >(head -n ${lines} >&2)`])
    for (let at = 0; at < 50; at++) {
      expect((await served.call('GET', '/v1/tokens')).status).toBe(200)
    }
    expect(runs(served.program.pid)).toBe(true)
    expect(await served.program.stop()).toEqual({ status: 0, signal: null })
  }, 20_000)
})

test('P06 SIGHUP takes a good configuration, and keeps the old one where the new one is broken or asks for a restart', async () => {
  const own = await install(wire)
  const file = join(own.dir, 'pangate.toml')
  const text = readFileSync(file, 'utf8')
  const served = await own.serve({ PANGATE_SERVER_WORKERS: '2' })
  const told = (event: string): number =>
    linesOf(served).filter((line) => line.event === event).length
  /** The status of a body of 3,000 bytes. */
  const big = async (): Promise<number> =>
    (await served.call('POST', '/v1/tokens', { type: 'x'.repeat(3_000) })).status
  const reload = async (next: string, event: string): Promise<void> => {
    writeFileSync(file, next)
    const before = told(event)
    process.kill(served.program.pid, 'SIGHUP')
    await until(() => told(event) > before, event)
  }
  const kept = new Set(workersOf(served).values())
  await reload(`${text}\n[nonsense]\nworkers = "many"\n`, 'config.not_reloaded')
  await reload(
    text.replace(/^admin_listen = .*$/m, 'admin_listen = "127.0.0.1:1"'),
    'config.not_reloaded',
  )
  await reload(text.replace(/^#? ?node = .*$/m, 'node = "other"'), 'config.not_reloaded')
  expect(new Set(workersOf(served).values())).toEqual(kept)
  expect(await big()).not.toBe(413)
  await reload(
    text.replace(/^#? ?max_body_bytes = .*$/m, 'max_body_bytes = 2048'),
    'workers.rolled',
  )
  expect(await big()).toBe(413)
  // A worker that is started later has it, too.
  for (const pid of workersOf(served).values()) process.kill(pid, 'SIGTERM')
  await until(() => told('worker.ready') >= 6, 'others')
  expect(await big()).toBe(413)
}, 20_000)

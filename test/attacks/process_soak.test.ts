/**
 * @module A long time under everything at once: callers that go away, PSPs that fail in every way, wrong requests. What the
 * program holds must not grow.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { canaryCard, canaryCvc } from '../support/canary.ts'
import { freePort } from '../support/ports.ts'
import { readPrometheus } from '../support/prometheus.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { respond, type WireRequest } from '../support/wire.ts'

const SECONDS = process.env['PANGATE_TEST_LONG'] === '1' ? 200 : 30
const CALLERS = 12
/** A program that is done with its callers has this many files more than before them, at most: its database may open one. */
const SPARE_FILES = 3
/** Memory may be this much more at the end than when it was warm: collections come when they come. */
const GROWTH = 1.15
const SLACK_MB = 12

let shop: Shop
let admin = ''
let token = ''
const number = canaryCard()
const cvc = canaryCvc()

/** What the PSP does, by the first part of the path. */
const PSP: Readonly<Record<string, (request: WireRequest) => void>> = {
  good: ({ socket }) => respond(socket, '{"ok":true}'),
  refused: ({ socket }) => respond(socket, '{"error":"no"}', { status: 402 }),
  broken: ({ socket }) => respond(socket, '{"error":"ours"}', { status: 500 }),
  echo: ({ socket, body }) => respond(socket, body),
  large: ({ socket }) => respond(socket, 'x'.repeat(300_000)),
  closed: ({ socket }) => socket.destroy(),
  cut: ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
    socket.end()
  },
  garbage: ({ socket }) => {
    socket.end('\0\u0001 this is no HTTP\r\n\r\n')
  },
  silent: () => undefined,
}
const WAYS = Object.keys(PSP)

beforeAll(async () => {
  const port = await freePort()
  admin = `http://127.0.0.1:${port}`
  shop = await openShop({
    PANGATE_SERVER_ADMIN_LISTEN: `127.0.0.1:${port}`,
    PANGATE_LIMITS_KEY_RATE: 'none',
    PANGATE_LIMITS_TENANT_RATE: 'none',
    PANGATE_LIMITS_ADDRESS_FAILURES: 'none',
    // A circuit that opens would spare the program what this is about.
    PANGATE_LIMITS_CIRCUIT_FAILURES: '0',
    PANGATE_DATABASE_DURABILITY: 'process',
  })
  token = await shop.token(number)
  shop.wire.reply = (request) => {
    const way = request.line.split(/[ /?]/)[2] ?? ''
    PSP[way]?.(request)
    shop.wire.requests.length = 0
  }
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
  // What it wrote is copied first, which takes its time after a long run.
}, 60_000)

test(
  `P08 ${SECONDS} s of callers that go away, PSPs that fail and wrong requests: memory and files do not grow`,
  async () => {
    const { pid } = shop.served.program
    await calls(0).next()
    const files = openFiles(pid)
    const memory: number[] = []
    const until = performance.now() + SECONDS * 1000
    const sampling = setInterval(() => memory.push(residentMb(pid)), 250)
    const counts = new Map<string, number>()
    let most = 0
    await Promise.all(
      Array.from({ length: CALLERS }, async (_, caller) => {
        for await (const what of calls(caller)) {
          counts.set(what, (counts.get(what) ?? 0) + 1)
          most = Math.max(most, openFiles(pid))
          if (performance.now() >= until) return
        }
      }),
    )
    clearInterval(sampling)
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const [warm, late] = [part(memory, 0.25, 0.5), part(memory, 0.75, 1)]
    console.log(
      `P08: ${total} calls in ${SECONDS} s, ${CALLERS} callers; ${warm.toFixed(0)} MB when warm, ${late.toFixed(0)} MB at the end; ${files} files before, ${most} at most`,
    )
    // Each way was tried, and nothing but what was meant came of it.
    expect([...counts.keys()].toSorted()).toEqual(OUTCOMES.toSorted())
    expect(late).toBeLessThan(warm * GROWTH + SLACK_MB)
    expect(most).toBeLessThan(files + 4 * CALLERS + 20)
    // Idle connections end by themselves; the program says what it still has.
    await eventually(async () => openFiles(pid) <= files + SPARE_FILES, 'files stay open')
    const read = async () => readPrometheus(await (await fetch(`${admin}/metrics`)).text())
    // Of a caller who left last, the PSP's time is still to end.
    const atRest = async () => (await read()).get('pangate_requests_in_flight') === 0
    await eventually(atRest, 'a request is under way without end')
    const numbers = await read()
    for (const state of ['active', 'waiting']) {
      expect(numbers.get(`pangate_connections{state="${state}"}`), state).toBe(0)
    }
    for (const [series, value] of numbers) {
      if (series.startsWith('pangate_faults_total')) expect(value, series).toBe(0)
    }
  },
  (SECONDS + 60) * 1000,
)

/** What a caller may be told, in short. */
const OUTCOMES = [
  ...['good', 'refused', 'broken', 'echo', 'large'].map((way) => `${way} 200`),
  ...['closed', 'cut', 'garbage', 'silent'].map((way) => `${way} 5xx`),
  'gone',
  'replayed 200',
  'stored and erased 204',
  'wrong 4xx',
]

/** Calls of one caller without end, each told by what came of it. */
async function* calls(caller: number): AsyncGenerator<string, void> {
  for (let at = 0; ; at++) {
    for (const way of WAYS) {
      const { status } = await forward(`/${way}/${caller}/${at}`, way === 'silent' ? 150 : 5000)
      yield `${way} ${status === 200 ? status : `${Math.floor(status / 100)}xx`}`
    }
    yield await leave()
    yield await replay(`${caller}-${at}`)
    yield await storeAndErase()
    yield await wrong(at)
  }
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const headers = {
    authorization: `Bearer ${shop.key}`,
    'content-type': 'application/json',
    ...Object.fromEntries(new Headers(init.headers)),
  }
  // A connection of its own each time, so that none of this client's is left at the end.
  return fetch(shop.served.url + path, { ...init, headers, keepalive: false })
}

async function forward(
  path: string,
  timeout_ms: number,
  init: RequestInit = {},
): Promise<{ status: number; text: string }> {
  const request = {
    url: shop.wire.url + path,
    body: { number: '{{ card.number }}', filler: 'y'.repeat(500) },
  }
  const body = JSON.stringify({ token, timeout_ms, request })
  const response = await send('/v1/forward', { method: 'POST', body, ...init })
  return { status: response.status, text: await response.text() }
}

/** Goes away while the PSP is silent. */
async function leave(): Promise<string> {
  const going = new AbortController()
  const left = forward('/silent/left', 150, { signal: going.signal })
  setTimeout(() => going.abort(), 30)
  return left.then(
    () => 'stayed',
    () => 'gone',
  )
}

async function replay(key: string): Promise<string> {
  const headers = { 'idempotency-key': key }
  const first = await forward('/good/keyed', 5000, { headers })
  const second = await forward('/good/keyed', 5000, { headers })
  return first.text === second.text ? `replayed ${second.status}` : 'another answer'
}

async function storeAndErase(): Promise<string> {
  const card = { number, exp_month: 12, exp_year: 2034 }
  const body = JSON.stringify({ type: 'card', card, cvc })
  const stored: unknown = await (await send('/v1/tokens', { method: 'POST', body })).json()
  const id = typeof stored === 'object' && stored !== null && 'id' in stored ? stored.id : ''
  const erased = await send(`/v1/tokens/${String(id)}`, { method: 'DELETE' })
  await erased.text()
  return `stored and erased ${erased.status}`
}

async function wrong(at: number): Promise<string> {
  const bodies = [
    '{',
    '[]',
    '{"token":"tok_none","request":{}}',
    '"x"'.repeat(1000),
    '{"a":1,"a":2}',
  ]
  const body = bodies[at % bodies.length] ?? ''
  const headers = { authorization: at % 3 === 0 ? 'Bearer none' : `Bearer ${shop.key}` }
  const response = await send('/v1/forward', { method: 'POST', body, headers })
  await response.text()
  return `wrong ${Math.floor(response.status / 100)}xx`
}

/** The mean of a part of the samples. */
function part(samples: readonly number[], from: number, to: number): number {
  const own = samples.slice(samples.length * from, samples.length * to)
  return own.reduce((sum, one) => sum + one, 0) / own.length
}

async function eventually(holds: () => Promise<boolean>, problem: string): Promise<void> {
  const end = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(problem)
    // Connections end by a timer of the program's, which no event here tells of.
    await Bun.sleep(100)
  }
}

function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kb ?? 0) / 1024
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

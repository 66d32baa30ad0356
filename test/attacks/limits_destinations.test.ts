/**
 * @module PSPs that hang, fall and come back: the others do not notice, nobody's payment is a probe, and no tenant shuts out another.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { SHIPPED_LIMITS } from '../support/limits.ts'
import { rawRequest, sendRaw, type RawAnswer } from '../support/raw.ts'
import type { Reply } from '../support/installed.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { respond, startWire, type Wire, type WireRequest } from '../support/wire.ts'

const LONG = process.env['PANGATE_TEST_LONG'] === '1'
/** How long a circuit is open the first time. */
const OPEN_MS = 1_500

let shop: Shop
beforeAll(async () => {
  shop = await openShop({
    ...SHIPPED_LIMITS,
    // What is tried here is not how often one caller may call.
    PANGATE_LIMITS_KEY_RATE: 'none',
    PANGATE_LIMITS_TENANT_RATE: 'none',
    PANGATE_LIMITS_CIRCUIT_OPEN_MS: String(OPEN_MS),
    PANGATE_EGRESS_TIMEOUT_MS: '1000',
  })
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

/** Another PSP, listed for the shop. */
async function another(options: Parameters<typeof startWire>[0] = {}): Promise<Wire> {
  const wire = await startWire({ authority: shop.wire.folder, ...options })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: wire.port })
  return wire
}

/** A forward by a connection of its own: `fetch` has no more than 256 calls under way. */
function forward(
  url: string,
  more: object = {},
  key = shop.key,
  patience = 18_000,
): Promise<RawAnswer> {
  const body = JSON.stringify({ ...more, request: { url, body: {} } })
  const headers = [
    'Host: a',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  return sendRaw(shop.port, rawRequest('POST /v1/forward HTTP/1.1', headers, body), {
    until: ([status]) => status !== undefined,
    patience,
  })
}

const codeOf = ({ text }: RawAnswer): string => /"code":"([^"]+)"/.exec(text)?.[1] ?? 'none'

function counted(all: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const one of all) counts[one] = (counts[one] ?? 0) + 1
  return counts
}

/** Whether it was refused before anything was sent: by the circuit, or on a slow machine at the door. */
const isRefused = (answer: RawAnswer): boolean =>
  /^(?:circuit_open|overloaded)$/.test(codeOf(answer))

/** Changes of circuits in the log, in order: `open`, `recovering`, `closed`. */
const changes = (host: string): readonly string[] =>
  shop.served.program
    .stderr()
    .split('\n')
    .filter((line) => line.includes('"event":"circuit.') && line.includes(`"host":"${host}"`))
    .map((line) => /circuit\.(\w+)/.exec(line)?.[1] ?? '')

/** A hundred calls at once: the PSP answers none before all others have their answer. */
async function together(psp: Wire, url: string): Promise<readonly RawAnswer[]> {
  const waiting: WireRequest[] = []
  let answered = 0
  const release = (): void => {
    if (answered + waiting.length < 100) return
    for (const { socket } of waiting.splice(0)) {
      answered++
      respond(socket, '{}')
    }
  }
  psp.reply = (request) => {
    waiting.push(request)
    release()
  }
  return Promise.all(
    Array.from({ length: 100 }, async () => {
      const one = await forward(url, { timeout_ms: 15_000 })
      if (one.statuses[0] !== 200) answered++
      release()
      return one
    }),
  )
}

async function times(calls: number, call: () => Promise<unknown>): Promise<readonly number[]> {
  const all: number[] = []
  for (let at = 0; at < calls; at++) {
    const started = performance.now()
    await call()
    all.push(performance.now() - started)
  }
  return all.toSorted((a, b) => a - b)
}

const part = (list: readonly number[], of: number): number =>
  list[Math.floor(list.length * of)] ?? 0
const middle = (list: readonly number[]): number =>
  part(
    list.toSorted((a, b) => a - b),
    0.5,
  )

test('U10 500 calls to a PSP that hangs: a bounded part of them waits, the others are told at once, and another PSP is as fast', async () => {
  const hanging = await another()
  const one = () => shop.forward('/pay').then(({ status, text }) => expect(status, text).toBe(200))
  await times(300, one)
  const ratios: number[] = []
  const rounds = LONG ? 7 : 3
  const calls = LONG ? 600 : 200
  for (let round = 0; round < rounds; round++) {
    const quiet = await times(calls, one)
    const waiting: WireRequest[] = []
    const full = Promise.withResolvers<void>()
    hanging.reply = (request) => {
      waiting.push(request)
      if (waiting.length === 192) full.resolve()
    }
    const hung = Array.from({ length: 500 }, () => forward(hanging.url, { timeout_ms: 60_000 }))
    await full.promise
    const busy = await times(calls, one)
    // Three quarters of 256, as they are all of one tenant.
    expect(waiting.length).toBe(192)
    for (const { socket } of waiting) respond(socket, '{}')
    const answers = await Promise.all(hung)
    expect(counted(answers.map(({ statuses }) => String(statuses)))).toEqual({ 200: 192, 503: 308 })
    const refused = answers.filter(({ statuses }) => statuses[0] === 503)
    // On a slow machine 500 at once are more than are worked on in time.
    const { destination_busy: busyCodes = 0, overloaded = 0 } = counted(refused.map(codeOf))
    expect(busyCodes + overloaded).toBe(308)
    expect(busyCodes).toBeGreaterThan(0)
    for (const { text } of refused) {
      expect(text).toContain('"sent":"no"')
      expect(text.toLowerCase()).toContain('\r\nretry-after: 1\r\n')
    }
    const [before, after] = [part(quiet, 0.99), part(busy, 0.99)]
    ratios.push(after / before)
    console.log('U10', {
      quiet99: before,
      busy99: after,
      quiet50: part(quiet, 0.5),
      busy50: part(busy, 0.5),
    })
  }
  console.log(`U10: ${rounds} rounds of ${calls} calls, middle ratio ${middle(ratios)}`)
  // The target is a tenth, which bench/starve.ts measures; a machine that does other things as well is given more.
  expect(middle(ratios)).toBeLessThan(LONG ? 1.5 : 2)
  await hanging.stop()
}, 60_000)

test('U11 a PSP that falls and comes back: left alone, tried by a handshake, let through by and by', async () => {
  let psp = await another()
  const { port, url } = psp
  expect((await forward(url)).statuses).toEqual([200])
  await psp.stop()
  const before = changes('localhost:' + port).length
  const fallen: string[] = []
  for (let at = 0; at < 10; at++) fallen.push(codeOf(await forward(url)))
  expect(counted(fallen)).toEqual({ psp_unreachable: 10 })
  const started = performance.now()
  const refused = await Promise.all(Array.from({ length: 300 }, () => forward(url)))
  expect(counted(refused.filter((one) => !isRefused(one)).map(codeOf))).toEqual({})
  expect(refused.map(codeOf)).toContain('circuit_open')
  for (const { text } of refused) {
    expect(text).toContain('"sent":"no"')
    expect(text.toLowerCase()).toContain('\r\nretry-after: ')
  }
  expect(performance.now() - started).toBeLessThan(10_000)
  expect(changes(`localhost:${port}`).slice(before)[0]).toBe('open')

  // Back, but it takes no TLS yet: whatever is sent to it is a probe that fails, and no payment.
  psp = await startWire({ authority: shop.wire.folder, port })
  const herds: {
    readonly passed: number
    readonly requests: number
    readonly connections: number
  }[] = []
  const until = performance.now() + 15_000
  while (changes(`localhost:${port}`).at(-1) !== 'closed' && performance.now() < until) {
    const [requests, connections] = [psp.requests.length, psp.connections]
    const herd = await together(psp, url)
    const passed = herd.filter(({ statuses }) => statuses[0] === 200).length
    herds.push({
      passed,
      requests: psp.requests.length - requests,
      connections: psp.connections - connections,
    })
    expect(herd.filter(isRefused)).toHaveLength(100 - passed)
    // Waits for the circuit's time, which the answers tell.
    if (passed === 0) await Bun.sleep(50)
  }
  // Where the machine is slow its time is over before the PSP is back, and it opens once more.
  expect([...new Set(changes(`localhost:${port}`).slice(before))]).toEqual([
    ...['open', 'recovering', 'closed'],
  ])
  for (const { passed, requests } of herds) expect(requests).toBe(passed)
  const first = herds.find(({ passed }) => passed > 0)
  // Of the first herd one gets through, though a hundred came at once; before it there was the probe.
  expect(first).toEqual({ passed: 1, requests: 1, connections: 2 })
  const all = await together(psp, url)
  expect(counted(all.map(({ statuses }) => String(statuses)))).toEqual({ 200: 100 })
  await psp.stop()
}, 40_000)

test('U11 what tries whether a PSP is back is a handshake: nothing of a payment is in it', async () => {
  let psp = await another()
  const { port, url } = psp
  await psp.stop()
  for (let at = 0; at < 10; at++) await forward(url)
  // It takes TLS again, but is asked by nobody whose payment would be lost: it never answers.
  psp = await startWire({ authority: shop.wire.folder, port })
  const hung: WireRequest[] = []
  psp.reply = (request) => hung.push(request)
  // Time for two handshakes on a busy machine: what is refused does not wait for it.
  let answer = await forward(url, { timeout_ms: 1_500 })
  while (codeOf(answer) === 'circuit_open') {
    // Each refused call left no byte there.
    expect(psp.bytes).toBe(0)
    await Bun.sleep(20)
    answer = await forward(url, { timeout_ms: 1_500 })
  }
  expect(codeOf(answer)).toBe('psp_timeout')
  // One connection was the probe, which carried nothing; one the payment.
  expect([psp.connections, psp.requests.length]).toEqual([2, 1])
  await psp.stop()
}, 20_000)

test('U11 answers never open it, whatever they say; broken ones do not either', async () => {
  const psp = await another()
  const statuses = [400, 402, 404, 429, 500, 502, 503, 504]
  for (let at = 0; at < 48; at++) {
    const status = statuses[at % statuses.length] ?? 500
    psp.reply = ({ socket }) => respond(socket, '{}', { status })
    expect(codeOf(await forward(psp.url))).toBe('none')
  }
  psp.reply = ({ socket }) => socket.destroy()
  for (let at = 0; at < 15; at++) expect(codeOf(await forward(psp.url))).toBe('psp_broken')
  psp.reply = ({ socket }) => respond(socket, '{}')
  expect((await forward(psp.url)).statuses).toEqual([200])
  expect(changes(`localhost:${psp.port}`)).toEqual([])
  await psp.stop()
})

test('U11 no tenant opens the circuit of another by its own port, by impatience, or by what it asks for', async () => {
  const psp = await another()
  const other = await otherTenant(psp.port)
  const dead = await another()
  await dead.stop()
  // The same host at a port where nobody listens.
  for (let at = 0; at < 12; at++) await forward(dead.url)
  expect(codeOf(await forward(dead.url))).toBe('circuit_open')
  expect((await forward(psp.url)).statuses).toEqual([200])
  // No time to answer, or to connect.
  psp.reply = () => undefined
  const hasty = await Promise.all(
    Array.from({ length: 40 }, () => forward(psp.url, { timeout_ms: 100 })),
  )
  // On a busy machine some have not even connected by then.
  for (const one of hasty) expect(codeOf(one)).toMatch(/^psp_(?:timeout|unreachable)$/)
  expect(changes(`localhost:${psp.port}`)).toEqual([])
  // A path that hangs: its own calls are refused then, and nobody else's.
  psp.reply = ({ line, socket }) => {
    if (!line.includes('/hangs')) respond(socket, '{}')
  }
  await Promise.all(Array.from({ length: 10 }, () => forward(`${psp.url}/hangs`)))
  expect(codeOf(await forward(psp.url))).toBe('circuit_open')
  for (let at = 0; at < 30; at++)
    expect((await forward(psp.url, {}, other)).statuses).toEqual([200])
  await psp.stop()
}, 20_000)

test('U11 a key that was used before is told what came of it, however the PSP fares', async () => {
  const psp = await another()
  const again = { 'idempotency-key': 'before' }
  const body = { request: { url: psp.url, body: {} } }
  const first = await shop.call('POST', '/v1/forward', body, again)
  expect(first.at('sent')).toBe('yes')
  await psp.stop()
  for (let at = 0; at < 10; at++) await forward(psp.url)
  const refused: Reply = await shop.call('POST', '/v1/forward', body, { 'idempotency-key': 'new' })
  expect(refused.at('error')).toMatchObject({ code: 'circuit_open', sent: 'no' })
  const repeated = await shop.call('POST', '/v1/forward', body, again)
  expect([repeated.status, repeated.text]).toEqual([200, first.text])
  const none = await shop.call('POST', '/v1/forward', { ...body, extra: 1 }, again)
  expect(none.status).toBeGreaterThanOrEqual(400)
})

/** The key of another tenant, for which the same place is listed. */
async function otherTenant(port: number): Promise<string> {
  const { command } = shop.installed
  await shop.served.program.waitForLine(/"event":"listening"/)
  await command('tenant', 'create', 'other')
  const made = await command(
    'key',
    'create',
    '--tenant',
    'other',
    '--scope',
    'forward,admin',
    '--json',
  )
  const key = String(JSON.parse(made).key)
  const headers = { authorization: `Bearer ${key}` }
  const listed = await shop.call('POST', '/v1/destinations', { host: 'localhost', port }, headers)
  expect(listed.status, listed.text).toBe(201)
  return key
}

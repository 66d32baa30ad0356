/**
 * @module How long connections are kept, how many, and whose: by a clock and a sweep of the test's own, over real TLS.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, spyOn, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { parseCidr } from '../../../src/cidr.ts'
import { openTransport, type Transport } from '../../../src/forward/transport.ts'
import type { Identity } from '../../../src/forward/tls.ts'
import { respond, startWire, type Wire, type WireRequest } from '../../support/wire.ts'

/** As src/forward/http1/pool.ts has them. */
const IDLE_MS = 4_000
const MOST_IDLE = 256
const MOST_OWN = 64
const SWEEP_MS = 1_000
const HANDSHAKES = 8
const FAR_MS = 20

let wire: Wire
let ca = ''
let transport: Transport
let now = 0
/** The sweeps that are set up, by their timers. */
const sweeps = new Map<Timer, () => void>()
let mended: readonly { mockRestore(): void }[] = []

beforeAll(async () => {
  wire = await startWire()
  ca = readFileSync(wire.caFile, 'utf8')
})
afterAll(() => wire.stop())

beforeEach(() => {
  now = 1_000_000
  sweeps.clear()
  const { setInterval: set, clearInterval: clear } = globalThis
  const every = (run: () => void, ms: number): Timer => {
    if (ms !== SWEEP_MS) return set(run, ms)
    // The sweep alone: it is run by the test, and never by its time.
    const timer = set(() => undefined, 1 << 30)
    sweeps.set(timer, run)
    return timer
  }
  mended = [
    spyOn(performance, 'now').mockImplementation(() => now),
    // As the pool calls it: with a function and its milliseconds.
    spyOn(globalThis, 'setInterval').mockImplementation(every as typeof setInterval),
    spyOn(globalThis, 'clearInterval').mockImplementation((timer) => {
      // Likewise: with what it was given.
      const given = timer as Timer
      sweeps.delete(given)
      clear(given)
    }),
  ]
  transport = openTransport({
    connect_timeout_ms: 20_000,
    max_response_bytes: 1_000_000,
    private_networks: [parseCidr('127.0.0.0/8') ?? []].flat(),
    ca,
  })
  wire.requests.length = 0
  wire.connections = 0
  wire.reply = ({ socket }) => respond(socket, '{}')
})
afterEach(() => {
  transport.close()
  for (const one of mended) one.mockRestore()
})

const send = (identity: Identity | null = null) =>
  transport.send(
    {
      ...{ origin: wire.url, method: 'POST', target: '/' },
      headers: [],
      body: Buffer.of(),
      fields: {},
    },
    20_000,
    () => undefined,
    identity,
  )
const idle = (): number => transport.connections().idle
const sweep = (): void => {
  for (const run of [...sweeps.values()]) run()
}
/** Answers requests from now on only when told to. Resolves with them once there are so many. */
function held(count: number): Promise<readonly WireRequest[]> {
  const all = Promise.withResolvers<readonly WireRequest[]>()
  const requests: WireRequest[] = []
  wire.reply = (request) => {
    requests.push(request)
    if (requests.length === count) all.resolve(requests)
  }
  return all.promise
}
const closed = ({ socket }: WireRequest): Promise<void> =>
  new Promise((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())))

test('is used again within four seconds of its last request, and not after', async () => {
  await send()
  now += IDLE_MS - 1
  await send()
  expect(wire.connections).toBe(1)
  // The time counts from the last one.
  now += IDLE_MS - 1
  await send()
  expect(wire.connections).toBe(1)
  now += IDLE_MS
  await send()
  expect(wire.connections).toBe(2)
  expect(idle()).toBe(1)
  expect(wire.requests.map(({ nth }) => nth)).toEqual([0, 1, 2, 0])
})

/** A way out whose handshakes wait, from the `from`th on, until they are told to go on. */
function stuck(from: number) {
  const go = Promise.withResolvers<void>()
  const names = { asked: 0, go: go.resolve }
  transport.close()
  transport = openTransport({
    connect_timeout_ms: 20_000,
    max_response_bytes: 1_000_000,
    private_networks: [parseCidr('127.0.0.0/8') ?? []].flat(),
    ca,
    resolve: (_name, _options, answer) => {
      const before = names.asked++ >= from ? go.promise : Promise.resolve()
      void before.then(() => answer(null, [{ address: '127.0.0.1', family: 4 }]))
    },
  })
  return names
}

test('carries a request that waits for another one; what was begun for that is for the next', async () => {
  // The second connection is stuck until it is told to go on.
  const names = stuck(1)
  const arrived = held(1)
  const first = send()
  const [request] = await arrived
  const second = send()
  expect(transport.connections()).toEqual({ active: 1, idle: 0, waiting: 1 })
  wire.reply = ({ socket }) => respond(socket, '{}')
  if (request) respond(request.socket, '{}')
  await Promise.all([first, second])
  expect(wire.requests.map(({ nth }) => nth)).toEqual([0, 1])
  // One is kept, and one still connects, for nobody: a request that finds none takes it over.
  expect([names.asked, wire.connections]).toEqual([2, 1])
  const again = held(1)
  const third = send()
  await again
  const fourth = send()
  expect([names.asked, transport.connections().waiting]).toEqual([2, 1])
  names.go()
  const both = held(1)
  await both
  expect([names.asked, wire.connections]).toEqual([2, 2])
  for (const { socket } of wire.requests.slice(2)) respond(socket, '{}')
  await Promise.all([third, fourth])
  expect(transport.connections()).toEqual({ active: 0, idle: 2, waiting: 0 })
})

/** The timers after which a handshake is taken to wait for the network are run by the test. */
function fars(): readonly (() => void)[] {
  const all: (() => void)[] = []
  const { setTimeout: set } = globalThis
  const after = (run: () => void, ms: number, ...more: unknown[]): Timer => {
    if (ms === FAR_MS) all.push(run)
    return ms === FAR_MS ? set(() => undefined, 1 << 30) : set(run, ms, ...more)
  }
  mended = [
    ...mended,
    // As a pool and an exchange call it: with a function, its milliseconds, and what it is given.
    spyOn(globalThis, 'setTimeout').mockImplementation(after as typeof setTimeout),
  ]
  return all
}

test(`${HANDSHAKES} handshakes are under way at a time; the next begins when one is done`, async () => {
  const names = stuck(0)
  fars()
  const arrived = held(HANDSHAKES + 4)
  const answers = Array.from({ length: HANDSHAKES + 4 }, () => send())
  expect(names.asked).toBe(HANDSHAKES)
  expect(transport.connections()).toEqual({ active: 0, idle: 0, waiting: HANDSHAKES + 4 })
  names.go()
  const requests = await arrived
  expect([names.asked, wire.connections]).toEqual([HANDSHAKES + 4, HANDSHAKES + 4])
  for (const { socket } of requests) respond(socket, '{}')
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
})

test('one that takes long waits for the network, and holds up no other', async () => {
  const names = stuck(0)
  const late = fars()
  const answers = Array.from({ length: HANDSHAKES + 3 }, () => send())
  expect([names.asked, late.length]).toEqual([HANDSHAKES, HANDSHAKES])
  late[0]?.()
  late[1]?.()
  expect(names.asked).toBe(HANDSHAKES + 2)
  // Once for each, however often it is told.
  late[1]?.()
  expect(names.asked).toBe(HANDSHAKES + 2)
  names.go()
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
})

test('one that was not begun when its request went over another is never begun', async () => {
  const names = stuck(1)
  fars()
  const arrived = held(1)
  const first = send()
  const [request] = await arrived
  const others = Array.from({ length: HANDSHAKES + 2 }, () => send())
  expect(names.asked).toBe(1 + HANDSHAKES)
  wire.reply = ({ socket }) => respond(socket, '{}')
  if (request) respond(request.socket, '{}')
  await Promise.all([first, ...others])
  // All by the one that stood; what was begun is kept for later.
  expect([names.asked, wire.connections]).toEqual([1 + HANDSHAKES, 1])
  const became = held(HANDSHAKES + 1)
  names.go()
  const later = Array.from({ length: HANDSHAKES + 1 }, () => send())
  for (const { socket } of await became) respond(socket, '{}')
  await Promise.all(later)
  expect([names.asked, wire.connections]).toEqual([1 + HANDSHAKES, 1 + HANDSHAKES])
  expect(transport.connections()).toEqual({ active: 0, idle: 1 + HANDSHAKES, waiting: 0 })
})

test('one that fails makes room for the next; of those that are given up, none begins', async () => {
  const names = stuck(0)
  fars()
  const answers = Array.from({ length: HANDSHAKES + 5 }, () => send().catch((e: unknown) => e))
  transport.close()
  for (const one of await Promise.all(answers)) {
    expect(one).toMatchObject({ code: 'psp_unreachable', sent: 'no' })
  }
  expect(names.asked).toBe(HANDSHAKES)
  expect(transport.connections()).toEqual({ active: 0, idle: 0, waiting: 0 })

  let asked = 0
  transport = openTransport({
    connect_timeout_ms: 20_000,
    max_response_bytes: 1_000_000,
    private_networks: [],
    ca,
    resolve: (_name, _options, answer) => {
      asked++
      queueMicrotask(() => answer(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []))
    },
  })
  const failed = Array.from({ length: HANDSHAKES * 3 }, () => send().catch((e: unknown) => e))
  for (const one of await Promise.all(failed)) expect(one).toMatchObject({ sent: 'no' })
  expect(asked).toBe(HANDSHAKES * 3)
})

test('is kept shorter where the server says so, and not longer', async () => {
  const keeps = (seconds: number): void => {
    wire.reply = ({ socket }) => {
      respond(socket, '{}', { headers: [`Keep-Alive: timeout=${seconds}`] })
    }
  }
  // A second before the server's own time.
  keeps(3)
  await send()
  now += 1_999
  await send()
  expect(wire.connections).toBe(1)
  now += 2_000
  keeps(60)
  await send()
  expect(wire.connections).toBe(2)
  now += IDLE_MS
  await send()
  expect(wire.connections).toBe(3)
})

test('is ended by the sweep once it is too old; the sweep ends when there is nothing left, and begins anew', async () => {
  expect(sweeps.size).toBe(0)
  await send()
  expect(sweeps.size).toBe(1)
  const [first] = wire.requests
  now += IDLE_MS - 1
  sweep()
  expect([idle(), sweeps.size]).toEqual([1, 1])
  now += 1
  sweep()
  expect([idle(), sweeps.size]).toEqual([0, 0])
  if (first) await closed(first)
  expect(transport.connections()).toEqual({ active: 0, idle: 0, waiting: 0 })
  await send()
  expect([idle(), sweeps.size, wire.connections]).toEqual([1, 1, 2])
})

test('what carries a request is not swept, however old; what is younger stays', async () => {
  const arrived = held(1)
  const slow = send()
  const [request] = await arrived
  wire.reply = ({ socket }) => respond(socket, '{}')
  await send()
  now += IDLE_MS / 2
  const second = send()
  await second
  now += IDLE_MS / 2
  sweep()
  expect(transport.connections()).toEqual({ active: 1, idle: 1, waiting: 0 })
  now += IDLE_MS / 2
  sweep()
  expect(transport.connections()).toEqual({ active: 1, idle: 0, waiting: 0 })
  if (request) respond(request.socket, '{"late":true}')
  expect((await slow).body.toString()).toBe('{"late":true}')
  expect([idle(), sweeps.size]).toEqual([1, 1])
})

test(`of many at once, ${MOST_IDLE} are kept for one place, and the others are ended`, async () => {
  const more = 3
  const arrived = held(MOST_IDLE + more)
  const answers = Array.from({ length: MOST_IDLE + more }, () => send())
  const requests = await arrived
  expect(transport.connections().active).toBe(MOST_IDLE + more)
  for (const { socket } of requests) respond(socket, '{}')
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
  expect(transport.connections()).toEqual({ active: 0, idle: MOST_IDLE, waiting: 0 })
  // Those beyond were closed, and the server sees it.
  const gone = Promise.withResolvers<void>()
  let left = more
  for (const one of requests) void closed(one).then(() => --left === 0 && gone.resolve())
  await gone.promise
  expect(requests.filter(({ socket }) => socket.destroyed)).toHaveLength(more)
}, 30_000)

test(`connections of accounts with TLS of their own are theirs alone; of ${MOST_OWN} accounts they are kept, and the one that was not used for the longest time gives up its own`, async () => {
  const account = (at: number): Identity => ({ id: `acct_${at}`, client: null, pins: [] })
  await send(account(0))
  const [kept] = wire.requests
  await send(null)
  expect([idle(), wire.connections]).toEqual([2, 2])
  const arrived = held(1)
  const slow = [send(account(0)), send(account(0))]
  await arrived
  wire.reply = ({ socket }) => respond(socket, '{}')
  // One goes by the connection that is there, the other by a new one.
  expect(transport.connections()).toMatchObject({ idle: 1 })
  const busy = Promise.withResolvers<void>()
  void slow[1]?.then(() => busy.resolve())
  await busy.promise
  expect(transport.connections()).toEqual({ active: 1, idle: 2, waiting: 0 })

  for (let at = 1; at < MOST_OWN; at++) await send(account(at))
  expect(idle()).toBe(MOST_OWN + 1)
  // One too many: the first is retired. What is under way of it goes on, and what is idle ends at once.
  await send(account(MOST_OWN))
  expect(transport.connections()).toEqual({ active: 1, idle: MOST_OWN + 1, waiting: 0 })
  if (kept) respond(kept.socket, '{"late":true}')
  expect((await slow[0])?.body.toString()).toBe('{"late":true}')
  // And is not kept.
  expect(transport.connections()).toEqual({ active: 0, idle: MOST_OWN + 1, waiting: 0 })
  if (kept) await closed(kept)

  // Used last counts: account 1 stays for it, and account 2 goes in its place.
  const connections = (): number => wire.connections
  const before = connections()
  await send(account(1))
  expect(connections()).toBe(before)
  await send(account(0))
  expect(connections()).toBe(before + 1)
  await send(account(1))
  expect(connections()).toBe(before + 1)
  await send(account(2))
  expect(connections()).toBe(before + 2)
}, 30_000)

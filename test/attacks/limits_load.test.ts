/**
 * @module More than the machine can take, from ten thousand connections at once.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SHIPPED_LIMITS } from '../support/limits.ts'
import { freshFolder } from '../support/run.ts'
import { openShop, type Shop } from '../support/shop.ts'

const LONG = process.env['PANGATE_TEST_LONG'] === '1'
/** One key makes all the load, from one address; a merchant has another. */
const FLOOD = '203.0.113.66'
const MERCHANT = '198.51.100.7'

let shop: Shop
beforeAll(async () => {
  shop = await openShop({
    ...SHIPPED_LIMITS,
    PANGATE_SERVER_TRUSTED_PROXIES: '127.0.0.0/8',
    // Else all of the flood were refused for its rate, which is the easier case.
    PANGATE_LIMITS_KEY_RATE: 'none',
    PANGATE_LIMITS_TENANT_RATE: 'none',
  })
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

const part = (list: readonly number[], of: number): number =>
  Math.round(list.toSorted((a, b) => a - b)[Math.floor(list.length * of)] ?? 0)

function megabytes(): number {
  const status = readFileSync(`/proc/${shop.served.program.pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
}

/** A merchant's call with a card in it: its status and how long it took. */
async function store(address: string): Promise<{ readonly status: number; readonly ms: number }> {
  const started = performance.now()
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034 }
  const made = await shop.call(
    'POST',
    '/v1/tokens',
    { type: 'card', card },
    { 'x-forwarded-for': address },
  )
  return { status: made.status, ms: performance.now() - started }
}

interface Load {
  readonly connections: number
  readonly seconds: number
  readonly body: string
  readonly path: string
}

/** Runs wrk, which sends as fast as it is answered; gives how many answers a second had which status. */
async function flood({
  connections,
  seconds,
  path,
  body,
}: Load): Promise<Readonly<Record<string, number>>> {
  const script = join(freshFolder('wrk'), 'flood.lua')
  writeFileSync(
    script,
    `wrk.method = 'POST'
wrk.path = '${path}'
wrk.body = [[${body}]]
wrk.headers['Content-Type'] = 'application/json'
wrk.headers['Authorization'] = 'Bearer ${shop.key}'
wrk.headers['X-Forwarded-For'] = '${FLOOD}'
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() counts = {} end
function response(status) counts[tostring(status)] = (counts[tostring(status)] or 0) + 1 end
function done(summary)
  local all = { seconds = summary.duration / 1e6, connect = summary.errors.connect }
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get('counts')) do all[status] = (all[status] or 0) + count end
  end
  local parts = {}
  for name, value in pairs(all) do table.insert(parts, string.format('"%s":%.3f', name, value)) end
  io.stderr:write('{' .. table.concat(parts, ',') .. '}')
end
`,
  )
  const wrk = Bun.spawn(
    [
      'wrk',
      '-t1',
      `-c${connections}`,
      `-d${seconds}`,
      '--timeout=20',
      '-s',
      script,
      shop.served.url,
    ],
    { stdout: 'ignore', stderr: 'pipe' },
  )
  const text = await new Response(wrk.stderr).text()
  const counts: Record<string, number> = JSON.parse(/\{.*\}/.exec(text)?.[0] ?? '{}')
  const { seconds: took = 1, connect: failed = 0, ...statuses } = counts
  expect(failed).toBe(0)
  return Object.fromEntries(
    Object.entries(statuses).map(([status, count]) => [status, Math.round(count / took)]),
  )
}

/** A file of its own for each connection, in this process's limit. */
const mostConnections = Math.min(10_000, limitOfFiles() - 200)
function limitOfFiles(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  return Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? 1024)
}
if (mostConnections < 10_000) {
  console.log(`P07: ${mostConnections} connections, as no more files may be open here`)
}

test(
  'P07 ten thousand connections that ask as fast as they are answered: the rest is refused, the accepted are in time, a merchant elsewhere notices little, and all is over at once',
  async () => {
    const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034 }
    const load = { path: '/v1/tokens', body: JSON.stringify({ type: 'card', card }) }
    for (let at = 0; at < 300; at++) await store(MERCHANT)
    const able = await flood({ ...load, connections: 64, seconds: 3 })
    const before = megabytes()
    const seconds = LONG ? 120 : 12
    const flooding = flood({ ...load, connections: mostConnections, seconds })
    let over = false
    void flooding.then(() => {
      over = true
    })
    // Once its connections are there.
    await Bun.sleep(2_000)
    const merchant: number[] = []
    const neighbour: number[] = []
    let refused = 0
    let most = 0
    const health: number[] = []
    const ask = async (address: string, list: number[]): Promise<void> => {
      while (!over) {
        const { status, ms } = await store(address)
        if (status === 201) list.push(ms)
        else {
          expect(status).toBe(503)
          refused++
          await Bun.sleep(20)
        }
      }
    }
    await Promise.all([
      ask(MERCHANT, merchant),
      ask(MERCHANT, merchant),
      // Behind the same address as the flood.
      ask(FLOOD, neighbour),
      ask(FLOOD, neighbour),
      (async () => {
        while (!over) {
          most = Math.max(most, megabytes())
          const started = performance.now()
          expect((await shop.call('GET', '/healthz')).status).toBe(200)
          health.push(performance.now() - started)
          await Bun.sleep(200)
        }
      })(),
    ])
    const rates = await flooding
    const ended = performance.now()
    while ((await store(FLOOD)).ms > 100);
    const recovered = performance.now() - ended
    console.log(`P07: ${mostConnections} connections, ${seconds} s`, {
      able,
      rates,
      merchant: [merchant.length, part(merchant, 0.5), part(merchant, 0.99)],
      neighbour: [neighbour.length, part(neighbour, 0.5), part(neighbour, 0.99), refused],
      health99: part(health, 0.99),
      megabytes: [before, most, megabytes()],
      recovered_ms: Math.round(recovered),
    })
    expect(Object.keys(rates).toSorted()).toEqual(['201', '503'])
    // Refusing does not keep it from working.
    expect(rates['201'] ?? 0).toBeGreaterThan((able['201'] ?? 0) / 5)
    expect(part(merchant, 0.99)).toBeLessThan(2_000)
    expect(part(neighbour, 0.99)).toBeLessThan(2_000)
    // Its own line: it does not wait behind the flood.
    expect(part(merchant, 0.5)).toBeLessThan(500)
    expect(recovered).toBeLessThan(5_000)
    // About what ten thousand connections take, and no more the longer it lasts.
    expect(most - before).toBeLessThan(500)
    const lines = shop.served.program.stderr().split('\n')
    const of = (...words: readonly string[]): number =>
      lines.filter((line) => words.every((word) => line.includes(word))).length
    expect(of('"event":"request"', '"code":"overloaded"')).toBeLessThan(10 * (seconds + 5))
    expect(of('"event":"requests.refused"')).toBeWithin(1, seconds + 5)
  },
  LONG ? 180_000 : 60_000,
)

test(
  'P07 floods of what is always answered: health, paths that there are not, hosts that are none; payments go on',
  async () => {
    const floods: readonly (readonly string[])[] = [
      [`${shop.served.url}/healthz`],
      [`${shop.served.url}/nowhere`],
      ['-H', 'Host: a,b', `${shop.served.url}/v1/tokens`],
    ]
    const seconds = LONG ? 20 : 4
    for (const [at, args] of floods.entries()) {
      const wrk = Bun.spawn(['wrk', '-t1', '-c2000', `-d${seconds}`, '--timeout=20', ...args], {
        stdout: 'ignore',
        stderr: 'ignore',
      })
      let over = false
      void wrk.exited.then(() => {
        over = true
      })
      const times: number[] = []
      while (!over) {
        const { status, ms } = await store(MERCHANT)
        expect(status).toBe(201)
        times.push(ms)
      }
      console.log(`P07: flood ${at}`, [times.length, part(times, 0.5), part(times, 0.99)])
      expect(times.length).toBeGreaterThan(seconds)
      expect(part(times, 0.5)).toBeLessThan(1_000)
    }
    const lines = shop.served.program.stderr().split('\n')
    expect(lines.filter((line) => line.includes('"code":"not_found"')).length).toBeLessThan(
      11 * (seconds + 2),
    )
  },
  LONG ? 120_000 : 40_000,
)

/**
 * @module Numbers and traces of the program: whatever callers send, they hold nothing of it, and do not grow with it.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { canaryCard, canaryCvc } from '../support/canary.ts'
import { startCollector, type Collector } from '../support/collector.ts'
import { freePort } from '../support/ports.ts'
import { readPrometheus } from '../support/prometheus.ts'
import { evidence } from '../support/run.ts'
import { openShop, type Shop } from '../support/shop.ts'

const ROUNDS = 300

let shop: Shop
let collector: Collector
let admin = ''

beforeAll(async () => {
  collector = await startCollector()
  const port = await freePort()
  admin = `http://127.0.0.1:${port}`
  shop = await openShop({
    PANGATE_SERVER_ADMIN_LISTEN: `127.0.0.1:${port}`,
    PANGATE_TELEMETRY_OTLP_URL: collector.url,
    PANGATE_LIMITS_KEY_RATE: 'none',
    PANGATE_LIMITS_TENANT_RATE: 'none',
  })
})
afterAll(async () => {
  await shop.stop()
  await collector.stop()
})

test(`L10 ${ROUNDS} rounds of numbers, tokens and names of a caller's in every place: none in a label or an attribute, no series for them`, async () => {
  const number = canaryCard()
  const cvc = canaryCvc()
  const token = await shop.token(number)
  const secrets = [number, token, 'of-the-caller']
  const scraped = async (): Promise<string> => (await fetch(`${admin}/metrics`)).text()
  /** One of everything, so that what is counted for the first time is there before. */
  const round = async (at: number): Promise<void> => {
    const name = `of-the-caller-${at}`
    const get = (path: string) => shop.call('GET', path)
    await get(`/v1/tokens/${token}`)
    await get(`/v1/tokens/${name}`)
    await get(`/v1/forwards/${number}?${name}=${number}`)
    await get(`/${name}/${number}`)
    await get(`/v1/tokens?cursor=${name}&limit=1`)
    await shop.forward(
      `/${name}/${number}?cvc=${cvc}`,
      { headers: { 'x-caller': name } },
      { token },
      {
        traceparent: `00-${String(at).padStart(32, 'a')}-00f067aa0ba902b7-01`,
        tracestate: name,
        'idempotency-key': name,
      },
    )
    await shop.forward('/', { url: `https://${name}.test/${number}` }, { token })
    await shop.forward('/', { method: name.toUpperCase() }, { token })
    await shop.call('POST', '/v1/forward', { token, account: name, operation: name })
    await shop.call('POST', '/v1/tokens', {
      type: 'card',
      card: { number, exp_month: at, exp_year: name },
    })
  }
  await round(0)
  const before = readPrometheus(await scraped())
  for (let at = 1; at <= ROUNDS; at++) await round(at)
  const text = await scraped()
  evidence('metrics.txt', text)
  const after = readPrometheus(text)
  const calls = (numbers: ReadonlyMap<string, number>): number =>
    [...numbers].reduce(
      (sum, [key, value]) => sum + (key.startsWith('pangate_requests_total') ? value : 0),
      0,
    )
  expect(calls(after) - calls(before)).toBe(ROUNDS * 9)
  expect([...after.keys()].filter((key) => !before.has(key))).toEqual([])
  for (const secret of secrets) expect(text).not.toContain(secret)
  // Bodies of traces are searched for canaries after the run too.
  await shop.expectSound()
  await shop.served.program.stop()
  expect(collector.faults).toEqual([])
  expect(collector.spans.length).toBeGreaterThan(ROUNDS * 10)
  const traces = collector.bodies.join('\n')
  for (const secret of secrets) expect(traces).not.toContain(secret)
  const keys = new Set(collector.spans.flatMap(({ attributes }) => Object.keys(attributes)))
  expect([...keys].toSorted()).toEqual(
    [
      'error.type',
      'http.request.method',
      'http.response.status_code',
      'http.route',
      'pangate.outcome',
      'pangate.request_id',
      'pangate.sent',
      'pangate.tenant',
      'server.address',
    ].filter((key) => keys.has(key)),
  )
}, 60_000)

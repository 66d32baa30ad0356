/** @module Traces: what a collector is told of a request, what it is never told, and that it holds nothing up. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { loadConfig } from '../../src/config.ts'
import { openExporter } from '../../src/telemetry/exporter.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { openMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { STEPS, type Timed } from '../../src/telemetry/steps.ts'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { startCollector, type Collector, type Span } from '../support/collector.ts'
import { startGateway } from '../support/gateway.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'

let collector: Collector
beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector.stop())

describe('a gateway with a collector', () => {
  const number = canaryCard()
  const cvc = canaryCvc()
  const key = canarySecret()
  let psp: FakePsp
  let token = ''
  const find = (name: string, trace?: string): Span => {
    const found = collector.spans.find(
      (span) => span.name === name && (trace === undefined || span.traceId === trace),
    )
    if (!found) throw new Error(`no span ${name}`)
    return found
  }

  beforeAll(async () => {
    psp = await startPsp()
    psp.reply = ({ body }) => ({ body })
    const toml = `[telemetry]\notlp_url = "${collector.url}"\notlp_headers = "x-key=${key}, x-two=2"`
    const shop = await startGateway({ psp, toml })
    await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
    const card = { number, exp_month: 12, exp_year: 2034, holder: 'Canary Holder' }
    token = (await shop.call('POST', '/v1/tokens', { type: 'card', card, cvc })).textAt('id')
    await shop.call('GET', `/v1/tokens/${token}`)
    const request = {
      url: `${psp.url}/secret-path/${token}?query=of-ours`,
      headers: { 'x-merchant': 'header-of-ours' },
      body: { number: '{{ card.number }}' },
    }
    const forwarded = await shop.call(
      'POST',
      '/v1/forward',
      { token, request },
      {
        traceparent: `00-${TRACE}-${PARENT}-01`,
      },
    )
    expect(forwarded.status).toBe(200)
    // Not to be recorded, says its caller.
    await shop.call('GET', '/v1/forwards', undefined, {
      traceparent: `00-${'b'.repeat(32)}-${PARENT}-00`,
    })
    await shop.call('POST', '/v1/forward', { token: 'tok_none', request })
    await shop.call('POST', '/proxy/passed', '{"a":1}', {
      authorization: '',
      'bt-api-key': shop.key,
      'bt-proxy-url': `${psp.url}/passed`,
      traceparent: `00-${TRACE}-${PARENT}-01`,
      tracestate: 'of=ours',
      baggage: 'of=ours',
    })
    await shop.close()
    await psp.stop()
  })

  test('sends what OTLP allows, with its headers', () => {
    expect(collector.faults).toEqual([])
    expect(collector.headers.map((headers) => headers['x-key'])).toContain(key)
    expect(collector.headers[0]?.['x-two']).toBe('2')
  })
  test('tells of a forward: a span below the caller’s, and one for each step', () => {
    const span = find('POST /v1/forward', TRACE)
    expect(span.parentSpanId).toBe(PARENT)
    expect(span.kind).toBe(2)
    expect(span.status).toBe(0)
    expect(span.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v1/forward',
      'http.response.status_code': '200',
      'server.address': 'localhost',
      'pangate.sent': 'yes',
    })
    const steps = collector.spans.filter(({ parentSpanId }) => parentSpanId === span.spanId)
    expect(new Set(steps.map(({ name }) => name))).toEqual(new Set<string>(STEPS))
    for (const step of steps) {
      expect(step.traceId).toBe(TRACE)
      expect(step.start >= span.start && step.end <= span.end && step.start <= step.end).toBe(true)
    }
    expect(find('transport', TRACE).kind).toBe(3)
    expect(new Set(collector.spans.map(({ spanId }) => spanId)).size).toBe(collector.spans.length)
  })
  test('begins a trace where the caller has none, and names routes by their pattern', () => {
    const span = find('GET /v1/tokens/:id')
    expect(span.parentSpanId).toBeUndefined()
    expect(span.traceId).not.toBe(TRACE)
  })
  test('tells of an error by its code', () => {
    const failed = collector.spans.find(({ attributes }) => attributes['error.type'])
    expect(failed?.attributes).toMatchObject({
      'error.type': 'token_unknown',
      'http.response.status_code': '404',
    })
  })
  test('leaves out what the caller does not record', () => {
    expect(collector.bodies.join()).not.toContain('b'.repeat(32))
  })
  test('tells nothing of a card, a token, a path, a query, a body, a header, a key', () => {
    const all = collector.bodies.join('\n')
    expect(all.length).toBeGreaterThan(1000)
    for (const secret of [number, number.slice(-4), token, 'Canary Holder', key]) {
      expect(all).not.toContain(secret)
    }
    expect(all).not.toMatch(/of-ours|secret-path|passed|tok_|key_|fwd_/)
    expect(all).not.toContain(`"${cvc}"`)
  })
  test('shows a PSP nothing of the caller’s traces', () => {
    const passed = psp.arrivals.find(({ path }) => path.startsWith('/passed'))
    expect(passed?.headers).toBeDefined()
    for (const { headers } of psp.arrivals) {
      for (const name of ['traceparent', 'tracestate', 'baggage'])
        expect(headers[name]).toBeUndefined()
    }
  })
})

describe('the exporter', () => {
  const request = (more: Partial<Timed> = {}): Timed => ({
    parent: null,
    started: 1_767_225_600_000.25,
    total: 2,
    ends: [
      ['edge', 1],
      ['handle', 2],
    ],
    fields: { route: '/healthz', method: 'GET', status: 200 },
    ...more,
  })
  const log = openLog({ level: 'error', format: 'json', clock: Date.now, write: () => undefined })
  const count = (metrics: Metrics, what: 'exported' | 'dropped') =>
    metrics.snapshot().find(({ name }) => name === `pangate_traces_${what}_total`)?.value
  const open = (url: string, percent = 100, random?: () => number) => {
    const metrics = openMetrics()
    const options = { url, headers: [], percent, ...(random && { random }) }
    return { metrics, exporter: openExporter(options, metrics, log) }
  }

  test('drops what a collector refuses, and goes on', async () => {
    const { metrics, exporter } = open(collector.url)
    collector.status = 503
    exporter.add(request())
    await exporter.close()
    expect(count(metrics, 'dropped')).toBe(1)
    collector.status = 200
    const again = open(collector.url)
    again.exporter.add(request())
    await again.exporter.close()
    expect(count(again.metrics, 'exported')).toBe(1)
  })
  test('drops what nobody takes', async () => {
    const gone = await startCollector()
    await gone.stop()
    const { metrics, exporter } = open(gone.url)
    exporter.add(request())
    await exporter.close()
    expect(count(metrics, 'dropped')).toBe(1)
  })
  test('keeps a bounded number while a collector does not answer', async () => {
    const silent = await startCollector()
    silent.status = null
    const { metrics, exporter } = open(silent.url)
    for (let i = 0; i < 5000; i++) exporter.add(request())
    // One batch is on its way, 2,048 wait.
    expect(count(metrics, 'dropped')).toBe(5000 - 2048 - 64)
    // It ends in time, whether or not anybody answers.
    await exporter.close(10)
    await silent.stop()
    expect(count(metrics, 'dropped')).toBe(5000)
    expect(count(metrics, 'exported')).toBe(0)
  })
  test('takes so many of a hundred, and those that callers record', async () => {
    const own = await startCollector()
    const values = [0.1, 0.3, 0.24, 0.25]
    const { exporter } = open(own.url, 25, () => values.shift() ?? 1)
    for (let i = 0; i < 6; i++) exporter.add(request())
    exporter.add(request({ parent: { trace_id: TRACE, span_id: PARENT, sampled: true } }))
    exporter.add(request({ parent: { trace_id: TRACE, span_id: PARENT, sampled: false } }))
    await exporter.close()
    expect(own.faults).toEqual([])
    expect(own.spans.filter(({ kind }) => kind === 2).length).toBe(3)
    expect(own.spans[0]?.start).toBe(1_767_225_600_000_250_000n)
    await own.stop()
  })
})

describe('[telemetry] otlp_url', () => {
  const load = (url: string) =>
    loadConfig({
      file: null,
      env: { PANGATE_TELEMETRY_OTLP_URL: url, PANGATE_VAULT_MASTER_KEY_FILE: 'k' },
    }).telemetry.otlp_url
  test('is https, or http on this machine', () => {
    expect(load('https://collector.test:4318')).toBe('https://collector.test:4318/')
    expect(load('http://127.0.0.1:4318')).toBe('http://127.0.0.1:4318/')
    for (const url of [
      'http://collector.test',
      'ftp://127.0.0.1',
      'https://user:pass@collector.test',
      'https://collector.test/?a=b',
      'collector.test',
    ]) {
      expect(() => load(url)).toThrow('OTLP_URL')
    }
  })
})

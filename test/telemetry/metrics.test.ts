/** @module Numbers: what is counted, how those of processes become one, and that what is shown is Prometheus' format. */
import { describe, expect, test } from 'bun:test'
import { FAMILIES, OTHER } from '../../src/telemetry/families.ts'
import { merge } from '../../src/telemetry/merge.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { openMetrics } from '../../src/telemetry/metrics.ts'
import { prometheus } from '../../src/telemetry/prometheus.ts'
import { openTelemetry } from '../../src/telemetry/telemetry.ts'
import { readPrometheus } from '../support/prometheus.ts'

test('counters, gauges and histograms are shown with their labels', () => {
  const metrics = openMetrics()
  metrics.count('pangate_forwards_total', ['psp.test', 'approved', 'yes'])
  metrics.count('pangate_forwards_total', ['psp.test', 'approved', 'yes'], 2)
  metrics.watch('pangate_requests_in_flight', () => 7)
  metrics.watch('pangate_connections', () => [
    [['idle'], 2],
    [['active'], 1],
  ])
  const times = metrics.histogram('pangate_step_duration_seconds', ['vault'])
  for (const seconds of [0.00001, 0.00002, 0.3, 1000]) times.add(seconds)
  const shown = readPrometheus(prometheus(metrics.snapshot()))
  const value = (series: string) => shown.get(series)
  expect(
    value('pangate_forwards_total{destination="psp.test",outcome="approved",sent="yes"}'),
  ).toBe(3)
  expect(value('pangate_requests_in_flight')).toBe(7)
  expect(value('pangate_connections{state="idle"}')).toBe(2)
  // Bounds count what is equal to them, and each bucket holds those below.
  const bucket = (le: string) =>
    value(`pangate_step_duration_seconds_bucket{step="vault",le="${le}"}`)
  expect(['0.00001', '0.000025', '0.25', '0.5', '120', '+Inf'].map(bucket)).toEqual([
    1, 2, 2, 3, 3, 4,
  ])
  expect(value('pangate_step_duration_seconds_count{step="vault"}')).toBe(4)
  expect(value('pangate_step_duration_seconds_sum{step="vault"}')).toBeCloseTo(1000.30003, 6)
  // At 0 from the start, so that a rate can be taken of the first one.
  expect(value('pangate_faults_total{event="fault"}')).toBe(0)
})

test('all that a program shows from its start is of the format', () => {
  const log = openLog({ level: 'error', format: 'json', clock: Date.now, write: () => undefined })
  const telemetry = openTelemetry(log)
  telemetry.log.info('forward', { request_id: 'req_1', host: 'psp.test', sent: 'yes' })
  telemetry.steps.begin('req_1', null).end({ route: '/v1/forward', status: 299, code: 'internal' })
  const shown = readPrometheus(prometheus(telemetry.metrics.snapshot()))
  expect(shown.get('pangate_requests_total{route="/v1/forward",status="2xx"}')).toBe(1)
  expect(
    shown.get('pangate_forwards_total{destination="psp.test",outcome="none",sent="yes"}'),
  ).toBe(1)
  expect(shown.get('process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(shown.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  expect(shown.get('pangate_requests_in_flight')).toBe(0)
})

test('values of labels are escaped', () => {
  const metrics = openMetrics()
  metrics.count('pangate_errors_total', ['a"b\\c\nd'])
  expect(prometheus(metrics.snapshot())).toContain('{code="a\\"b\\\\c\\nd"} 1\n')
})

describe('the table', () => {
  test('keeps to the names of Prometheus', () => {
    for (const [name, family] of Object.entries(FAMILIES)) {
      expect(name).toMatch(/^(?:pangate|process)_[a-z_]+$/)
      expect(name.endsWith('_total')).toBe(family.type === 'counter')
      expect(family.help).not.toMatch(/[\n\\]/)
      for (const label of family.labels) expect(label).toMatch(/^[a-z_]+$/)
      if (family.type !== 'histogram') continue
      expect(name).toEndWith('_seconds')
      expect([...family.buckets]).toEqual(family.buckets.toSorted((a, b) => a - b))
    }
  })
})

describe('L10 labels', () => {
  test('are bounded, whatever hosts come', () => {
    const metrics = openMetrics()
    for (let host = 0; host < 5000; host++) {
      metrics.count('pangate_forwards_total', [`h${host}.test`, 'approved', 'yes'])
    }
    const forwards = metrics.snapshot().filter(({ name }) => name === 'pangate_forwards_total')
    expect(forwards.length).toBe(101)
    const other = forwards.find(({ labels }) => labels[0] === OTHER)
    expect(other?.value).toBe(4900)
  })
  test('are bounded over many processes too', () => {
    const of = (process: number) => {
      const metrics = openMetrics()
      for (let host = 0; host < 90; host++) {
        metrics.count('pangate_forwards_total', [`h${process}-${host}.test`, 'none', 'yes'])
      }
      return metrics.snapshot()
    }
    const merged = merge(Array.from({ length: 64 }, (_, at) => of(at)))
    const forwards = merged.filter(({ name }) => name === 'pangate_forwards_total')
    expect(forwards.length).toBe(101)
    expect(forwards.reduce((sum, { value }) => sum + Number(value), 0)).toBe(64 * 90)
  })
})

describe('numbers of several processes', () => {
  test('are added up, or the largest or smallest, as the table says', () => {
    const [one, two] = [openMetrics(), openMetrics()]
    for (const [metrics, by] of [
      [one, 1],
      [two, 3],
    ] as const) {
      metrics.count('pangate_errors_total', ['internal'], by)
      metrics.histogram('pangate_forward_duration_seconds', ['yes']).add(by)
      metrics.watch('pangate_requests_in_flight', () => by)
      metrics.watch('pangate_circuit_state', () => [[['psp.test'], by - 1]])
      metrics.watch('pangate_primary_up', () => by - 1)
    }
    // As it comes over a link between processes.
    const there: ReturnType<typeof two.snapshot> = JSON.parse(JSON.stringify(two.snapshot()))
    const shown = readPrometheus(prometheus(merge([one.snapshot(), there])))
    expect(shown.get('pangate_errors_total{code="internal"}')).toBe(4)
    expect(shown.get('pangate_forward_duration_seconds_count{sent="yes"}')).toBe(2)
    expect(shown.get('pangate_forward_duration_seconds_sum{sent="yes"}')).toBe(4)
    expect(shown.get('pangate_requests_in_flight')).toBe(4)
    expect(shown.get('pangate_circuit_state{destination="psp.test"}')).toBe(2)
    expect(shown.get('pangate_primary_up')).toBe(0)
  })
  test('of another version are left out where they do not fit', () => {
    const foreign = [
      { name: 'pangate_of_later', labels: [], value: 1 },
      { name: 'pangate_errors_total', labels: ['a', 'b'], value: 1 },
      { name: 'pangate_step_duration_seconds', labels: ['vault'], value: [1, 2] },
    ]
    // Plain data of another process may hold anything.
    expect(merge([foreign as never])).toEqual([])
  })
})

/** @module All limits together: what the log and the metrics tell of circuits. */
import { expect, test } from 'bun:test'
import { defaultConfig } from '../../src/config.ts'
import { openLimits } from '../../src/limits/limits.ts'
import { memoryLimits } from '../../src/limits/memory.ts'
import { watchGateway } from '../../src/numbers.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { merge } from '../../src/telemetry/merge.ts'
import { openMetrics } from '../../src/telemetry/metrics.ts'
import { prometheus } from '../../src/telemetry/prometheus.ts'

function world() {
  let now = 1_000_000
  const lines: string[] = []
  const write = (line: string): void => void lines.push(line)
  const clock = () => now
  const metrics = openMetrics()
  const store = memoryLimits(clock)
  const limits = openLimits(defaultConfig().limits, {
    clock,
    store,
    log: openLog({ level: 'debug', format: 'json', clock, write }),
  })
  const connections = () => ({ active: 0, idle: 0, waiting: 0 })
  watchGateway(metrics, { transport: { connections }, limits })
  return {
    limits,
    /** Lines of the log without their times. */
    events: () =>
      lines.map((line) => {
        const { time: _, ...event } = JSON.parse(line)
        return event
      }),
    series: () =>
      prometheus(merge([metrics.snapshot()]))
        .split('\n')
        .filter((line) => line.startsWith('pangate_circuit_state{')),
    move: (ms: number) => {
      now += ms
    },
    async call(host: string, failure: 'connect' | 'answer' | null, tenant = 'tnt_1') {
      const owner = { tenant, test: false }
      const way = await limits.destinations.enter(owner, { host, port: 443 }, async () => true)
      if (!way.refused) way.tell(failure)
      way.leave()
      return way.refused?.code ?? null
    },
  }
}

test('a circuit that opens, recovers and closes is told of, with its host, and with the tenant where it is about one', async () => {
  const { call, events, series, move } = world()
  for (let at = 0; at < 10; at++) await call('api.psp.test', 'answer')
  expect(series()).toEqual(['pangate_circuit_state{destination="api.psp.test"} 2'])
  move(10_000)
  await call('api.psp.test', null)
  expect(series()).toEqual(['pangate_circuit_state{destination="api.psp.test"} 1'])
  for (let at = 0; at < 20; at++) await call('api.psp.test', null)
  expect(series()).toEqual([])
  const about = { host: 'api.psp.test:443', tenant: 'tnt_1' }
  expect(events()).toMatchObject([
    { level: 'warn', event: 'circuit.open', ...about, count: 1 },
    { level: 'info', event: 'circuit.recovering', ...about, count: 1 },
    { level: 'info', event: 'circuit.closed', ...about, count: 0 },
  ])
  for (let at = 0; at < 10; at++) await call('dead.psp.test', 'connect')
  expect(events().at(-1)).toMatchObject({ event: 'circuit.open', host: 'dead.psp.test:443' })
  expect(events().at(-1).tenant).toBeUndefined()
})

test('L10 however many hosts tenants name, the series are bounded, and name no tenant', async () => {
  const { call, series } = world()
  for (let host = 0; host < 500; host++) {
    for (let at = 0; at < 10; at++) {
      await call(`h${host}.psp.test`, 'connect', `tnt_${host}`)
    }
  }
  expect(await call('h499.psp.test', null)).toBe('circuit_open')
  expect(series().length).toBeWithin(50, 102)
  expect(series().join('\n')).not.toContain('tnt_')
})

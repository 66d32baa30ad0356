/**
 * @module All that tells how the program fares: its log, which is counted as it passes, its numbers, its clocks, its traces.
 */
import { VERSION } from '../version.ts'
import type { CounterName } from './families.ts'
import type { Fields, Log } from './log.ts'
import { openMetrics, type Metrics } from './metrics.ts'
import { watchProcess } from './process.ts'
import { openSteps, type Steps, type Timed } from './steps.ts'

export interface Telemetry {
  /** The log to use: it counts, and passes everything on. */
  readonly log: Log
  readonly metrics: Metrics
  readonly steps: Steps
  /** Sends every finished request to an exporter of traces; at most one. */
  export(traces: TraceSink): void
  /** Hands over the traces that wait, and stops the timers. */
  close(): Promise<void>
}

/** Takes finished requests, and never waits. */
export interface TraceSink {
  add(request: Timed): void
  /** Hands over what waits, for at most `limit` milliseconds. */
  close(limit?: number): Promise<void>
}

/** Codes of errors that are limits, by what limits. */
const LIMITS: Readonly<Record<string, string>> = {
  rate_limited: 'requests',
  overloaded: 'load',
  destination_busy: 'destination',
  circuit_open: 'circuit',
}

type Count = readonly [name: CounterName, labels: readonly string[]]

/** What an event of the log is counted as. */
const COUNTED: Readonly<Record<string, (fields: Fields) => Count>> = {
  forward: ({ host = 'none', outcome, code, sent = 'unknown' }) => [
    'pangate_forwards_total',
    [host, outcome ?? (code === undefined ? 'none' : 'error'), sent],
  ],
  'proxy.unlisted': () => ['pangate_unlisted_proxies_total', []],
  fault: () => ['pangate_faults_total', ['fault']],
  'forward.fault': () => ['pangate_faults_total', ['forward.fault']],
  'forward.unrecorded': () => ['pangate_faults_total', ['forward.unrecorded']],
}

/** Counts what passes through a log, and starts the clocks. */
export function openTelemetry(log: Log): Telemetry {
  const metrics = openMetrics()
  const process = watchProcess(metrics)
  let traces: TraceSink | null = null
  const steps = openSteps(metrics, ({ route = 'none', status = 0, code }, timed) => {
    metrics.count('pangate_requests_total', [route, classOf(status)])
    if (code !== undefined) {
      metrics.count('pangate_errors_total', [code])
      if (LIMITS[code]) metrics.count('pangate_limits_refused_total', [LIMITS[code]])
    }
    traces?.add(timed())
  })
  metrics.watch('pangate_build_info', () => [[[VERSION], 1]])
  metrics.watch('pangate_requests_in_flight', () => steps.running())

  const counting =
    (level: keyof Log) =>
    (event: string, fields: Fields = {}): void => {
      const counted = COUNTED[event]?.(fields)
      if (counted) metrics.count(...counted)
      if (event === 'forward' && fields.request_id !== undefined) {
        steps.tell(fields.request_id, fields)
      }
      log[level](event, fields)
    }
  return {
    log: {
      debug: counting('debug'),
      info: counting('info'),
      warn: counting('warn'),
      error: counting('error'),
    },
    metrics,
    steps,
    export: (sink) => {
      traces = sink
    },
    async close() {
      process.stop()
      await traces?.close()
    },
  }
}

function classOf(status: number): string {
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : 'other'
}

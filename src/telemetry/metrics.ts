/**
 * @module Counts what the log tells, in Prometheus' text format. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { Clock } from '../clock.ts'
import { VERSION } from '../version.ts'
import type { Fields, Log } from './log.ts'

export interface Metrics {
  /** The log to use: it counts, and passes everything on. */
  readonly log: Log
  /** All numbers as text. */
  render(): string
}

const FAULTS = ['fault', 'forward.fault', 'forward.unrecorded']

/** What is counted: an event of the log, by a label made from its fields. */
const COUNTERS: readonly {
  readonly name: string
  readonly help: string
  readonly events: readonly string[]
  readonly label: string
  /** Shown from the start, so that a rate can be taken of the first one. */
  readonly values: readonly string[]
  readonly of: (fields: Fields, event: string) => string
}[] = [
  {
    name: 'pangate_requests_total',
    help: 'Requests by class of HTTP status.',
    events: ['request'],
    label: 'status',
    values: ['2xx', '3xx', '4xx', '5xx'],
    of: ({ status = 0 }) => `${Math.floor(status / 100)}xx`,
  },
  {
    name: 'pangate_forwards_total',
    help: 'Forwards by whether the PSP can have received them.',
    events: ['forward'],
    label: 'sent',
    values: ['no', 'unknown', 'yes'],
    of: ({ sent = 'unknown' }) => sent,
  },
  {
    name: 'pangate_faults_total',
    help: 'Errors that should not be, by event of the log.',
    events: FAULTS,
    label: 'event',
    values: FAULTS,
    of: (_, event) => event,
  },
]

/** Counts what passes through a log. `memory` is in bytes. */
export function countingLog(log: Log, clock: Clock, memory: () => number): Metrics {
  const started = clock()
  const counts = COUNTERS.map(({ values }) => new Map(values.map((value) => [value, 0])))
  const counting =
    (level: keyof Log) =>
    (event: string, fields: Fields = {}): void => {
      for (const [at, counter] of COUNTERS.entries()) {
        if (!counter.events.includes(event)) continue
        const value = counter.of(fields, event)
        counts[at]?.set(value, (counts[at].get(value) ?? 0) + 1)
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
    render() {
      const counters = COUNTERS.flatMap(({ name, help, label }, at) => [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} counter`,
        ...[...(counts[at] ?? [])].map(([value, count]) => `${name}{${label}="${value}"} ${count}`),
      ])
      return [
        ...counters,
        ...gauge('pangate_uptime_seconds', 'Since the start.', (clock() - started) / 1000),
        ...gauge('process_resident_memory_bytes', 'Resident memory.', memory()),
        ...gauge(`pangate_build_info{version="${VERSION}"}`, 'Always 1.', 1),
        '',
      ].join('\n')
    },
  }
}

function gauge(series: string, help: string, value: number): readonly string[] {
  const name = series.replace(/\{.*/, '')
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${series} ${value}`]
}

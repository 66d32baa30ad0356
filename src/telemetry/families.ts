/**
 * @module Every metric there is: what it counts, by which labels, and how the numbers of several processes become one.
 */

/** Seconds. From what a step of ours takes to the longest time a PSP may be given. */
const SECONDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
  0.25, 0.5, 1, 2.5, 5, 10, 30, 120,
] as const

/** A metric, as https://prometheus.io/docs/concepts/metric_types/ has them. */
export interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** One line for `# HELP`. */
  readonly help: string
  /** In the order in which values are given. */
  readonly labels: readonly string[]
  /** What several processes' gauges become; counters and histograms are added up. */
  readonly merge?: 'sum' | 'max' | 'min'
  /** Upper bounds of a histogram, rising. */
  readonly buckets?: readonly number[]
  /** Shown at 0 from the start, so that a rate can be taken of the first one. */
  readonly start?: readonly (readonly string[])[]
}

const counter = (
  help: string,
  labels: readonly string[] = [],
  start: Family['start'] = labels.length === 0 ? [[]] : [],
) => ({ type: 'counter', help, labels, start }) as const

const gauge = (help: string, merge: 'sum' | 'max' | 'min', labels: readonly string[] = []) =>
  ({ type: 'gauge', help, labels, merge }) as const

const histogram = (help: string, labels: readonly string[] = []) =>
  ({ type: 'histogram', help, labels, buckets: SECONDS }) as const

const alone = (...values: readonly string[]) => values.map((value) => [value])

export const FAMILIES = {
  pangate_requests_total: counter('Requests by route and class of HTTP status.', [
    'route',
    'status',
  ]),
  pangate_errors_total: counter('Requests that ended in an error of ours, by its code.', ['code']),
  pangate_forwards_total: counter(
    'Forwards by host, what came of them, and whether the PSP can have received them.',
    ['destination', 'outcome', 'sent'],
  ),
  pangate_limits_refused_total: counter(
    'Requests refused by a limit, before anything was sent.',
    ['limit'],
    alone('requests', 'load', 'destination', 'circuit'),
  ),
  pangate_unlisted_proxies_total: counter(
    'Addresses whose failed calls came with the header of a proxy, and that are not in trusted_proxies.',
  ),
  pangate_faults_total: counter(
    'Errors that should not be, by event of the log.',
    ['event'],
    alone('fault', 'forward.fault', 'forward.unrecorded'),
  ),
  pangate_forward_duration_seconds: histogram(
    'Whole forwards, from the request to the answer, by whether they were sent.',
    ['sent'],
  ),
  pangate_forward_own_duration_seconds: histogram('Whole forwards without the step `transport`.'),
  pangate_step_duration_seconds: histogram('Forwards by step of the line.', ['step']),
  pangate_event_loop_delay_seconds: histogram('How late a timer was.'),
  pangate_requests_in_flight: gauge('Requests under way.', 'sum'),
  pangate_connections: gauge(
    'Connections to PSPs: `active`, `idle`, and requests `waiting` for one.',
    'sum',
    ['state'],
  ),
  pangate_circuit_state: gauge(
    'Circuit of a destination: 0 closed, 1 half open, 2 open. Closed ones may be left out.',
    'max',
    ['destination'],
  ),
  pangate_sessions: gauge('CVC sessions and credentials kept in memory.', 'sum'),
  pangate_replica_lag_seconds: gauge(
    'Time since the replica last agreed with its primary; before it first did, since the start.',
    'max',
  ),
  pangate_redis_up: gauge(
    '1 where the Redis of the sessions is connected; absent without one.',
    'min',
  ),
  pangate_primary_up: gauge('1 where the primary of the database answers.', 'min'),
  pangate_traces_exported_total: counter('Traces handed to the collector.'),
  pangate_traces_dropped_total: counter('Traces that no collector took.'),
  pangate_processes: gauge(
    'Processes of this server, the keeper of several workers among them.',
    'sum',
  ),
  pangate_uptime_seconds: gauge(
    'Since the start of the longest running process, whatever the clock was set to.',
    'max',
  ),
  pangate_build_info: gauge('Always 1.', 'max', ['version']),
  process_cpu_seconds_total: counter('Processor time, user and system.', [], []),
  process_resident_memory_bytes: gauge('Resident memory.', 'sum'),
  process_open_fds: gauge('Open file descriptors.', 'sum'),
} as const satisfies Readonly<Record<string, Family>>

export type FamilyName = keyof typeof FAMILIES

type Typed<T extends Family['type']> = {
  [N in FamilyName]: (typeof FAMILIES)[N]['type'] extends T ? N : never
}[FamilyName]

export type CounterName = Typed<'counter'>
export type GaugeName = Typed<'gauge'>
export type HistogramName = Typed<'histogram'>

/** How many values a label may take in one process; those that come later are counted as `other`. */
const MOST: Readonly<Record<string, number>> = { destination: 100, route: 200, code: 200 }
const MOST_OTHERWISE = 50
export const OTHER = 'other'

/** Bounds the values of labels, so that no caller can make series without end. */
export function labelLimiter(): (label: string, value: string) => string {
  const seen = new Map<string, Set<string>>()
  return (label, value) => {
    const values = seen.get(label) ?? new Set<string>()
    seen.set(label, values)
    if (values.has(value)) return value
    if (values.size >= (MOST[label] ?? MOST_OTHERWISE)) return OTHER
    values.add(value)
    return value
  }
}

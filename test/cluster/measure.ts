/**
 * @module What merchants saw of a fault, as a line of a table.
 */
import type { Attempt } from './ledger.ts'

/** From when it began to when all was well again, by `performance.now()`. */
export interface Window {
  readonly name: string
  readonly began: number
  /** When it was over, and had to heal. */
  readonly over: number
  /** When every node took requests. */
  readonly ready: number
  readonly closed: number
}

export interface Line {
  readonly name: string
  readonly attempts: number
  /** Told as not sent: they can be tried again. */
  readonly refused: number
  /** Told as sent, without the record of it. */
  readonly sent: number
  /** Told as unknown, or not answered. */
  readonly unknown: number
  /** The longest time in which no payment succeeded. */
  readonly pause_ms: number
  /** 99 of 100 successful payments were answered within it. */
  readonly p99_ms: number
  /** From its end until every node took requests. */
  readonly healed_ms: number
}

/** Payments through the load balancer; what is aimed at single nodes says nothing of it. */
const isCounted = ({ kind, code }: Attempt): boolean =>
  kind !== 'erased' && !/^(?:idempotency_running|cvc_session_unknown)$/.test(code)

export function measure(window: Window, all: readonly Attempt[]): Line {
  const own = all.filter(
    (attempt) =>
      isCounted(attempt) && attempt.ended >= window.began && attempt.ended < window.closed,
  )
  const good = own.filter(({ status }) => status === 200)
  const bad = own.filter(({ status }) => status !== 200)
  const times = [
    window.began,
    ...good.map(({ ended }) => ended).toSorted((a, b) => a - b),
    window.closed,
  ]
  const took = good.map(({ began, ended }) => ended - began).toSorted((a, b) => a - b)
  return {
    name: window.name,
    attempts: own.length,
    refused: bad.filter(({ sent }) => sent === 'no').length,
    sent: bad.filter(({ sent }) => sent === 'yes').length,
    unknown: bad.filter(({ sent }) => sent === 'unknown').length,
    pause_ms: Math.max(...times.slice(1).map((at, before) => at - (times[before] ?? at))),
    p99_ms: took[Math.floor(took.length * 0.99)] ?? 0,
    healed_ms: window.ready - window.over,
  }
}

/** All lines of one fault as one: sums, and the worst. */
function together(lines: readonly Line[]): Line {
  const sum = (of: (line: Line) => number): number =>
    lines.reduce((total, line) => total + of(line), 0)
  const most = (of: (line: Line) => number): number => Math.max(...lines.map(of))
  return {
    name: lines[0]?.name ?? '',
    attempts: sum((line) => line.attempts),
    refused: sum((line) => line.refused),
    sent: sum((line) => line.sent),
    unknown: sum((line) => line.unknown),
    pause_ms: most((line) => line.pause_ms),
    p99_ms: most((line) => line.p99_ms),
    healed_ms: most((line) => line.healed_ms),
  }
}

const HEAD = [
  '',
  'payments',
  'refused',
  'sent, not recorded',
  'unknown',
  'longest pause',
  'p99',
  'healed after',
]

/** A table in Markdown, a line for each fault. */
export function table(lines: readonly Line[]): string {
  const faults = Map.groupBy(lines, ({ name }) => name)
  const rows = [...faults.values()].map((same) => {
    const { name, attempts, refused, sent, unknown, pause_ms, p99_ms, healed_ms } = together(same)
    const times = [pause_ms, p99_ms, healed_ms].map((ms) => `${Math.round(ms)} ms`)
    const label = same.length > 1 ? `${name} (${same.length} times)` : name
    return [label, ...[attempts, refused, sent, unknown].map(String), ...times]
  })
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(HEAD),
    line(HEAD.map((_, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n')
}

/**
 * @module Refused requests in the log: at most a line a second for each reason, whatever comes.
 */
import type { ErrorCode } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'

export interface Refusals {
  /** Whether requests that end in this code are counted here, and have no line of their own. */
  has(code: ErrorCode): boolean
  /** Counts one. */
  add(code: ErrorCode): void
  /** Tells what is still to be told. */
  close(): void
}

const CODES: ReadonlySet<ErrorCode> = new Set(['overloaded', 'rate_limited'])
const EACH_MS = 1_000

/** Counts what is refused, and tells of it by and by. */
export function openRefusals(log: Log): Refusals {
  const counts = new Map<ErrorCode, number>()
  let timer: Timer | null = null

  function tell(): void {
    timer = null
    for (const [code, count] of counts) log.warn('requests.refused', { code, count })
    counts.clear()
  }
  return {
    has: (code) => CODES.has(code),
    add(code) {
      counts.set(code, (counts.get(code) ?? 0) + 1)
      timer ??= setTimeout(tell, EACH_MS).unref()
    },
    close() {
      if (timer === null) return
      clearTimeout(timer)
      tell()
    },
  }
}

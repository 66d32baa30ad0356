/**
 * @module Refused requests in the log: a few lines a second, and then one that says how many more there were.
 */
import type { ErrorCode } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'

export interface Refusals {
  /** Counts one that cost its sender nothing. Gives whether it may have a line of its own. */
  add(code: ErrorCode): boolean
  /** Tells what is still to be told. */
  close(): void
}

/** Lines of their own in a second, for each code. */
const LINES = 10
const EACH_MS = 1_000

/** Counts what is refused, and tells of it by and by. */
export function openRefusals(log: Log): Refusals {
  const counts = new Map<ErrorCode, number>()
  let timer: Timer | null = null

  function tell(): void {
    timer = null
    for (const [code, count] of counts) {
      if (count > LINES) log.warn('requests.refused', { code, count: count - LINES })
    }
    counts.clear()
  }
  return {
    add(code) {
      const count = (counts.get(code) ?? 0) + 1
      counts.set(code, count)
      timer ??= setTimeout(tell, EACH_MS).unref()
      return count <= LINES
    },
    close() {
      if (timer === null) return
      clearTimeout(timer)
      tell()
    },
  }
}

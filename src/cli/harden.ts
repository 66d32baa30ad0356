/**
 * @module Keeps the memory of this process from others: no core dumps, and nobody of the same user may read it (prctl(2), PR_SET_DUMPABLE).
 */
import { openLibc } from '../libc.ts'
import { fault, type Log } from '../telemetry/log.ts'

/** linux/prctl.h */
const PR_SET_DUMPABLE = 4
const CALLS = { prctl: { args: ['i32', 'u64', 'u64', 'u64', 'u64'], returns: 'i32' } } as const

/** Whether it could be done; where not, the log says so once, and serving goes on. Linux only. */
export function hideMemory(log: Log): boolean {
  if (process.platform !== 'linux') return false
  try {
    if (openLibc(CALLS).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) === 0) return true
    log.warn('memory.not_hidden')
  } catch (error) {
    log.warn('memory.not_hidden', fault(error))
  }
  return false
}

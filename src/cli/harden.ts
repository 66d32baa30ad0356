/**
 * @module Keeps the memory of this process from others: no core dumps, and nobody of the same user may read it (prctl(2), PR_SET_DUMPABLE).
 */
import { dlopen } from 'bun:ffi'
import { fault, type Log } from '../telemetry/log.ts'

/** linux/prctl.h */
const PR_SET_DUMPABLE = 4
/** The C library where it is GNU's, and where it is musl. */
const LIBRARIES = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`]

/** Whether it could be done; where not, the log says so once, and serving goes on. Linux only. */
export function hideMemory(log: Log): boolean {
  if (process.platform !== 'linux') return false
  try {
    const { prctl } = openLibrary()
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) === 0) return true
    log.warn('memory.not_hidden')
  } catch (error) {
    log.warn('memory.not_hidden', fault(error))
  }
  return false
}

function openLibrary() {
  const errors: unknown[] = []
  for (const name of LIBRARIES) {
    try {
      return dlopen(name, {
        prctl: { args: ['i32', 'u64', 'u64', 'u64', 'u64'], returns: 'i32' },
      }).symbols
    } catch (error) {
      errors.push(error)
    }
  }
  throw errors[0]
}

/**
 * @module Calls of the C library that the runtime does not offer, each named where it is used. Linux only.
 */
import { dlopen, type FFIFunction } from 'bun:ffi'

/** Where it is GNU's, and where it is musl. */
export const LIBRARIES = [
  'libc.so.6',
  `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`,
]

/** The calls by their names. Throws where there is no such library, or it has no such call. */
export function openLibc<T extends Record<string, FFIFunction>>(calls: T) {
  const errors: unknown[] = []
  for (const name of LIBRARIES) {
    try {
      return dlopen(name, calls).symbols
    } catch (error) {
      errors.push(error)
    }
  }
  throw errors[0]
}

/**
 * @module Whom libSQL's own runtime trusts: it reads certificate authorities in the moment in which a copy is opened, where its environment
 * says, and takes none by its own options. Linux only.
 */
import { openLibc } from '../libc.ts'

/** Of the C library's environment, which the runtime's `process.env` does not change. */
const NAME = Buffer.from('SSL_CERT_FILE\0')
const CALLS = {
  setenv: { args: ['ptr', 'ptr', 'i32'], returns: 'i32' },
  unsetenv: { args: ['ptr'], returns: 'i32' },
} as const

/** Opens a copy that trusts the authorities of a file alone. Nothing else of the process ever sees them. */
export function withAuthorities<T>(ca_file: string, open: () => T): T {
  const { setenv, unsetenv } = openLibc(CALLS)
  setenv(NAME, Buffer.from(`${ca_file}\0`), 1)
  try {
    // It blocks: no other code of this process runs before the name is gone again.
    return open()
  } finally {
    unsetenv(NAME)
  }
}

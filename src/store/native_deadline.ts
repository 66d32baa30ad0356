/**
 * @module A bound for a call of libSQL that holds up the whole process while it waits for a server: another thread ends the connections
 * that were made for it. Linux only; elsewhere there is no bound.
 */
import { LIBRARIES } from '../libc.ts'

/**
 * The thread's own program, as text because an executable has no further files: every `ms` it shuts down the sockets to `port` that are
 * not among those `known` before (proc(5): /proc/self/fd, /proc/self/net/tcp; 2 is SHUT_RDWR).
 */
const PROGRAM = `
import { dlopen } from 'bun:ffi'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
const linkOf = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd) } catch { return '' } }
const sockets = () => readdirSync('/proc/self/fd').map((fd) => [fd, linkOf(fd)]).filter(([, link]) => link.startsWith('socket:'))
function load(libraries) {
  for (const name of libraries) try { return dlopen(name, { shutdown: { args: ['i32', 'i32'], returns: 'i32' } }).symbols } catch { /* a libc of another name */ }
}
onmessage = ({ data: { port, ms, libraries } }) => {
  try {
    const known = new Set(sockets().map(([, link]) => link))
    const libc = load(libraries)
    if (libc) setInterval(() => {
      const rows = ['tcp', 'tcp6'].flatMap((kind) => readFileSync('/proc/self/net/' + kind, 'utf8').split('\\n'))
      const fields = rows.map((row) => row.trim().split(/\\s+/))
      const to = new Set(fields.filter(([, , remote = '']) => parseInt(remote.split(':')[1], 16) === port).map((row) => 'socket:[' + row[9] + ']'))
      for (const [fd, link] of sockets()) if (to.has(link) && !known.has(link)) libc.shutdown(Number(fd), 2)
    }, ms)
  } catch { /* without /proc there is no bound, as before there was this thread */ }
  postMessage('watching')
}
`

/** Runs a call that connects to a port and blocks: after `ms` it fails where it still waits for an answer. */
export async function withinTime<T>(port: number, ms: number, call: () => T): Promise<T> {
  const source = URL.createObjectURL(new Blob([PROGRAM], { type: 'text/javascript' }))
  const thread = new Worker(source)
  try {
    await new Promise<void>((resolve, reject) => {
      thread.onmessage = () => resolve()
      thread.onerror = ({ message }) => reject(new Error(message))
      thread.postMessage({ port, ms, libraries: LIBRARIES })
    })
    return call()
  } finally {
    thread.terminate()
    URL.revokeObjectURL(source)
  }
}

/**
 * @module The connections that libSQL's own runtime keeps to a server: it waits for ever on one that is dead and was never closed, and has
 * no call that ends one. Linux tells which they are, and ends them.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { openLibc } from '../libc.ts'

/** sys/socket.h, netinet/in.h, linux/tcp.h */
const SHUT_RDWR = 2
const IPPROTO_TCP = 6
const TCP_INFO = 11
/** Where `tcp_info` has the milliseconds since data last came. */
const LAST_DATA_RECEIVED = 52
const INFO_BYTES = 104
const CALLS = {
  shutdown: { args: ['i32', 'i32'], returns: 'i32' },
  getsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'ptr'], returns: 'i32' },
} as const

/** Descriptors by which libSQL's runtime waits for its sockets: no other part of the process has its own in them. */
const pollers = new Set<string>()

/** Opens a database, and remembers what its runtime waits by, which it sets up for the first one. */
export function openingRuntime<T>(open: () => T): T {
  if (pollers.size > 0) return open()
  const before = new Set(eventPolls())
  const opened = open()
  for (const one of eventPolls()) if (!before.has(one)) pollers.add(one)
  return opened
}

/**
 * Ends the runtime's connections to a port on which nothing came for so many milliseconds; gives how many. What waits on them fails or
 * is tried again on others. Does nothing where the system does not tell.
 */
export function endSilentConnections(port: number, silent_ms: number): number {
  try {
    const { shutdown, getsockopt } = openLibc(CALLS)
    const info = Buffer.alloc(INFO_BYTES)
    const size = Buffer.alloc(4)
    const isSilent = (fd: number): boolean => {
      size.writeUInt32LE(INFO_BYTES)
      if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, size) !== 0) return false
      return info.readUInt32LE(LAST_DATA_RECEIVED) >= silent_ms
    }
    return socketsTo(port).filter((fd) => isSilent(fd) && shutdown(fd, SHUT_RDWR) === 0).length
  } catch {
    return 0
  }
}

/** The runtime's descriptors of TCP sockets to a port. */
function socketsTo(port: number): readonly number[] {
  const wanted = new Set(inodesTo(port).map((inode) => `socket:[${inode}]`))
  const all = [...pollers].flatMap((poller) =>
    [...readFileSync(`/proc/self/fdinfo/${poller}`, 'utf8').matchAll(/^tfd:\s*(\d+)/gm)].map(
      ([, fd]) => Number(fd),
    ),
  )
  return [...new Set(all)].filter((fd) => wanted.has(linkOf(String(fd))))
}

/** Inodes of this machine's sockets to a port (proc(5), /proc/net/tcp). */
function inodesTo(port: number): readonly string[] {
  return ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/self/net/${kind}`, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, , remote = '', , , , , , , inode = '0'] = line.trim().split(/\s+/)
        return parseInt(remote.split(':')[1] ?? '', 16) === port ? [inode] : []
      }),
  )
}

function eventPolls(): readonly string[] {
  try {
    return readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === 'anon_inode:[eventpoll]')
  } catch {
    return []
  }
}

/** What a descriptor is of; empty for one that is closed. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

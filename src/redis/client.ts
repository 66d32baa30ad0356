/**
 * @module Keeps one connection to the Redis that is the primary: fails at once while there is none, and looks for one for ever.
 */
import { OperatorError } from '../errors.ts'
import { fault, type Log } from '../telemetry/log.ts'
import { connect, type Connection, type RedisTls, type Send } from './connection.ts'
import { diagnose, type Diagnosis } from './diagnose.ts'
import { RedisFault } from './fault.ts'
import { showHost, type RedisPlace } from './place.ts'

export interface Redis {
  /** Sends one command to the primary. Throws RedisFault: at once where there is no connection, after a second at most otherwise. */
  readonly send: Send
  /** Whether there is a connection. */
  isUp(): boolean
  close(): void
}

export interface RedisOptions {
  readonly place: RedisPlace
  readonly tls: RedisTls | null
  readonly log: Log
  /** Looks a server over, each time one was connected to. Throws OperatorError where it must not be used at all. */
  readonly inspect: (connection: Connection) => Promise<void>
}

/** How often a connection is tried out, so that a frozen server is found before a payment finds it. */
const PROBE_MS = 1_000
const SHORTEST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000

const REPLICA = 'it is a replica'

/**
 * Resolves after the first look at every host, whether or not one is there. Throws OperatorError where none is and waiting
 * cannot mend it, or where `inspect` does.
 */
export async function openRedis({ place, tls, log, inspect }: RedisOptions): Promise<Redis> {
  const closing = Promise.withResolvers<void>()
  let current: Connection | null = null
  let closed = false
  /** What is wrong with each host, by its address. Said when it changes, so that an outage is one line and not one a second. */
  const wrong = new Map<string, Diagnosis>()

  /** The primary, or null where no host is one now. */
  async function find(): Promise<Connection | null> {
    for (const host of place.hosts) {
      const address = showHost(host)
      let found: Diagnosis
      try {
        const connection = await connect(host, place, tls)
        if ((await connection.hello()).role !== 'replica') return connection
        connection.drop(REPLICA)
        found = { reason: REPLICA, lasting: false }
      } catch {
        if (closed) return null
        found = await diagnose(host, place, tls)
      }
      const { reason } = found
      if (wrong.get(address)?.reason !== reason) log.warn('redis.unreachable', { address, reason })
      wrong.set(address, found)
    }
    return null
  }

  /** Uses a connection until it ends. */
  async function use(connection: Connection): Promise<void> {
    current = connection
    wrong.clear()
    log.info('redis.connected', { address: connection.address })
    const probe = setInterval(() => void tryOut(connection), PROBE_MS)
    const reason = await connection.lost
    clearInterval(probe)
    current = null
    if (!closed) log.warn('redis.lost', { reason })
  }

  async function keep(first: Connection | null): Promise<void> {
    let next = first
    for (let pause = SHORTEST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      if (next) {
        await use(next)
        pause = SHORTEST_PAUSE_MS
      }
      // Many processes lost the same server at the same moment.
      await Promise.race([Bun.sleep(pause * (0.5 + Math.random() / 2)), closing.promise])
      if (closed) return
      next = await find()
      if (next) await look(next)
      if (closed) return next?.drop('closed')
    }
  }

  /** A server that is lost meanwhile is looked over again when it is back. */
  async function look(connection: Connection): Promise<void> {
    try {
      await inspect(connection)
    } catch (error) {
      if (error instanceof OperatorError) connection.drop('it must not be used')
      if (error instanceof OperatorError) throw error
      log.warn('redis.not_inspected', fault(error))
    }
  }

  const first = await find()
  if (!first && [...wrong.values()].every(({ lasting }) => lasting)) throw unusable(wrong)
  if (first) await look(first)
  void keep(first)
  return {
    send: (command, args) =>
      current ? current.send(command, args) : Promise.reject(new RedisFault('down')),
    isUp: () => current !== null,
    close: () => {
      closed = true
      closing.resolve()
      current?.drop('closed')
    },
  }
}

function unusable(wrong: ReadonlyMap<string, Diagnosis>): OperatorError {
  const all = [...wrong].map(
    ([address, { reason }]) => `the Redis at ${address} cannot be used: ${reason}`,
  )
  return new OperatorError(
    all.join('\n'),
    'correct [sessions] in pangate.toml and run `pangate doctor`',
  )
}

/** Ends a connection that does not answer, or whose server is no primary any more. */
async function tryOut(connection: Connection): Promise<void> {
  // What fails here has ended the connection, or was refused for a reason that the next command will be told.
  const hello = await connection.hello().catch(() => null)
  if (hello?.role === 'replica') connection.drop(REPLICA)
}

/**
 * @module One connection to one Redis: every command has a deadline, and one that misses it ends the connection.
 */
import { faultOf, RedisFault } from './fault.ts'
import { showHost, type RedisHost, type RedisPlace } from './place.ts'

/** How a server proves its name, and this one its own where the server asks for it. All in PEM. */
export interface RedisTls {
  /** The authorities that are trusted. */
  readonly ca: readonly string[]
  readonly cert: string | null
  readonly key: string | null
}

/** Sends a command. Throws RedisFault. */
export type Send = (command: string, args?: readonly string[]) => Promise<unknown>

export interface Connection {
  /** For the log. */
  readonly address: string
  readonly send: Send
  /** What the server says of itself now. Throws RedisFault. */
  hello(): Promise<Hello>
  /** Resolves with the reason when the connection has ended. */
  readonly lost: Promise<string>
  /** Ends it. A command that was sent and not answered may still be carried out. */
  drop(reason: string): void
}

/** From the answer to HELLO, which every user may send. Texts are empty where the server does not say. */
export interface Hello {
  readonly version: string
  /** `master` or `replica`. */
  readonly role: string
  /** `standalone`, `cluster` or `sentinel`. */
  readonly mode: string
}

/** Milliseconds for a command: a healthy server needs one, and a frozen one never answers. */
const COMMAND_MS = 1_000
/** An answer that has arrived while this process was busy is taken before the deadline is declared missed. */
const GRACE_MS = 20
/** For name, connection, TLS and credentials together. */
const CONNECT_MS = 1_000

/** Errors after which another connection may do better: this server is a replica now, or is not ready. */
const MOVE_ON = new Set(['READONLY', 'MASTERDOWN', 'LOADING', 'NOAUTH'])

/** Connects and gives credentials. Throws RedisFault; Bun's client does not say why, see diagnose.ts. */
export async function connect(
  host: RedisHost,
  place: RedisPlace,
  tls: RedisTls | null,
): Promise<Connection> {
  const client = new Bun.RedisClient(urlOf(host, place), {
    connectionTimeout: CONNECT_MS,
    // Its own ways of waiting have no end: commands wait in a queue, and after some attempts it tries no more.
    autoReconnect: false,
    maxRetries: 0,
    enableOfflineQueue: false,
    ...(tls && { tls: tlsOptions(host, tls) }),
  })
  const lost = Promise.withResolvers<string>()
  client.onclose = () => lost.resolve('closed')

  function drop(reason: string): void {
    lost.resolve(reason)
    client.close()
  }
  const send: Send = async (command, args = []) => {
    try {
      return await inTime(client.send(command, [...args]))
    } catch (error) {
      const fault = faultOf(error)
      if (fault.trouble !== 'refused' || MOVE_ON.has(fault.code)) drop(fault.code)
      throw fault
    }
  }
  try {
    await inTime(client.connect(), CONNECT_MS)
    const hello = async (): Promise<Hello> => helloOf(await send('HELLO'))
    return { address: showHost(host), send, hello, lost: lost.promise, drop }
  } catch (error) {
    drop('not connected')
    throw faultOf(error)
  }
}

/** The answer, or `late`. */
async function inTime<T>(answer: Promise<T>, limit = COMMAND_MS): Promise<T> {
  let timer: Timer | undefined
  const late = new Promise<never>((_, reject) => {
    const expire = (): void => reject(new RedisFault('late'))
    timer = setTimeout(() => {
      timer = setTimeout(expire, GRACE_MS)
    }, limit)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

function urlOf({ host, port }: RedisHost, { tls, user, password, database }: RedisPlace): string {
  const name = host.includes(':') ? `[${host}]` : host
  const credentials =
    password && `${encodeURIComponent(user)}:${encodeURIComponent(password.reveal())}@`
  return `${tls ? 'rediss' : 'redis'}://${credentials ?? ''}${name}:${port}/${database}`
}

function tlsOptions({ host }: RedisHost, { ca, cert, key }: RedisTls): Bun.TLSOptions {
  return {
    // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED would switch it off, and with it the check of the name.
    rejectUnauthorized: true,
    serverName: host,
    ca: [...ca],
    ...(cert !== null && key !== null && { cert, key }),
  }
}

function helloOf(answer: unknown): Hello {
  const text = (name: string): string => {
    const value: unknown =
      typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined
    return typeof value === 'string' ? value : ''
  }
  return { version: text('version'), role: text('role'), mode: text('mode') }
}

/**
 * @module Finds out why a Redis cannot be connected to, by a few words over a plain socket: Bun's client says only that it failed.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { RedisTls } from './connection.ts'
import type { RedisHost, RedisPlace } from './place.ts'

export interface Diagnosis {
  /** Completes "cannot be used: ". */
  readonly reason: string
  /** Waiting will not mend it: the configuration or the server must be changed. */
  readonly lasting: boolean
}

const PATIENCE_MS = 1_500

const NO_PLAIN = 'it ends the connection: it may want TLS'
const NO_TLS = 'TLS does not come about: it may not speak it'

/** Codes of `node:net` and `node:dns`. */
const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'no name server answers',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
}

/** First words of the answers to AUTH, SELECT and HELLO. */
const WORDS: Readonly<Record<string, Diagnosis>> = {
  WRONGPASS: { reason: 'it refuses the user or the password', lasting: true },
  NOAUTH: { reason: 'it wants a password', lasting: true },
  DENIED: {
    reason: 'it is in protected mode: it has no password and is open to the network',
    lasting: true,
  },
  ERR: { reason: 'it refuses the user, the password or the database', lasting: true },
  NOPERM: { reason: 'the user may not use it', lasting: true },
  LOADING: { reason: 'it is starting', lasting: false },
  MASTERDOWN: { reason: 'it is a replica without its primary', lasting: false },
}

/** Connects, gives credentials, asks the server who it is. Never throws. */
export function diagnose(
  target: RedisHost,
  { tls, user, password, database }: RedisPlace,
  authorities: RedisTls | null,
): Promise<Diagnosis> {
  const { promise, resolve } = Promise.withResolvers<Diagnosis>()
  const { host, port } = target
  const socket: Socket = tls
    ? connectTls({
        host,
        port,
        rejectUnauthorized: true,
        ...(authorities && tlsOf(authorities)),
        ...(isIP(host) === 0 && { servername: host }),
      })
    : connectPlain({ host, port })
  const timer = setTimeout(() => end(reached ? NO_TLS : 'it does not answer', false), PATIENCE_MS)
  /** By TCP, and TLS is still to come. */
  let reached = false
  let connected = false
  let text = ''

  function end(reason: string, lasting: boolean): void {
    clearTimeout(timer)
    socket.destroy()
    resolve({ reason, lasting })
  }
  function breakOff(): void {
    if (tls && !connected) end(NO_TLS, false)
    else if (text === '') end(tls ? 'it ends the connection' : NO_PLAIN, false)
    else end('the connection breaks off', false)
  }
  socket.once('connect', () => {
    reached = tls
  })
  socket.once(tls ? 'secureConnect' : 'connect', () => {
    connected = true
    reached = false
    const auth = password && ['AUTH', ...(user === '' ? [] : [user]), password.reveal()]
    if (auth) socket.write(command(auth))
    if (database > 0) socket.write(command(['SELECT', String(database)]))
    // Not PING: a user may be denied that, and never this.
    socket.write(command(['HELLO']))
  })
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
    const refused = /^-([A-Z]+)/m.exec(text)?.[1]
    if (refused !== undefined) {
      const { reason, lasting } = WORDS[refused] ?? { reason: `it says ${refused}`, lasting: false }
      end(reason, lasting)
    } else if (!/^[+*]/.test(text)) end('what listens there is no Redis', true)
    else if (/^\*/m.test(text)) end('it answers now', false)
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const code = error.code ?? ''
    const known = CODES[code]
    if (known !== undefined) end(known, false)
    else if (/CERTIFICATE_REQUIRED/.test(code)) end('it wants a client certificate', true)
    else if (/CERT|VERIFY|SELF_SIGNED|ISSUER/.test(code))
      end(`its certificate is not good (${code})`, true)
    else if (tls && !connected) end(`${NO_TLS} (${code})`, /SSL/.test(code))
    else breakOff()
  })
  socket.on('close', breakOff)
  return promise
}

function tlsOf({ ca, cert, key }: RedisTls) {
  return { ca: [...ca], ...(cert !== null && key !== null && { cert, key }) }
}

/** A command in the form of the protocol (RESP), so that no character of a password means anything. */
function command(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return `*${words.length}\r\n${parts.join('')}`
}

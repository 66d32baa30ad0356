/**
 * @module Where a Redis is: one URL, with several hosts where a replica may take over.
 */
import { parseAddress } from '../address.ts'
import { Secret } from '../secret.ts'

export interface RedisHost {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

export interface RedisPlace {
  /** Tried in turn; the one that says it is the primary is used. */
  readonly hosts: readonly RedisHost[]
  readonly tls: boolean
  readonly user: string
  readonly password: Secret | null
  readonly database: number
}

const FORM = /^(rediss?):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/(\d{1,5})?)?$/
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i
const PORT = 6379

/**
 * `redis://` or `rediss://` (TLS), `user:password@`, `:password@` or `user@` with percent-encoding, one host or several with commas,
 * `/database`. Null for anything else. (The registration of the scheme, IANA `redis`, has the same parts.)
 */
export function parseRedis(text: string): RedisPlace | null {
  const [, scheme, userinfo = '', list = '', database = '0'] = FORM.exec(text) ?? []
  const credentials = credentialsOf(userinfo)
  const hosts = list.split(',').map(hostOf)
  if (scheme === undefined || credentials === null || !hosts.every((host) => host !== null)) {
    return null
  }
  return { hosts, tls: scheme === 'rediss', ...credentials, database: Number(database) }
}

/** `127.0.0.1:6379`, for messages. */
export function showHost({ host, port }: RedisHost): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether what is sent there stays on this machine. */
export function isLoopback({ host }: RedisHost): boolean {
  return /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/i.test(host)
}

function hostOf(text: string): RedisHost | null {
  const [, bracketed, plain, digits = String(PORT)] = HOST.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65535) return null
  if (bracketed !== undefined && parseAddress(bracketed)?.family !== 6) return null
  return { host, port }
}

function credentialsOf(userinfo: string): { user: string; password: Secret | null } | null {
  const [user = '', ...rest] = userinfo.split(':')
  try {
    const password = decodeURIComponent(rest.join(':'))
    return {
      user: decodeURIComponent(user),
      password: password === '' ? null : new Secret(password),
    }
  } catch {
    return null
  }
}

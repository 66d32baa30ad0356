/**
 * @module Opens the Redis of the configuration, and refuses one that must not be used.
 */
import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { OperatorError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { Log } from '../telemetry/log.ts'
import { openRedis, type Redis } from './client.ts'
import type { Connection, RedisTls } from './connection.ts'
import { inspectRedis } from './inspect.ts'
import type { RedisPlace } from './place.ts'

/** Of `[sessions]`. */
export interface RedisSettings {
  /** Null: none, everything is in memory. */
  readonly url: RedisPlace | null
  /** In place of one in the URL. */
  readonly password: Secret | null
  readonly ca_file: string | null
  readonly cert_file: string | null
  readonly key_file: string | null
}

/** What is needed to connect. */
export interface RedisTarget {
  readonly place: RedisPlace
  readonly tls: RedisTls | null
}

/**
 * The Redis of the configuration; null where there is none. One that does not answer now is waited for while serving. Throws
 * OperatorError for one that never will be usable as it is: wrong credentials or certificate, too old, or writing to a disk.
 */
export async function startRedis(settings: RedisSettings, log: Log): Promise<Redis | null> {
  const target = targetOf(settings)
  if (!target) return null
  let started = false
  async function inspect(connection: Connection): Promise<void> {
    const found = await inspectRedis(connection)
    const fatal = found.filter(({ level }) => level === 'fatal')
    if (!started && fatal.length > 0) {
      throw new OperatorError(
        fatal.map(({ message }) => `the Redis of [sessions] url ${message}`).join('\n'),
        fatal.map(({ next }) => next).join('; '),
      )
    }
    for (const { level, message } of found) {
      log[level === 'fatal' ? 'error' : 'warn']('redis.unfit', { reason: message })
    }
  }
  const redis = await openRedis({ ...target, log, inspect })
  started = true
  return redis
}

/** Reads what the settings name. Throws OperatorError for a file that cannot be read. */
export function targetOf(settings: RedisSettings): RedisTarget | null {
  const { url, password, ca_file, cert_file, key_file } = settings
  if (!url) return null
  const tls = url.tls && {
    // Said aloud, because SSL_CERT_FILE would add to what is trusted by default.
    ca: ca_file === null ? rootCertificates : [readText(ca_file, 'ca_file')],
    cert: cert_file === null ? null : readText(cert_file, 'cert_file'),
    key: key_file === null ? null : readText(key_file, 'key_file'),
  }
  return { place: { ...url, password: password ?? url.password }, tls: tls || null }
}

function readText(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new OperatorError(`the file ${file} cannot be read`, `check [sessions] ${setting}`)
  }
}

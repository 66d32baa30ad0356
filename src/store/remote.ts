/**
 * @module A store on a libSQL server that several nodes share: all is read from its primary and written to it.
 */
import { readFileSync } from 'node:fs'
import { OperatorError } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { Log } from '../telemetry/log.ts'
import { databaseOver } from './database.ts'
import { migrate } from './migrations.ts'
import type { Store } from './open.ts'
import { openPrimary, type Primary } from './primary.ts'
import { groupCommit } from './write.ts'

/** How to speak to a libSQL server, and what a replica of it may do. */
export interface ServerOptions {
  readonly auth_token: Secret | null
  /** A file that holds the token. */
  readonly auth_token_file: string | null
  /** A file with authorities in PEM, in place of the built-in ones. */
  readonly ca_file: string | null
  /** Milliseconds for one call. */
  readonly timeout_ms: number
  /** Milliseconds between two synchronisations of a replica. */
  readonly sync_interval_ms: number
  /** Nothing older is read from a replica, in milliseconds. */
  readonly max_stale_ms: number
}

/** As in the table of settings. */
export const SERVER_DEFAULTS: ServerOptions = {
  auth_token: null,
  auth_token_file: null,
  ca_file: null,
  timeout_ms: 3000,
  sync_interval_ms: 1000,
  max_stale_ms: 10_000,
}

/** Opens a store on the primary at `url`. Throws OperatorError when it does not answer, refuses the token, or is not ours. */
export async function openRemote(
  url: string,
  options: ServerOptions,
  log: Log | null,
): Promise<Store> {
  const primary = await openMigrated(url, options, log)
  const db = databaseOver(primary.rows)
  return {
    db,
    ...groupCommit(primary.batch),
    // What deleted rows leave behind is the server's: docs/scale.md says what holds there.
    scrubDeleted: async () => {},
    check: () => checkOf(primary),
    state: () => ({
      primary: primary.isUp() ? 'up' : 'down',
      replica: null,
      replica_age_ms: null,
    }),
    close: async () => primary.close(),
  }
}

/** The primary, at this program's schema. Throws as {@link openRemote}. */
export async function openMigrated(
  url: string,
  options: ServerOptions,
  log: Log | null,
): Promise<Primary> {
  const { timeout_ms } = options
  const [auth_token, ca] = [tokenOf(options), authoritiesOf(options)]
  const primary = openPrimary({ url, auth_token, ca, timeout_ms, log })
  try {
    // With a short deadline first, because migrations have a long one.
    await primary.rows({ sql: 'select 1', params: [] })
    await primary.patient((client) => migrate(client))
    return primary
  } catch (error) {
    primary.close()
    throw error instanceof OperatorError ? error : cannotUse(url, error)
  }
}

/** Why a server could not be used, as the operator is told. */
export function cannotUse(url: string, error: unknown): OperatorError {
  const why = reason(error)
  return new OperatorError(
    `the libSQL server ${url} cannot be used: ${why}`,
    /status 40[13]/.test(why)
      ? 'set [database] auth_token to a token that may read and write, then run `pangate doctor`'
      : 'check [database] and that the server runs, then run `pangate doctor`',
  )
}

/** The check of the primary's own file. */
export function checkOf(primary: Primary): Promise<string> {
  return primary.patient(async (client) =>
    String((await client.execute('pragma integrity_check')).rows[0]?.[0]),
  )
}

/**
 * Who may sign the server's certificate, in PEM; null for the built-in ones. Throws OperatorError where the file cannot be read or has
 * none: TLS would take an empty text for the built-in ones.
 */
export function authoritiesOf({ ca_file }: ServerOptions): string | null {
  if (ca_file === null) return null
  const unusable = (what: string) =>
    new OperatorError(
      `the certificate authorities of the libSQL server, ${ca_file}, ${what}`,
      'check [database] ca_file, then run `pangate doctor`',
    )
  let text: string
  try {
    text = readFileSync(ca_file, 'utf8')
  } catch {
    throw unusable('cannot be read')
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw unusable('have no certificate')
  return text
}

/** The token of the server. Throws OperatorError where its file cannot be read. */
export function tokenOf({ auth_token, auth_token_file }: ServerOptions): Secret | null {
  if (auth_token_file === null) return auth_token
  try {
    return new Secret(readFileSync(auth_token_file, 'utf8').trim())
  } catch {
    throw new OperatorError(
      `the token of the libSQL server, ${auth_token_file}, cannot be read`,
      'check [database] auth_token_file',
    )
  }
}

/** What happened at the bottom of it. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reason(error.cause) : error.message
}

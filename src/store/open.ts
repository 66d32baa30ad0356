/**
 * @module Opens the database, wherever it is, at this program's schema.
 */
import { OperatorError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import type { Database } from './database.ts'
import { openLocal } from './local.ts'
import { databasePath } from './location.ts'
import { openRemote, SERVER_DEFAULTS, type ServerOptions } from './remote.ts'
import { openReplica } from './replica.ts'
import type { GroupCommit, Writer } from './write.ts'

export interface StoreOptions extends Partial<ServerOptions> {
  /** `file:` URL of the local database, or where the primary of a libSQL server is. */
  readonly url: string
  /** The primary, where `url` is the file of a replica. */
  readonly sync_url?: string | null
  /** `power`: commits reach the disk. `process`: they survive a killed process, not a power cut. */
  readonly durability: 'power' | 'process'
}

export interface OpenOptions {
  /** Takes the lock of a server: one process a file has it. */
  readonly owner?: boolean
  /** Reads so much that a replica is worth having; without it, and without `owner`, its primary is asked for all. */
  readonly replica?: boolean
  readonly log?: Log
}

/** How a database elsewhere is doing. */
export interface StoreState {
  readonly primary: 'up' | 'down'
  /** `stale`: older than it may be, so that it is not read. Null where there is none. */
  readonly replica: 'copying' | 'following' | 'stale' | null
  /** How old the replica may be in milliseconds, and while it is not there yet, since when that is so; null where there is none. */
  readonly replica_age_ms: number | null
}

export interface Store {
  /** For reads, and to make statements with. */
  readonly db: Database
  /** Reads past a replica, which may be a moment old; absent where there is none. */
  readonly primary?: Database
  /** For writes: many callers' statements in one transaction, durable when the promise resolves. */
  readonly write: Writer
  /** Gives audit entries their place: until then none can be written. */
  readonly attachChain: GroupCommit['attachChain']
  /**
   * Overwrites what deleted rows left behind in the journal beside the file. Throws `storage_unavailable` where another
   * program keeps it there; it is done then as soon as that program ends.
   */
  scrubDeleted(): Promise<void>
  /** The database's own check: `ok`, or what is wrong. */
  check(): Promise<string>
  /** Absent for a local file. */
  state?(): StoreState
  /** Folds the journal into the file and closes it. */
  close(): Promise<void>
}

/**
 * Opens the database and migrates it. Throws OperatorError when it cannot be opened, is newer, is not ours, or, for an
 * owner, has one already.
 */
export async function openStore(options: StoreOptions, opening: OpenOptions = {}): Promise<Store> {
  const { url, sync_url = null } = options
  const { owner = false, replica = owner, log = null } = opening
  const server = { ...SERVER_DEFAULTS, ...options }
  try {
    if (!url.startsWith('file:')) return await openRemote(url, server, log)
    const file = databasePath(url)
    if (sync_url !== null) {
      return file !== null && replica
        ? await openReplica(file, sync_url, server, log)
        : await openRemote(sync_url, server, log)
    }
    // One in memory has nobody to lock out.
    if (file === null) return await openLocal(inMemory(), options, { ...opening, owner: false })
    return await openLocal(file, options, opening)
  } catch (error) {
    throw error instanceof OperatorError ? error : cannotOpen(options.url, error)
  }
}

/** Why a database could not be opened, as the operator is told. */
export function cannotOpen(url: string, error: unknown): OperatorError {
  return new OperatorError(
    `the database ${url} cannot be opened: ${reason(error)}`,
    'check [database] url, the folder and its permissions, then run `pangate doctor`',
  )
}

let memories = 0

/** A name under which several connections of this process share one database that is nowhere else. */
function inMemory(): string {
  return `file:pangate-${++memories}?mode=memory&cache=shared`
}

/** What happened at the bottom of it. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reason(error.cause) : error.message
}

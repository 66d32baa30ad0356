/**
 * @module Opens the database, wherever it is, at this program's schema.
 */
import { OperatorError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import type { Database } from './database.ts'
import { openLocal } from './local.ts'
import { databasePath } from './location.ts'
import type { GroupCommit, Writer } from './write.ts'

export interface StoreOptions {
  /** `file:` URL of the local database. */
  readonly url: string
  /** `power`: commits reach the disk. `process`: they survive a killed process, not a power cut. */
  readonly durability: 'power' | 'process'
}

export interface OpenOptions {
  /** Takes the lock of a server: one process a file has it. */
  readonly owner?: boolean
  readonly log?: Log
}

export interface Store {
  /** For reads, and to make statements with. */
  readonly db: Database
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
  /** Folds the journal into the file and closes it. */
  close(): Promise<void>
}

/**
 * Opens the database and migrates it. Throws OperatorError when it cannot be opened, is newer, is not ours, or, for an
 * owner, has one already.
 */
export async function openStore(options: StoreOptions, opening: OpenOptions = {}): Promise<Store> {
  try {
    return await openLocal(databasePath(options.url) ?? inMemory(), options, opening)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(
      `the database ${options.url} cannot be opened: ${reason(error)}`,
      'check [database] url, the folder and its permissions, then run `pangate doctor`',
    )
  }
}

let memories = 0

/** A name under which several connections of this process share one database that is nowhere else. */
function inMemory(): string {
  return `file:pangate-${++memories}?mode=memory&cache=shared`
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

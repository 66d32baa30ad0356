/**
 * @module Opens the database: one connection, durable as configured, at this program's schema.
 */
import { createClient, type Client } from '@libsql/client/sqlite3'
import type { LibSQLDatabase } from 'drizzle-orm/libsql'
import { drizzle } from 'drizzle-orm/libsql/sqlite3'
import { OperatorError } from '../errors.ts'
import { migrate } from './migrations.ts'
import { groupCommit, type Batch, type GroupCommit, type Writer } from './write.ts'

export interface StoreOptions {
  /** `file:` URL of the local database. */
  readonly url: string
  /** `power`: commits reach the disk. `process`: they survive a killed process, not a power cut. */
  readonly durability: 'power' | 'process'
}

export interface Store {
  /** For reads. */
  readonly db: LibSQLDatabase
  /** For writes: many callers' statements in one transaction, durable when the promise resolves. */
  readonly write: Writer
  /** Gives audit entries their place: until then none can be written. */
  readonly attachChain: GroupCommit['attachChain']
  /** Overwrites what deleted rows left behind in the journal beside the file. */
  scrubDeleted(): Promise<void>
  /** The database's own check: `ok`, or what is wrong. */
  check(): Promise<string>
  /** Folds the journal into the file and closes it. */
  close(): Promise<void>
}

/** Milliseconds a statement waits for another program (the command line beside the server) to finish its write. */
const BUSY_MS = 5000

/** Opens the database and migrates it. Throws OperatorError when it cannot be opened, is newer, or is not ours. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const client = await open(options)
  const db = drizzle(client)
  return {
    db,
    ...groupCommit(batchOf(client)),
    scrubDeleted: coalesce(async () => {
      await client.execute('pragma wal_checkpoint(truncate)')
    }),
    check: async () => String((await client.execute('pragma integrity_check')).rows[0]?.[0]),
    close: async () => {
      try {
        // So that the one file is whole: what was written last stands in the journal beside it until now.
        await client.execute('pragma wal_checkpoint(truncate)')
      } finally {
        client.close()
      }
    },
  }
}

function batchOf(client: Client): Batch {
  return (statements) =>
    client.batch(
      statements.map(({ sql, params }) => ({ sql, args: [...params] })),
      'write',
    )
}

async function open(options: StoreOptions): Promise<Client> {
  try {
    // One connection, because pragmas belong to a connection and a local file has one writer anyway.
    const client = createClient({ url: options.url, concurrency: 1, timeout: BUSY_MS })
    await client.execute('pragma journal_mode = wal')
    await client.execute(
      `pragma synchronous = ${options.durability === 'power' ? 'full' : 'normal'}`,
    )
    // Deleted rows are overwritten in the file, not only unlinked from it.
    await client.execute('pragma secure_delete = on')
    await migrate(client)
    return client
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(
      `the database ${options.url} cannot be opened: ${reason(error)}`,
      'check [database] url, the folder and its permissions, then run `pangate doctor`',
    )
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Runs once for all callers that arrive while it has not started. */
function coalesce(run: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | null = null
  return () => {
    waiting ??= last.then(() => {
      waiting = null
      last = run()
      return last
    })
    return waiting
  }
}

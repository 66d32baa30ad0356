/**
 * @module The local file, for the one process that serves it: reads at once, writes in groups, deleted rows overwritten.
 */
import { GatewayError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { patiently } from './busy.ts'
import { openCommitter, type Committer } from './committer.ts'
import { lockDatabase } from './lock.ts'
import { JOURNAL_QUERY, migrate, missingMigrations } from './migrations.ts'
import type { OpenOptions, Store, StoreOptions } from './open.ts'
import { localTransactions } from './local_transactions.ts'
import type { Connection } from './native.ts'
import { openReader, readingBy } from './reader.ts'
import { openRecent } from './recent.ts'
import { groupCommit } from './write.ts'

/** How long a caller waits for its deleted rows to be overwritten while another program reads them. */
const SCRUB_PATIENCE_MS = 10_000
/** Between two tries, and when it takes longer. */
const SCRUB_AGAIN_MS = 20
const SCRUB_LATER_MS = 500

/** Opens it and brings it to this program's schema. Throws what the database says, or OperatorError. */
export async function openLocal(
  file: string,
  { durability }: StoreOptions,
  { owner = false, log }: OpenOptions,
): Promise<Store> {
  const lock = owner ? lockDatabase(file) : null
  const reader = openReader(file)
  try {
    // Several programs may do this to a new file at once, and SQLite itself waits for the others in a part of it only.
    await patiently(() => reader.connection.exec('pragma journal_mode = wal'))
    // A command beside a busy server waits for no lock to find out that there is nothing to do.
    if (owner || !(await patiently(() => isMigrated(reader.connection)))) {
      await patiently(() => migrate(localTransactions(reader.connection)))
    }
    // In KiB, as it is needed: the upper pages of the index of 10 million tokens, so that a look-up reads one page of the file.
    reader.connection.all('pragma cache_size = -32768', [])
    // From here on everything is written by the other connection.
    reader.connection.all('pragma query_only = on', [])
    // A file system without shared memory has no such journal, and the pragma says so in its answer alone.
    const [mode] = reader.connection.get('pragma journal_mode', []) ?? []
    const recent = owner && mode === 'wal' ? openRecent(file) : null
    const committer = await openCommitter(file, durability, recent)
    const scrubbing = scrubber(committer, log)
    // What a killed process had deleted may still stand in the journal.
    if (owner) scrubbing.run().catch(() => undefined)
    return {
      db: readingBy(reader.connection, recent),
      ...groupCommit(committer.batch),
      scrubDeleted: scrubbing.run,
      check: reader.check,
      async close() {
        scrubbing.stop()
        recent?.end()
        // So that the one file is whole: what was written last stands in the journal beside it until now.
        await committer.truncate().catch(() => false)
        await committer.close()
        reader.connection.close()
        lock?.release()
      },
    }
  } catch (error) {
    reader.connection.close()
    lock?.release()
    throw error
  }
}

/** Overwrites what deleted rows left behind, until it is done: a program that reads an old state keeps it there. */
function scrubber({ truncate }: Pick<Committer, 'truncate'>, log: Log | undefined) {
  let stopped = false
  let last: Promise<unknown> = Promise.resolve()
  let waiting: Promise<void> | null = null

  async function untilDone(): Promise<void> {
    const since = performance.now()
    let told = false
    // A full disk may keep it there, too.
    while (!stopped && !(await truncate().catch(() => false))) {
      if (!told && performance.now() - since > SCRUB_PATIENCE_MS) {
        told = true
        log?.warn('database.not_scrubbed')
      }
      await Bun.sleep(told ? SCRUB_LATER_MS : SCRUB_AGAIN_MS)
    }
    if (told) log?.info('database.scrubbed')
  }

  return {
    stop() {
      stopped = true
    },
    /** One run serves all callers that arrive while it has not started. */
    async run(): Promise<void> {
      waiting ??= last.then(() => {
        waiting = null
        const run = untilDone()
        last = run.catch(() => undefined)
        return run
      })
      await inTime(waiting)
    },
  }
}

/** Throws `storage_unavailable` where it takes longer than a caller waits; it goes on all the same. */
async function inTime(scrubbed: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(
      new GatewayError(
        'storage_unavailable',
        'It is deleted, but another program is reading the database: until that ends, the journal has what was there.',
      ),
    )
  }, SCRUB_PATIENCE_MS)
  try {
    await Promise.race([scrubbed, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether it has this program's schema. Throws OperatorError for a foreign or a newer one. */
function isMigrated(connection: Connection): boolean {
  const table = "select 1 from sqlite_master where name = 'pangate_migrations'"
  if (connection.all(table, []).length === 0) return false
  return missingMigrations(connection.named(JOURNAL_QUERY, [])) === 0
}

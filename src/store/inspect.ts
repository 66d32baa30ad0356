/**
 * @module Opens a database to look at it: nothing is made, migrated, claimed or written.
 */
import { sql } from 'drizzle-orm'
import { OperatorError } from '../errors.ts'
import { databaseOver, type Database } from './database.ts'
import { databasePath, databaseUrl } from './location.ts'
import { JOURNAL_QUERY, missingMigrations } from './migrations.ts'
import { cannotOpen, type Store, type StoreOptions } from './open.ts'
import { openPrimary } from './primary.ts'
import { openReader } from './reader.ts'
import { authoritiesOf, cannotUse, checkOf, SERVER_DEFAULTS, tokenOf } from './remote.ts'

export interface Inspection {
  /** Reads; its writes are refused. */
  readonly store: Store
  /** How many migrations the next start would apply; before it, not all tables are as this program knows them. */
  readonly missing: number
}

/** Opens it. Throws OperatorError when it cannot be opened, is newer, or is not ours. */
export async function inspectStore(options: StoreOptions): Promise<Inspection> {
  const { url, sync_url = null } = options
  const file = databasePath(url)
  // In memory there is nothing to look at: it is taken for a server, which does not answer.
  const server = file === null ? url : sync_url
  const opened = server === null ? at(file ?? url) : atServer(server, options)
  try {
    return { store: opened, missing: missingMigrations(await journalOf(opened.db)) }
  } catch (error) {
    await opened.close()
    if (error instanceof OperatorError) throw error
    throw server === null ? cannotOpen(url, error) : cannotUse(server, error)
  }
}

function at(file: string): Store {
  try {
    const { db, check, connection } = openReader(`${databaseUrl(file)}?mode=ro`)
    return { ...READ_ONLY, db, check, close: async () => connection.close() }
  } catch (error) {
    throw cannotOpen(file, error)
  }
}

function atServer(url: string, options: StoreOptions): Store {
  const server = { ...SERVER_DEFAULTS, ...options }
  const primary = openPrimary({
    url,
    auth_token: tokenOf(server),
    ca: authoritiesOf(server),
    timeout_ms: server.timeout_ms,
    log: null,
  })
  const db = databaseOver(primary.rows)
  return { ...READ_ONLY, db, check: () => checkOf(primary), close: async () => primary.close() }
}

const READ_ONLY = {
  write: () =>
    Promise.reject(new OperatorError('the database has not been set up yet', 'pangate serve')),
  attachChain: () => undefined,
  scrubDeleted: async () => {},
}

/** What was applied; nothing where it has no journal of migrations. */
async function journalOf(db: Database): Promise<readonly { name: unknown; hash: unknown }[]> {
  const table = sql`select 1 from sqlite_schema where type = 'table' and name = 'pangate_migrations'`
  if ((await db.values(table)).length === 0) return []
  const rows = await db.values(sql.raw(JOURNAL_QUERY))
  return rows.map(([name, hash]) => ({ name, hash }))
}

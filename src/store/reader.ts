/**
 * @module Reads a local file: drizzle over one connection, whose statements are prepared once.
 */
import { databaseOver, type Database } from './database.ts'
import { connect, type Connection } from './native.ts'
import type { Recent } from './recent.ts'
import type { Statement } from './write.ts'

export interface Reader {
  readonly db: Database
  readonly connection: Connection
  /** The database's own check: `ok`, or what is wrong. */
  check(): Promise<string>
}

/** Milliseconds a read waits, with all else, for a lock; a reader of a journalled file meets one only while it is opened or closed. */
const BUSY_MS = 1000

/** Opens a connection for reads alone: whoever else writes, it sees the last commit. Throws when there is no database. */
export function openReader(file: string): Reader {
  const connection = connect(file, BUSY_MS)
  const db = readingBy(connection, null)
  return {
    db,
    connection,
    check: async () => {
      try {
        return String(connection.all('pragma integrity_check', [])[0]?.[0])
      } catch (error) {
        // So damaged that it cannot be looked at.
        if (error instanceof Error && 'code' in error && error.code === 'SQLITE_CORRUPT') {
          return error.message
        }
        throw error
      }
    },
  }
}

/** A database over a connection, and over rows that it gave before. */
export function readingBy({ get, all }: Connection, recent: Recent | null): Database {
  function rows({ sql, params }: Statement, method: string) {
    if (method !== 'get') return all(sql, params)
    const row = get(sql, params)
    return row ? [row] : []
  }
  return databaseOver(
    rows,
    recent
      ? (statement, method) => recent.rows(statement, method, () => rows(statement, method))
      : rows,
  )
}

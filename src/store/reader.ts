/**
 * @module Reads a local file: drizzle over one connection, whose statements are prepared once.
 */
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Database } from './database.ts'
import { connect, type Connection } from './native.ts'

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
  // An error in a query is a rejection, as it is over a network.
  const db = drizzle(async (sql, params, method) => {
    // Drizzle's own contract: `get` takes the row itself, or nothing.
    if (method === 'get') return { rows: connection.get(sql, params) as unknown[] }
    return { rows: [...connection.all(sql, params)] }
  })
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

/**
 * @module Whether an error of the database says that another connection has the lock.
 */

/** True for SQLITE_BUSY in all its forms. https://sqlite.org/rescode.html#busy */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}

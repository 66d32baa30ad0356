/**
 * @module A database that another connection has locked: how it is told, and how it is waited for without holding up anything.
 */

/** How long another program (the command line beside the server) is waited for. */
const PATIENCE_MS = 5_000
/** Between two tries; other programs' transactions are short. */
const AGAIN_MS = 2

/** True for SQLITE_BUSY in all its forms. https://sqlite.org/rescode.html#busy */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}

/** Runs it, again for as long as the database is locked. Throws SQLITE_BUSY when that does not end. */
export async function patiently<T>(run: () => T | Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await run()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error
      await Bun.sleep(AGAIN_MS)
    }
  }
}

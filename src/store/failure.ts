/**
 * @module Whether an unexpected error is the database's.
 */

/** True for what the database or its driver threw, however it was wrapped. */
export function isStorageFailure(error: unknown): boolean {
  return (
    error instanceof Error &&
    (/^(Libsql|Sqlite|DrizzleQuery)/.test(error.name) ||
      error.constructor.name.startsWith('DrizzleQuery') ||
      isStorageFailure(error.cause))
  )
}

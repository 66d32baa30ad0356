/**
 * @module Where short-lived sealed values are kept: one interface, in memory or in Redis.
 */

/**
 * Keeps bytes for a time, by a clock that may be another than the caller's. Every method is atomic. One that rejects has given
 * nothing; what it was to do may still happen, but for that no bytes are ever given twice.
 */
export interface SessionStore {
  set(key: string, value: Uint8Array, expiresAt: number): Promise<void>
  get(key: string): Promise<Uint8Array | null>
  /** Gives the bytes to exactly one caller and forgets them. */
  take(key: string): Promise<Uint8Array | null>
  /** Whether there was something to delete. */
  delete(key: string): Promise<boolean>
  /** How many there are, where that is known at once. */
  readonly size?: () => number
  close(): void
}

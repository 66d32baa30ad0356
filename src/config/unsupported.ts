/**
 * @module Settings that this build knows and does not implement.
 */

interface Unsupported {
  readonly section: string
  readonly key: string
  /** Whether this build can do with the value. */
  readonly supports: (value: unknown) => boolean
  /** What the operator reads. */
  readonly message: string
}

/**
 * Set to anything else than this build can do with, they stop the start instead of being passed over in silence. Whoever
 * implements one deletes its row.
 */
export const UNSUPPORTED: readonly Unsupported[] = [
  {
    section: 'server',
    key: 'workers',
    supports: (value) => value === 1,
    message: 'this version serves with one process: remove it, or set 1',
  },
]

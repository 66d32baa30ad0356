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

const unset = (value: unknown): boolean => value === null || value === 0

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
  {
    section: 'database',
    key: 'url',
    supports: (value) => typeof value === 'string' && value.startsWith('file:'),
    message: 'this version opens local files only: use "file:PATH"',
  },
  {
    section: 'database',
    key: 'auth_token',
    supports: unset,
    message: 'this version opens local files only, which have no token: remove it',
  },
  {
    section: 'database',
    key: 'sync_url',
    supports: unset,
    message: 'this version has no replicas: remove it',
  },
  {
    section: 'database',
    key: 'sync_interval_ms',
    supports: unset,
    message: 'this version has no replicas: remove it',
  },
]

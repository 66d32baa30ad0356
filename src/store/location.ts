/**
 * @module Where a database is: the `file:` URL of a path, and back.
 */

/** The `file:` URL of a database at an absolute path. */
export function databaseUrl(path: string): string {
  return `file:${path.replace(/[%?#]/g, encodeURIComponent)}`
}

/** The path of a `file:` URL; null for a database in memory or elsewhere. */
export function databasePath(url: string): string | null {
  const [, path] = /^file:(?:\/\/(?:localhost)?(?=\/))?([^?#]+)/.exec(url) ?? []
  return path === undefined || path === ':memory:' ? null : decodeURIComponent(path)
}

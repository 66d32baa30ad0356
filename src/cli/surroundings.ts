/**
 * @module What a server may run with, and should not: warned of at its start.
 */
import { existsSync, statSync } from 'node:fs'
import type { Config } from '../config.ts'
import { databasePath } from '../store/location.ts'

/** A line for each, with what to do. */
export function warningsOf({ database }: Config): readonly string[] {
  const file = databasePath(database.url)
  return [
    ...(process.getuid?.() === 0
      ? ['it runs as root, which it does not need: give it a user of its own (docs/operate.md)']
      : []),
    ...(file !== null && isOpen(file)
      ? [`${file} can be opened by every user: chmod 600 ${file}*`]
      : []),
  ]
}

/** Whether every user may open a file. */
export function isOpen(path: string): boolean {
  if (process.platform === 'win32' || !existsSync(path)) return false
  return (statSync(path).mode & 0o007) !== 0
}

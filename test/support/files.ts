/**
 * @module What is in the files of a database, byte for byte.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The names of the database's files (itself, its journal) that hold the bytes. */
export function filesWith(folder: string, bytes: string | Uint8Array): readonly string[] {
  return databaseFiles(folder)
    .filter(({ content }) => content.includes(bytes))
    .map(({ name }) => name)
}

/** A digest of each file with data. The index of the journal has none, readers write it too; nor has the server's lock. */
export function digests(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    databaseFiles(folder)
      .filter(({ name, content }) => !/-(?:shm|lock)$/.test(name) && content.length > 0)
      .map(({ name, content }) => [name, createHash('sha256').update(content).digest('hex')]),
  )
}

function databaseFiles(folder: string): readonly { name: string; content: Buffer }[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('pangate.db'))
    .map((name) => ({ name, content: readFileSync(join(folder, name)) }))
}

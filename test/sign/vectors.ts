/** @module Signing vectors: those of the repository, and the larger collection beside it where there is one. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface Vector {
  readonly scheme: string
  readonly name: string
  readonly source: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly expected: string
}

/** The collection that the project's research gathered: not in the repository, so that it may be absent. */
export const SHARED = resolve(import.meta.dir, '../../../shared/vectors')

export const hasShared = existsSync(SHARED)

export const own = vectorsIn(resolve(import.meta.dir, '../vectors/signing.json'))

/** Every list of vectors of the collection, by file. */
export function sharedVectors(): readonly (readonly [file: string, vectors: readonly Vector[]])[] {
  if (!hasShared) return []
  return readdirSync(SHARED)
    .filter((file) => file.endsWith('.json'))
    .map((file): [string, readonly Vector[]] => [file, vectorsIn(join(SHARED, file))])
}

/** The cookbook of JOSE, RFC 7520, by file. */
export function cookbook(): readonly (readonly [file: string, example: unknown])[] {
  const folder = join(SHARED, 'rfc7520')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => /^\d/.test(file))
    .map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))])
}

/** A file that is no list, such as the messages of RFC 9421, has none. */
function vectorsIn(path: string): readonly Vector[] {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  return Array.isArray(value) ? (value as Vector[]) : []
}

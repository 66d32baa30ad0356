/**
 * @module The case files, by dialect.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseCase, type Case } from './case_file.ts'

const FOLDER = resolve(import.meta.dir, '..')

export const DIALECTS = ['native', 'ozura', 'basis-theory-ai', 'basis-theory', 'stitch'] as const
export type Dialect = (typeof DIALECTS)[number]

/** The names of a dialect's case files, without folder, in order. */
export function caseFiles(dialect: Dialect): readonly string[] {
  try {
    return readdirSync(join(FOLDER, dialect))
      .filter((name) => name.endsWith('.case'))
      .toSorted()
  } catch {
    // No folder: nobody has written a case of this dialect yet.
    return []
  }
}

/** @throws Error naming file and line where it is no case */
export function readCase(dialect: Dialect, name: string): Case {
  const path = `test/dialects/${dialect}/${name}`
  return parseCase(path, readFileSync(join(FOLDER, dialect, name), 'utf8'))
}

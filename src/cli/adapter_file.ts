/**
 * @module An adapter's file with what lies beside it, loaded as a server would load it.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import type { Adapter } from '../adapter.ts'
import { readFixtures, type Fixtures } from '../conformance/fixture.ts'
import { OperatorError } from '../errors.ts'

/** What a file's ending says that it is. */
type Kind = 'typescript' | 'template'

const KINDS: { readonly [ending: string]: Kind } = {
  '.ts': 'typescript',
  '.js': 'typescript',
  '.yaml': 'template',
  '.yml': 'template',
  '.toml': 'template',
  '.json': 'template',
}

export interface AdapterFile {
  readonly path: string
  /** Its name without ending, which its adapter's id must be. */
  readonly name: string
  readonly kind: Kind
  readonly source: string
}

/** Reads the file. Throws OperatorError for one that is not there, or no adapter by its ending. */
export function readAdapterFile(path: string): AdapterFile {
  const ending = extname(path)
  const kind = KINDS[ending]
  if (!kind || path.endsWith('.d.ts')) {
    const next = `give a file that ends in ${Object.keys(KINDS).join(', ')}`
    throw new OperatorError(`${path} is no adapter by its name`, next, 2)
  }
  try {
    return { path, name: basename(path, ending), kind, source: readFileSync(path, 'utf8') }
  } catch (error) {
    throw new OperatorError(`${path} cannot be read: ${codeOf(error)}`, 'ls the folder it is in')
  }
}

/** Loads it into its sandbox, or compiles the document. Throws what the loaders throw. */
export async function loadAdapter({ source, path, kind }: AdapterFile): Promise<Adapter> {
  if (kind === 'template') {
    const { loadTemplate } = await import('../templates/load.ts')
    return loadTemplate(source, basename(path))
  }
  const { openSandboxed } = await import('../external/sandboxed.ts')
  // Cards and credentials are made up here, so that it may say what it likes.
  return openSandboxed(source, basename(path), true)
}

/** The folder of its recorded answers. */
export function fixturesFolder({ path }: AdapterFile): string {
  return `${path.slice(0, -extname(path).length)}.fixtures`
}

/** What is recorded beside it; nothing where there is no such folder. */
export function readFixturesOf(file: AdapterFile): Fixtures {
  const folder = fixturesFolder(file)
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
    const texts = names
      .toSorted()
      .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
    return readFixtures(texts)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return readFixtures([])
    throw new OperatorError(`${folder} cannot be read: ${codeOf(error)}`, `ls ${folder}`)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

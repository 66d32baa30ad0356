/**
 * @module An adapter's file with what lies beside it, loaded as a server would load it.
 */
import { lstatSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import type { Adapter } from '../adapter.ts'
import { nearest } from '../config/nearest.ts'
import { readFixtures, type Fixtures } from '../conformance/fixture.ts'
import { OperatorError } from '../errors.ts'
import { readText } from '../external/read.ts'
import { Refused } from '../external/refused.ts'
import { typed } from './typed.ts'

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
  /** Exactly as it is on disk; a pin is their sum. */
  readonly bytes: Uint8Array
  readonly source: string
}

/**
 * Reads the file for `pangate adapter COMMAND`. Throws OperatorError for one that is not there, that cannot be read, or that
 * is no adapter by its ending.
 */
export function readAdapterFile(path: string, command: string): AdapterFile {
  if (isFolder(path)) throw folderInstead(path, command)
  const ending = extname(path)
  const kind = KINDS[ending]
  if (!kind || path.endsWith('.d.ts')) {
    const endings = Object.keys(KINDS).join(', ')
    const message = `${typed(path)} is no adapter by its name: those end in ${endings}, and not in .d.ts`
    throw new OperatorError(message, meant(path, command) ?? `pangate adapter ${command} --help`, 2)
  }
  try {
    const { bytes, text } = readText(path)
    return { path, name: basename(path, ending), kind, bytes, source: text }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new OperatorError(`${typed(path)} ${error.message}`, after(path, command))
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

/** What is recorded beside it; nothing where there is no such folder. Throws OperatorError for a file that cannot be read. */
export function readFixturesOf(file: AdapterFile): Fixtures {
  const folder = fixturesFolder(file)
  const names = namesIn(folder)
  if (names === null && isThere(folder)) {
    throw new OperatorError(
      `${typed(folder)} is no folder that this user can read`,
      `ls -ld ${typed(folder)}`,
    )
  }
  const texts = (names ?? [])
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, text: textOf(join(folder, name)) }))
  return readFixtures(texts)
}

/** What the adapters' files of a folder are called; null where it cannot be read. */
function namesIn(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder).toSorted()
  } catch {
    return null
  }
}

function textOf(path: string): string {
  try {
    return readText(path).text
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new OperatorError(`${typed(path)} ${error.message}`, `ls -l ${typed(path)}`)
  }
}

function folderInstead(path: string, command: string): OperatorError {
  const [first] = adaptersIn(path)
  const next = first
    ? `pangate adapter ${command} ${typed(join(path, first))}`
    : `pangate adapter new acme --dir ${typed(path)}`
  const message = `${typed(path)} is a folder${first ? '' : ' without an adapter in it'}`
  return new OperatorError(message, next, 2)
}

/** What to type after a file that cannot be read. */
function after(path: string, command: string): string {
  if (isThere(path)) return `ls -l ${typed(path)}`
  const other = meant(path, command)
  if (other !== null) return other
  const [folder, name] = [dirname(path), basename(path, '.ts')]
  const dir = folder === '.' ? '' : ` --dir ${typed(folder)}`
  return command !== 'eject' && path.endsWith('.ts') && /^[a-z][a-z0-9_-]{0,39}$/.test(name)
    ? `pangate adapter new ${name}${dir}`
    : `ls ${typed(folder)}`
}

/** The command with the file that was probably meant; null where there is none like it. */
function meant(path: string, command: string): string | null {
  const folder = dirname(path)
  const near = nearest(basename(path), adaptersIn(folder))
  return near === null ? null : `pangate adapter ${command} ${typed(join(folder, near))}`
}

function adaptersIn(folder: string): readonly string[] {
  return (namesIn(folder) ?? []).filter(
    (name) =>
      KINDS[extname(name)] !== undefined && !/^(package|tsconfig)\.json$|\.d\.ts$/.test(name),
  )
}

/** A link that leads nowhere is there, too. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path) !== undefined
  } catch {
    return false
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/**
 * @module `pangate adapter new NAME`: a small adapter that works, its recorded answers, and types for editors.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OperatorError } from '../errors.ts'
import { openRegistry } from '../registry.ts'
import { TYPES_FILE, skeleton } from '../skeleton/skeleton.ts'
import type { Input } from './command.ts'
import type { Terminal } from './terminal.ts'
import { typed } from './typed.ts'

/** What the system says of a folder, in words. */
const TROUBLES: { readonly [code: string]: string } = {
  EACCES: 'this user may not',
  EEXIST: 'there is a file of that name',
  ENOENT: 'it is no folder for files of ours',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is no folder',
  EPERM: 'this user may not',
  EROFS: 'it can only be read',
}

/** Writes the files; overwrites none but the types. */
export async function create(input: Input, { out }: Terminal): Promise<number> {
  const name = input.argument
  const folder = input.text('dir') ?? '.'
  const dir = folder === '.' ? '' : ` --dir ${typed(folder)}`
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(name)) {
    throw input.refuse(
      `${typed(name)} is no name: use at most 40 lower-case letters, digits, _ and -, beginning with a letter, as in acme_pay`,
    )
  }
  const builtIn = openRegistry()
    .list()
    .some(({ id }) => id === name)
  if (builtIn) {
    throw input.refuse(`${name} is built in`, `pangate adapter new my_${name}${dir}`)
  }
  const files = skeleton(name).map(({ path, text }) => ({ path: join(folder, path), text }))
  const there = files.find(({ path }) => existsSync(path) && !path.endsWith(TYPES_FILE))
  if (there) {
    throw new OperatorError(
      `${typed(there.path)} is there already, and is left as it is`,
      `pangate adapter new ${name.slice(0, 38)}_2${dir}`,
    )
  }
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new OperatorError(
      `${typed(folder)} cannot be written to: ${TROUBLES[code] ?? code}`,
      `pangate adapter new ${name} --dir DIR`,
    )
  }
  const file = join(folder, `${name}.ts`)
  if (input.flag('json')) out(JSON.stringify({ file, files: files.map(({ path }) => path) }))
  else {
    out(files.map(({ path }) => path).join('\n'))
    out(
      `\nIt works as it is, against a PSP that does not exist. Check it, after each change:\n  pangate adapter check ${typed(file)}`,
    )
  }
  return 0
}

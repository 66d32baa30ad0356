/**
 * @module The files of a master key that is changed: the next one beside the present one, and the old one after it.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  chownSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { OperatorError } from '../errors.ts'
import { newKeyFile, parse, type MasterKey } from '../vault/master_key.ts'

/** Where a key goes that was replaced. */
export function oldKeyFile(file: string, { id }: MasterKey): string {
  return `${file}.old-${id}`
}

/**
 * The next key in its file, made of `text` where there is no such file yet; on the disk when this returns, for nothing may
 * be wrapped under a key that can be lost. Throws OperatorError where it cannot be written or is no key.
 */
export function keepNext(file: string, text: string): MasterKey {
  const beside = newKeyFile(file)
  return attempt(beside, () => {
    if (!existsSync(beside)) writeDurably(beside, `${text}\n`, file)
    return parse(readFileSync(beside, 'utf8'))
  })
}

/** Puts the next key in the place of the present one, which stays under another name. Called again, it does the rest. */
export function promote(file: string, old: MasterKey): void {
  const beside = newKeyFile(file)
  attempt(beside, () => {
    if (!existsSync(beside)) return
    if (parse(readFileSync(file, 'utf8')).id === old.id && !existsSync(oldKeyFile(file, old))) {
      writeDurably(oldKeyFile(file, old), readFileSync(file, 'utf8'), file)
    }
    renameSync(beside, file)
    syncFolder(file)
  })
}

/** Whole or not at all, readable by the owner of the other file alone. */
function writeDurably(path: string, text: string, like: string): void {
  const draft = `${path}.part`
  rmSync(draft, { force: true })
  const handle = openSync(draft, 'wx', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  const { uid, gid } = statSync(like)
  // Root types the command, another user serves: the file is for whom the other one is for.
  if (process.getuid?.() === 0) chownSync(draft, uid, gid)
  renameSync(draft, path)
  syncFolder(path)
}

/** A name is on the disk when its folder is. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(dirname(path), 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function attempt<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof OperatorError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new OperatorError(
      `the master key file ${path} cannot be written: ${code}`,
      `run the command as the user who owns ${dirname(path)}; nothing is lost, and it goes on where it stopped`,
    )
  }
}

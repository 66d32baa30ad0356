/**
 * @module The text of an adapter's file: an ordinary file, of a size that people read, in UTF-8.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { Refused } from './refused.ts'

/** An adapter is text that people read. */
const MOST_BYTES = 1024 * 1024

/** What the system says, in words. */
const TROUBLES: { readonly [code: string]: string } = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there: a part of its path is no folder',
  EACCES: 'cannot be read: this user may not',
  EPERM: 'cannot be read: this user may not',
  ELOOP: 'cannot be read: it is a link that leads to itself',
  ENAMETOOLONG: 'cannot be read: its name is too long',
  ENXIO: 'is no ordinary file',
}

export interface FileText {
  readonly bytes: Buffer
  readonly text: string
  /** The permissions, as `stat` has them. */
  readonly mode: number
}

/** Reads the file. Throws Refused, in words that follow the file's name. */
export function readText(path: string): FileText {
  const { bytes, mode } = read(path)
  return { bytes, text: decoded(bytes), mode }
}

/** A pipe is not waited for, and a device, which may never end, not read. */
function read(path: string): Omit<FileText, 'text'> {
  let file: number | null = null
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const found = fstatSync(file)
    if (found.isDirectory()) throw new Refused('is a folder', 1)
    if (!found.isFile()) throw new Refused('is no ordinary file', 1)
    if (found.size > MOST_BYTES) throw new Refused(`is larger than ${MOST_BYTES} bytes`, 1)
    return { bytes: readFileSync(file), mode: found.mode }
  } catch (error) {
    if (error instanceof Refused) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Refused(TROUBLES[code] ?? `cannot be read: ${code}`, 1)
  } finally {
    if (file !== null) closeSync(file)
  }
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw new Refused('is not text in UTF-8', lineOfFirstBad(bytes))
  }
}

/** Editors show the line, and programs write what they cannot read as U+FFFD. */
function lineOfFirstBad(bytes: Buffer): number {
  return bytes.toString('utf8').split('\uFFFD')[0]?.split('\n').length ?? 1
}

/**
 * @module Rows that were read before, given again for exactly as long as nobody has changed them: the journal's index tells.
 */
import { openSync, readSync } from 'node:fs'
import type { Row } from './native.ts'
import type { Statement } from './write.ts'

/**
 * Why nothing here is ever older than what SQLite itself would read. Every commit, of whatever process, writes a new header into
 * the journal's index (`-shm`) before it returns: the second copy first, then the first. A reader takes a header only where both
 * copies are equal, and as long as it is the one that it had, it trusts the pages in its own memory (`walIndexTryHdr` in wal.c).
 * The same is asked here before each use: while both copies are the header that was there before and after the rows were read,
 * a reader would see that very state. No header comes back with another content: a commit counts up, and the checksum of all
 * frames with the journal's salts is in it, also where the index is built anew or the journal begins again.
 * https://sqlite.org/walformat.html#the_wal_index_file_format
 */
const HEADER_BYTES = 48
/** Two of its places, in words of the machine's own byte order: the version of the format, and the count of commits. */
const VERSION_AT = 0
const COMMITS_AT = 2
const VERSION = 3_007_000
/** An index that is built anew counts from 0: so many commits of others cannot come between ours and the look at it. */
const COUNTS_FROM = 100

/** Tables whose rows are kept: few rows, read for every request, seldom changed. No trigger or foreign key changes them. */
const TABLES = ['api_keys', 'destinations'] as const
/** Rows of so many queries; then it begins anew. */
const MOST = 10_000

export interface Recent {
  /** The rows of a query of these tables alone, by that method: those that are known, or what `read` gives. */
  rows(query: Statement, method: string, read: () => readonly Row[]): readonly Row[]
  /**
   * To be called within our own transaction, before it is committed; what it gives is to be called when it was, with whether
   * any row was affected: so our own writes to other tables do not make us forget.
   */
  writing(statements: readonly Statement[]): (affected: boolean) => void
  /** Keeps nothing from here on. */
  end(): void
}

/** For the process that writes to the file, which has it open with a journal. Null where that has no index in a file. */
export function openRecent(file: string): Recent | null {
  let index: number
  try {
    // Never closed: that would end every lock that this process has on it, SQLite's own too.
    // https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
    index = openSync(`${file}-shm`, 'r')
  } catch {
    return null
  }
  const words = new Uint32Array((2 * HEADER_BYTES) / 4)
  const both = Buffer.from(words.buffer)
  const [header, second] = [both.subarray(0, HEADER_BYTES), both.subarray(HEADER_BYTES)]
  /** The state of the file of which the kept rows are. */
  const known = Buffer.alloc(HEADER_BYTES)
  const kept = new Map<string, readonly Row[]>()
  let ended = false

  /** Whether there is a header that a reader would take: one that is being written, or whose writer died, has other copies. */
  function look(): boolean {
    try {
      if (readSync(index, both, 0, both.length, 0) < both.length) return false
    } catch {
      // It has no part in what is durable, so nothing may fail by it.
      return false
    }
    return words[VERSION_AT] === VERSION && header.equals(second)
  }

  function end(): void {
    ended = true
    kept.clear()
  }

  return {
    end,
    rows(query, method, read) {
      if (ended) return read()
      const name = nameOf(query, method)
      const sound = look()
      if (sound && header.equals(known)) {
        const found = kept.get(name)
        if (found) return found
      } else {
        kept.clear()
        header.copy(known)
      }
      const rows = read()
      // Of nothing there is no end: what is not there is looked for each time.
      if (sound && rows.length > 0 && look() && header.equals(known)) {
        if (kept.size >= MOST) kept.clear()
        kept.set(name, rows)
      }
      return rows
    },
    writing(statements) {
      // From here on nobody else can commit until we have.
      const goesOn = look() && header.equals(known)
      const before = words[COMMITS_AT] ?? 0
      const ours = (before + 1) >>> 0
      const ends = statements.some(({ sql }) => TABLES.some((table) => sql.includes(table)))
      return (affected) => {
        const sound = look()
        // SQLite has counted our commit: an index without it is not the one that it writes, as of a file without a journal.
        if (affected && words[COMMITS_AT] === before) end()
        if (ends) kept.clear()
        // One commit more, and it was ours: another one that came behind it would be a second.
        else if (goesOn && affected && sound && words[COMMITS_AT] === ours && ours > COUNTS_FROM) {
          header.copy(known)
        }
      }
    },
  }
}

/** Kinds and lengths stand before the values, so that no two queries have the same name. */
function nameOf({ sql, params }: Statement, method: string): string {
  let name = `${method} ${sql}`
  for (const param of params) {
    const text = param instanceof Uint8Array ? Buffer.from(param).toString('latin1') : String(param)
    name += `\n${param === null ? 'null' : typeof param} ${text.length}:${text}`
  }
  return name
}

/**
 * @module Writes to a local file: one connection, one transaction at a time, without holding up requests that read or compute.
 */
import { statSync } from 'node:fs'
import { patiently } from './busy.ts'
import { connectForWrites } from './native.ts'
import type { Recent } from './recent.ts'
import type { Batch, Written } from './write.ts'

export interface Committer {
  readonly batch: Batch
  /** Folds the journal into the file and empties it. False where another program reads what is in it. */
  truncate(): Promise<boolean>
  /** Ends after what is under way. */
  close(): Promise<void>
}

/** Statements after which the journal is folded into the file: a few megabytes of it. */
const FOLD_AFTER = 1_000
/** Statements after which it begins anew. Under load that needs a moment without writes. */
const ANEW_AFTER = 16_000

/**
 * Opens the connection that writes. `power`: a commit waits for the disk, on another thread. `process`: it does not wait.
 * `recent` is told of all that is written.
 */
export async function openCommitter(
  file: string,
  durability: 'power' | 'process',
  recent: Recent | null = null,
): Promise<Committer> {
  const connection = connectForWrites(file)
  const pragma = (text: string): Promise<void> =>
    patiently(() => connection.apart(`pragma ${text}`))
  await pragma(`synchronous = ${durability === 'power' ? 'full' : 'normal'}`)
  // Deleted rows are overwritten in the file, not only unlinked from it.
  await pragma('secure_delete = on')
  // Folding the journal waits for the disk: it has a connection of its own, so that writes go on meanwhile.
  await pragma('wal_autocheckpoint = 0')
  const folding = connectForWrites(file)
  await folding.apart('pragma synchronous = normal')
  let folded: Promise<void> | null = null
  let unfolded = 0
  let grown = 0
  let last: Promise<unknown> = Promise.resolve()

  /** One thing at a time: the connection has one transaction. */
  function next<T>(run: () => Promise<T>): Promise<T> {
    const result = last.then(run)
    last = result.catch(() => undefined)
    return result
  }

  function rollBack(): void {
    try {
      connection.exec('rollback')
    } catch (error) {
      // Some errors have ended the transaction already.
      if (!isEnded(error)) throw error
    }
  }

  const batch: Batch = async (statements) => {
    await patiently(() => connection.exec('begin immediate'))
    const results: Written[] = []
    const written = recent?.writing(statements)
    try {
      for (const { sql, params } of statements) {
        results.push({ rowsAffected: await connection.run(sql, params) })
      }
      // A flush takes as long as the disk does, so it is waited for elsewhere.
      if (durability === 'power') await connection.apart('commit')
      else connection.exec('commit')
    } catch (error) {
      rollBack()
      throw error
    }
    written?.(results.some(({ rowsAffected }) => rowsAffected > 0))
    return results
  }

  /** Nothing is lost where it fails, as on a disk without room: what is committed stays in the journal then. */
  async function fold(): Promise<void> {
    unfolded = 0
    const run = ({ apart }: typeof connection) =>
      apart('pragma wal_checkpoint(passive)').catch(() => undefined)
    await run(folding)
    if (grown >= ANEW_AFTER) {
      grown = 0
      // What came in meanwhile, which is little; the next transaction then writes from the beginning.
      await next(() => run(connection))
    }
    folded = null
  }

  return {
    async batch(statements) {
      const results = await next(() => batch(statements))
      unfolded += statements.length
      grown += statements.length
      if (unfolded >= FOLD_AFTER) folded ??= fold()
      return results
    },
    async truncate() {
      await folded
      return next(async () => {
        await connection.apart('pragma wal_checkpoint(truncate)')
        // The pragma says whether it was done in a row, which is not read on the other thread.
        return journalSize(file) === 0
      })
    },
    async close() {
      await folded
      await next(async () => {
        folding.close()
        connection.close()
      })
    },
  }
}

function isEnded(error: unknown): boolean {
  return error instanceof Error && error.message.includes('no transaction is active')
}

/** Bytes of the journal beside the file. */
function journalSize(file: string): number {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
}

/**
 * @module Group commit: the statements of all callers that wait at the same moment share one transaction and one flush to disk.
 */
import type { AuditEntry } from '../audit/entry.ts'
import { GatewayError } from '../errors.ts'

/** What a column takes and gives. */
export type Value = null | string | number | bigint | Uint8Array

/** A statement as plain data, which may go to another process. */
export interface Statement {
  readonly sql: string
  readonly params: readonly Value[]
}

/** A statement made by drizzle, not yet run. */
export interface Query {
  toSQL(): { readonly sql: string; readonly params: readonly unknown[] }
}

/** What can be written as plain data: what crosses a link to the process that writes. */
export type PlainWrite = Statement | AuditEntry

/** What can be written. */
export type Write = Query | PlainWrite

/** What came of one statement. */
export interface Written {
  readonly rowsAffected: number
}

/**
 * Runs everything in one transaction, in order, with a result for each. Resolves when it is durable.
 * Throws `conflict` where a row is taken, `storage_unavailable` when it is not there or nobody knows.
 */
export type Writer = (...writes: readonly Write[]) => Promise<readonly Written[]>

/**
 * Runs the statements in one transaction, or none of them. A GatewayError from it is final for all who wait: nobody knows
 * whether it was committed. Any other error says that nothing was written.
 */
export type Batch = (statements: readonly Statement[]) => Promise<readonly Written[]>

/** Makes rows of audit entries, each linked to the one before, in the order in which they are written. */
export interface Chain {
  /** The next row. It counts as written when `committed` is called, and as never made when `rolledBack` is. */
  append(entry: AuditEntry): Statement
  committed(): void
  rolledBack(): void
  /** Nobody knows which of the two it was. */
  inDoubt(): void
}

export interface GroupCommit {
  readonly write: Writer
  /** Audit entries are refused until there is a chain. */
  attachChain(chain: Chain): void
}

interface Job {
  readonly writes: readonly PlainWrite[]
  readonly resolve: (results: readonly Written[]) => void
  readonly reject: (error: unknown) => void
}

/** https://sqlite.org/rescode.html#constraint_unique */
const TAKEN = new Set<unknown>(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'])

/** A writer over one connection. */
export function groupCommit(batch: Batch): GroupCommit {
  let chain: Chain | null = null
  let queue: Job[] = []
  let running = false

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const jobs = queue
      queue = []
      await commit(jobs)
    }
    running = false
  }

  async function commit(jobs: readonly Job[]): Promise<void> {
    let results: readonly Written[]
    try {
      // Made now and not before: an entry's row depends on all that were written until now.
      results = await batch(
        jobs.flatMap(({ writes }) => writes.map((write) => statementOf(write, chain))),
      )
    } catch (error) {
      const [only, ...others] = jobs
      if (error instanceof GatewayError) {
        chain?.inDoubt()
        for (const { reject } of jobs) reject(error)
        return
      }
      chain?.rolledBack()
      // The transaction was rolled back whole, so each can be tried alone and only the guilty one fails.
      if (others.length > 0) for (const job of jobs) await commit([job])
      else only?.reject(writeError(error))
      return
    }
    chain?.committed()
    let from = 0
    for (const { writes, resolve } of jobs) resolve(results.slice(from, (from += writes.length)))
  }

  return {
    write: (...writes) =>
      new Promise((resolve, reject) => {
        queue.push({ writes: writes.map(plainWrite), resolve, reject })
        // The next turn of the loop, so that requests read in this turn come along.
        if (!running) {
          running = true
          setImmediate(() => void drain())
        }
      }),
    attachChain(attached) {
      chain = attached
    },
  }
}

/** A write as plain data. */
export function plainWrite(write: Write): PlainWrite {
  if (!('toSQL' in write)) return write
  const { sql, params } = write.toSQL()
  // Drizzle has already encoded every parameter for the driver.
  return { sql, params: params as readonly Value[] }
}

function statementOf(write: PlainWrite, chain: Chain | null): Statement {
  if (!('audit' in write)) return write
  if (chain) return chain.append(write)
  throw new TypeError('an audit entry, and no chain to put it in')
}

function writeError(error: unknown): GatewayError {
  if (TAKEN.has(codeOf(error))) {
    // A caller's mistake: with a cause it would be counted and told as a fault of ours.
    return new GatewayError('conflict', 'It exists already.')
  }
  return new GatewayError('storage_unavailable', 'The database did not take the write.', {
    cause: error,
  })
}

/** The code of a database's error. Over a network the precise one stands beside a general one. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return null
  if ('extendedCode' in error && error.extendedCode !== undefined) return error.extendedCode
  return 'code' in error ? error.code : null
}

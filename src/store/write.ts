/**
 * @module Group commit: the statements of all callers that wait at the same moment share one transaction and one flush to disk.
 */
import type { Client, InStatement, InValue, ResultSet } from '@libsql/client/sqlite3'
import { GatewayError } from '../errors.ts'

/** A statement made by drizzle, not yet run. */
export interface Query {
  toSQL(): { readonly sql: string; readonly params: readonly unknown[] }
}

/** Runs the statements in one transaction, in order. Resolves when they are durable; throws `storage_unavailable` when they are not there. */
export type Writer = (...queries: readonly Query[]) => Promise<readonly ResultSet[]>

interface Job {
  readonly statements: readonly InStatement[]
  readonly resolve: (results: readonly ResultSet[]) => void
  readonly reject: (error: unknown) => void
}

/** A writer over one client. */
export function groupCommit(client: Pick<Client, 'batch'>): Writer {
  let queue: Job[] = []
  let running = false

  async function drain(): Promise<void> {
    running = true
    while (queue.length > 0) {
      const jobs = queue
      queue = []
      await commit(client, jobs)
    }
    running = false
  }

  return (...queries) =>
    new Promise((resolve, reject) => {
      queue.push({ statements: queries.map(statement), resolve, reject })
      // The next turn of the loop, so that requests read in this turn come along.
      if (!running) {
        running = true
        setImmediate(() => void drain())
      }
    })
}

async function commit(client: Pick<Client, 'batch'>, jobs: readonly Job[]): Promise<void> {
  try {
    const results = await client.batch(
      jobs.flatMap((job) => job.statements),
      'write',
    )
    let from = 0
    for (const job of jobs) {
      job.resolve(results.slice(from, (from += job.statements.length)))
    }
  } catch (error) {
    const [only, ...others] = jobs
    // The transaction was rolled back whole, so each can be tried alone and only the guilty one fails.
    if (others.length > 0) for (const job of jobs) await commit(client, [job])
    else only?.reject(writeError(error))
  }
}

function writeError(error: unknown): GatewayError {
  const code = error instanceof Error && 'extendedCode' in error ? error.extendedCode : undefined
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') {
    return new GatewayError('conflict', 'It exists already.', { cause: error })
  }
  return new GatewayError('storage_unavailable', 'The database did not take the write.', {
    cause: error,
  })
}

function statement(query: Query): InStatement {
  const { sql, params } = query.toSQL()
  // Drizzle has already encoded every parameter for the driver.
  return { sql, args: params as InValue[] }
}

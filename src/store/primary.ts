/**
 * @module The primary of a libSQL server: statements with a deadline, transactions that come late refused, and whether it is there.
 */
import {
  createClient,
  LibsqlBatchError,
  LibsqlError,
  type Client,
  type InStatement,
} from '@libsql/client/http'
import { randomUUID } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { Log } from '../telemetry/log.ts'
import { gather } from './gather.ts'
import { InDoubt } from './in_doubt.ts'
import { openPrimaryHttp, Unanswered, type PrimaryHttp } from './primary_http.ts'
import type { Batch, Statement, Value } from './write.ts'

type Rows = readonly (readonly Value[])[]

export interface PrimaryOptions {
  /** `https:`, `libsql:` (the same over TLS) or `http:`. */
  readonly url: string
  readonly auth_token: Secret | null
  /** Who may sign its certificate, in PEM; null for the built-in authorities. */
  readonly ca: string | null
  /** Milliseconds for one call. */
  readonly timeout_ms: number
  readonly log: Log | null
}

export interface Primary {
  /** The rows of one statement, each as its columns. Throws `storage_unavailable` at once while it is known to be gone. */
  rows(statement: Statement): Promise<Rows>
  /** As {@link Batch} says. */
  readonly batch: Batch
  /** The place in its log that stands for all that is committed by now; null where it does not tell. Throws {@link Unanswered}. */
  place(): Promise<number | null>
  /** False from the first call that was not answered and could not be tried again, until one is. */
  isUp(): boolean
  /** A client with minutes of time, for what is seldom and long. */
  patient<T>(use: (client: Client) => Promise<T>): Promise<T>
  close(): void
}

/** How long the try may take that tells whether it is there. */
const PROBE_MS = 1_000
/** Between two tries while it is gone. */
const AGAIN_MS = 250
const PATIENT_MS = 120_000

/**
 * The number of a writer's transaction, which only grows: one whose answer was given up and that arrives after the next is
 * rolled back by it, because a column that is never null would be. So what is written after a doubt has the last word.
 */
const NUMBERED = `insert into writers (id, batch, at) values (?, ?, ?) on conflict (id) do update
  set batch = case when writers.batch < excluded.batch then excluded.batch end, at = excluded.at`
/** Rows of writers that ended long ago. */
const FORGET = 'delete from writers where at < ?'
const FORGET_MS = 30 * 24 * 60 * 60 * 1000

/** Opens it; nothing is sent yet. */
export function openPrimary(options: PrimaryOptions): Primary {
  const { url, auth_token, ca, timeout_ms, log } = options
  const base = url.replace(/^libsql:/, 'https:')
  const connect = (within: number) => {
    const http = openPrimaryHttp(base, within, ca)
    const client = createClient({
      url: base,
      fetch: http.fetch,
      // Its own queue knows no deadline; the connections have one.
      concurrency: 10_000,
      ...(auth_token && { authToken: auth_token.reveal() }),
    })
    return { http, client }
  }
  const { http, client } = connect(timeout_ms)
  const probe = connect(Math.min(PROBE_MS, timeout_ms))
  const writer = randomUUID()
  let number = 0
  let up = true
  let closed = false
  let probing = false

  /** Finds out whether it is gone, and when it is back. */
  async function watch(): Promise<void> {
    if (probing || closed) return
    probing = true
    for (;;) {
      const why = await probe.client.execute('select 1').then(() => null, reason)
      if (closed) return
      if (up && why !== null) log?.error('database.gone', { reason: why })
      if (!up && why === null) log?.info('database.back')
      up = why === null
      if (up) break
      await Bun.sleep(AGAIN_MS)
    }
    probing = false
  }

  async function guarded<T>(run: () => Promise<T>): Promise<T> {
    if (!up) throw new Unanswered('the server is gone', false)
    try {
      return await run()
    } catch (error) {
      if (error instanceof Unanswered) void watch()
      throw error
    }
  }

  async function read(statements: readonly Statement[]): Promise<readonly Rows[]> {
    const asked = statements.map(input)
    const [only, ...others] = asked
    try {
      const results = await guarded(async () =>
        only !== undefined && others.length === 0
          ? [await client.execute(only)]
          : client.batch(asked, 'read'),
      )
      return results.map(({ rows }) => rows.map((row) => Array.from(row, decoded)))
    } catch (error) {
      throw error instanceof Unanswered ? unavailable('The database did not answer.', error) : error
    }
  }

  return {
    rows: gather(read, (error) => !(error instanceof GatewayError)),
    async batch(statements) {
      const now = Date.now()
      const first = number === 0 ? [{ sql: FORGET, params: [now - FORGET_MS] }] : []
      const numbered = { sql: NUMBERED, params: [writer, ++number, now] }
      const before = [...first, numbered]
      try {
        const results = await guarded(() =>
          client.batch([...before, ...statements].map(input), 'write'),
        )
        return results.slice(before.length).map(({ rowsAffected }) => ({ rowsAffected }))
      } catch (error) {
        throw writeError(error)
      }
    },
    place: () => guarded(() => placeOf(http, base, auth_token)),
    isUp: () => up,
    async patient(use) {
      const slow = connect(PATIENT_MS)
      try {
        return await use(slow.client)
      } finally {
        slow.client.close()
        slow.http.close()
      }
    },
    close() {
      closed = true
      for (const one of [client, probe.client]) one.close()
      for (const one of [http, probe.http]) one.close()
    },
  }
}

/** The client does not hand it on: https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md */
async function placeOf(
  http: PrimaryHttp,
  base: string,
  auth_token: Secret | null,
): Promise<number | null> {
  const requests = [{ type: 'execute', stmt: { sql: 'select 1' } }, { type: 'close' }]
  const answer = await http.fetch(
    new Request(new URL('v2/pipeline', base).href, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(auth_token && { authorization: `Bearer ${auth_token.reveal()}` }),
      },
      body: JSON.stringify({ baton: null, requests }),
    }),
  )
  const [, place] = /"replication_index":"(\d{1,15})"/.exec(await answer.text()) ?? []
  return place === undefined ? null : Number(place)
}

/** What the group commit is to make of it: a GatewayError is final, and anything else says that nothing was written. */
function writeError(error: unknown): unknown {
  if (error instanceof Unanswered) {
    return error.sent
      ? new InDoubt(error)
      : unavailable('The database cannot be reached: nothing was written.', error)
  }
  // One statement failed, and the server rolled the others back.
  if (error instanceof LibsqlBatchError) {
    const taken = error.message.includes('UNIQUE constraint failed')
    return taken ? Object.assign(error, { code: 'SQLITE_CONSTRAINT_UNIQUE' }) : error
  }
  // Others held the lock for too long: it did not begin, or was not committed.
  if (error instanceof LibsqlError && /^SQLITE_(?:BUSY|LOCKED)/.test(error.code)) {
    return unavailable('The database is busy: nothing was written.', error)
  }
  return new InDoubt(error)
}

function unavailable(message: string, cause: unknown): GatewayError {
  return new GatewayError('storage_unavailable', message, { cause })
}

/** Numbers go over the wire as floating point otherwise. */
function input({ sql, params }: Statement): InStatement {
  return { sql, args: params.map((one) => (Number.isSafeInteger(one) ? BigInt(Number(one)) : one)) }
}

/** Blobs as everywhere else. */
function decoded(value: unknown): Value {
  // The client gives what a column can hold, with blobs as ArrayBuffer.
  return value instanceof ArrayBuffer ? Buffer.from(value) : (value as Value)
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}

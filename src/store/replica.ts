/**
 * @module A store that reads from a copy on this node, and writes to the primary that the copy follows.
 */
import { OperatorError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { databaseOver } from './database.ts'
import { openFreshness } from './freshness.ts'
import { lockDatabase } from './lock.ts'
import { connectReplica, type ReplicaConnection } from './native.ts'
import { withinTime } from './native_deadline.ts'
import { endSilentConnections } from './native_sockets.ts'
import type { Store, StoreState } from './open.ts'
import type { Primary } from './primary.ts'
import { checkOf, openMigrated, tokenOf, type ServerOptions } from './remote.ts'
import { groupCommit, type Batch, type Statement } from './write.ts'

/** A query whose parameters are ids of tokens. */
const OF_TOKENS =
  /^select .* from "credentials" where "credentials"\."token_id" (?:= \?|in \([?, ]+\))$/
/** How many processes of one machine may have a copy each. */
const COPIES = 64
/** So often the copy's log is compared with the primary's, which is another one when that was restored. */
const WHOLE_MS = 30_000
/** A connection on which nothing came for so many times the bound is dead, where a synchronisation waits as long already. */
const DEAD_AFTER = 3
/** Each time it did not help it is given twice as long, because a server may be that slow; up to this. */
const MOST_PATIENCE_MS = 600_000
/** How long the end waits for a synchronisation that is under way. */
const CLOSE_MS = 500

/**
 * Opens the copy at `file`, or beside it where another process has that. Serves at once, by asking the primary, while the copy
 * is not there yet. Throws as the primary does when that is not there.
 */
export async function openReplica(
  file: string,
  sync_url: string,
  options: ServerOptions,
  log: Log | null,
): Promise<Store> {
  const { sync_interval_ms, max_stale_ms, timeout_ms } = options
  const primary = await openMigrated(sync_url, options, log)
  const freshness = openFreshness(max_stale_ms, () => performance.now())
  const opened = performance.now()
  const base = sync_url.replace(/^libsql:/, 'https:')
  let copy: Copy
  try {
    // It answered a moment ago: opening asks it once more, and this process waits for that.
    const token = tokenOf(options)?.reveal() ?? ''
    copy = await withinTime(portOf(base), timeout_ms, () =>
      openCopy(file, (path) => connectReplica(path, base, token, options.ca_file)),
    )
  } catch (error) {
    primary.close()
    throw performance.now() - opened < timeout_ms ? error : unanswered(sync_url, base, timeout_ms)
  }
  const synchronise = synchroniser(primary, copy.connection)
  const follower = follow(synchronise.run, freshness.began, sync_interval_ms)
  const watching = setInterval(watch, Math.min(1000, max_stale_ms))
  watching.unref()
  let stale = false
  let patience = DEAD_AFTER * max_stale_ms

  function state(): StoreState {
    const age = freshness.age()
    return {
      primary: primary.isUp() ? 'up' : 'down',
      replica: age === null ? 'copying' : age > max_stale_ms ? 'stale' : 'following',
      replica_age_ms: age ?? performance.now() - opened,
    }
  }

  function watch(): void {
    const { replica, replica_age_ms } = state()
    const now = replica === 'stale'
    if (now && !stale) log?.warn('replica.stale', { ms: Math.round(replica_age_ms ?? 0) })
    if (!now && stale) log?.info('replica.fresh')
    stale = now
    if (replica === 'following') patience = DEAD_AFTER * max_stale_ms
    if (synchronise.running_ms() < patience) return
    const count = endSilentConnections(portOf(base), patience)
    if (count === 0) return
    log?.warn('replica.connection_ended', { count, ms: Math.round(patience) })
    patience = Math.max(patience, Math.min(2 * patience, MOST_PATIENCE_MS))
  }

  async function rows(statement: Statement, method: string) {
    if (freshness.allows(statement.sql, method)) {
      const found = readCopy(statement)
      // What is not in the copy may be new: only the primary can say that it is nowhere.
      if (found.length > 0 || hasNone(statement)) return found
    }
    return primary.rows(statement)
  }

  /** A token is written in one transaction with its credentials: where the copy has the one, it has the others. */
  function hasNone({ sql, params }: Statement): boolean {
    if (!OF_TOKENS.test(sql)) return false
    const places = params.map(() => '?').join(', ')
    const known = readCopy({ sql: `select id from tokens where id in (${places})`, params })
    return known.length === params.length
  }

  function readCopy({ sql, params }: Statement) {
    try {
      return copy.connection.all(sql, params)
    } catch {
      return []
    }
  }

  const batch: Batch = async (statements) => {
    try {
      return await primary.batch(statements)
    } finally {
      // Also in doubt: it may have been written.
      if (freshness.wrote(statements)) follower.hurry()
    }
  }

  return {
    db: databaseOver(rows),
    primary: databaseOver(primary.rows),
    ...groupCommit(batch),
    scrubDeleted: async () => {},
    async check() {
      const here = String(copy.connection.all('pragma integrity_check', [])[0]?.[0])
      return here === 'ok' ? checkOf(primary) : `the replica: ${here}`
    },
    state,
    async close() {
      clearInterval(watching)
      await follower.close()
      copy.close()
      primary.close()
    },
  }
}

/** It answers our calls, and not the one with which a copy is opened. */
function unanswered(sync_url: string, base: string, ms: number): OperatorError {
  return new OperatorError(
    `the libSQL server ${sync_url} answers queries, but nothing of it came in ${ms} ms when the copy on this node was opened`,
    `see that whatever stands in front of it lets everything through: curl -m 5 ${new URL('info', base).href}`,
  )
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

interface Copy {
  readonly connection: ReplicaConnection
  close(): void
}

/** The first copy that no other process has: two that write to one file would spoil it. */
function openCopy(file: string, connect: (path: string) => ReplicaConnection): Copy {
  for (let number = 1; ; number++) {
    const path = number === 1 ? file : `${file}.${number}`
    let lock: ReturnType<typeof lockDatabase>
    try {
      lock = lockDatabase(path)
    } catch (error) {
      if (number === COPIES) throw error
      continue
    }
    try {
      const connection = connect(path)
      return {
        connection,
        close() {
          connection.close()
          lock.release()
        },
      }
    } catch (error) {
      lock.release()
      throw error
    }
  }
}

/**
 * Brings the copy to where the primary is now. The primary is asked first where that is: what it does after that need not be waited
 * for, and where it does not answer nothing is begun that could hang.
 */
function synchroniser(primary: Pick<Primary, 'place'>, connection: ReplicaConnection) {
  let reached = -1
  let wholeAt = -Infinity
  let since: number | null = null

  async function sync(place: number | null): Promise<number> {
    since = performance.now()
    try {
      return await connection.sync(place)
    } finally {
      since = null
    }
  }

  async function run(): Promise<void> {
    const place = await primary.place()
    const now = performance.now()
    const whole = place === null || place < reached || now - wholeAt > WHOLE_MS
    if (!whole && place === reached) return
    reached = await sync(whole ? null : place)
    if (whole) wholeAt = now
    else if (reached < place) wholeAt = -Infinity
    if (place !== null && reached < place) throw new Error('the copy did not get there')
  }

  return {
    run,
    /** For how long the copy's own part of it has been under way. */
    running_ms: (): number => (since === null ? 0 : performance.now() - since),
  }
}

/** Synchronises every `interval` milliseconds, and at once when asked to hurry. */
function follow(sync: () => Promise<void>, began: () => () => void, interval: number) {
  let closed = false
  let hurried = false
  let wake = Promise.withResolvers<void>()

  async function run(): Promise<void> {
    while (!closed) {
      hurried = false
      const succeeded = began()
      await sync().then(succeeded, () => undefined)
      if (hurried || closed) continue
      wake = Promise.withResolvers()
      const timer = setTimeout(wake.resolve, interval)
      await wake.promise
      clearTimeout(timer)
    }
  }

  const running = run()
  return {
    hurry(): void {
      hurried = true
      wake.resolve()
    },
    /** A synchronisation that hangs is not waited for. */
    async close(): Promise<void> {
      closed = true
      wake.resolve()
      await Promise.race([running, Bun.sleep(CLOSE_MS)])
    },
  }
}

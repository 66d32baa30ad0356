/**
 * @module Connections to a local file by libSQL's own binding, with statements prepared once and kept by their text.
 */
import Immediate from 'libsql'
import Deferred from 'libsql/promise'
import { withAuthorities } from './native_authorities.ts'
import { openingRuntime } from './native_sockets.ts'
import type { Value } from './write.ts'

export type Row = readonly Value[]

/** A prepared statement, as the binding has it. */
interface NativeStatement {
  readonly reader: boolean
  raw(): NativeStatement
  run(params: readonly Value[]): { readonly changes: number }
  get(params: readonly Value[]): unknown
  all(params: readonly Value[]): unknown
}

/** A connection that answers at once. */
export interface Connection {
  /** The rows, each as its columns in order; none for a statement that gives none. Throws SqliteError. */
  all(sql: string, params: readonly unknown[]): readonly Row[]
  /** The first row, which costs half as much. */
  get(sql: string, params: readonly unknown[]): Row | undefined
  /** The same rows by their columns' names. */
  named(sql: string, params: readonly unknown[]): readonly Readonly<Record<string, unknown>>[]
  /** Begins and ends transactions. A prepared statement that found the database locked would keep a lock of its own. */
  exec(sql: string): void
  close(): void
}

/** A connection whose commits need not be waited for by others. */
export interface WritingConnection {
  /** Runs a statement that gives no rows, at once; gives how many rows it changed. */
  run(sql: string, params: readonly unknown[]): Promise<number>
  /** As {@link Connection.exec}. */
  exec(sql: string): void
  /** Runs it on another thread, without parameters. */
  apart(sql: string): Promise<void>
  close(): void
}

/** Statements are few; those of searches by many conditions push each other out. */
const KEPT_STATEMENTS = 200

/** Opens one. `busy_ms` is how long a statement waits, with all else, for another connection's lock. */
export function connect(file: string, busy_ms: number): Connection {
  const database = openingRuntime(() => new Immediate(file, { timeout: busy_ms }))
  const kept = keeper<{ readonly statement: NativeStatement; readonly reader: boolean }>()
  const prepared = (sql: string) => {
    const known = kept.get(sql)
    if (known) return known
    const statement: NativeStatement = database.prepare<unknown[]>(sql)
    const { reader } = statement
    return kept.set(sql, { reader, statement: reader ? statement.raw() : statement })
  }
  return {
    all(sql, params) {
      const { statement, reader } = prepared(sql)
      const values = checked(params)
      // A raw statement gives rows as arrays of what columns can hold.
      if (reader) return statement.all(values) as Row[]
      statement.run(values)
      return []
    },
    get(sql, params) {
      // Likewise; nothing where there is no row.
      return prepared(sql).statement.get(checked(params)) as Row | undefined
    },
    exec(sql) {
      database.exec(sql)
    },
    named(sql, params) {
      const statement = database.prepare(sql)
      // Without `raw` a row is an object of its columns.
      if (statement.reader) return statement.all(checked(params)) as Record<string, unknown>[]
      statement.run(checked(params))
      return []
    },
    close: () => database.close(),
  }
}

/** Opens one that never waits for a lock: it fails at once with SQLITE_BUSY. */
export function connectForWrites(file: string): WritingConnection {
  const database = openingRuntime(() => new Deferred(file, { timeout: 0 }))
  const kept = keeper<NativeStatement>()
  return {
    async run(sql, params) {
      const statement: NativeStatement = kept.get(sql) ?? kept.set(sql, await database.prepare(sql))
      return statement.run(checked(params)).changes
    },
    exec(sql) {
      // Both classes have the same native connection in them; only this one has a call that is done when it returns.
      Reflect.apply(Immediate.prototype.exec, database, [sql])
    },
    async apart(sql) {
      await database.exec(sql)
    },
    close: () => database.close(),
  }
}

/** A copy of a database elsewhere, to read from. */
export interface ReplicaConnection {
  /** As {@link Connection.all}. */
  all(sql: string, params: readonly unknown[]): readonly Row[]
  /**
   * Fetches what is new, without holding up the process: to a place in the server's log at least, or to its end, which under many
   * writes comes late. Gives the place that was reached. It may wait for ever for a server that is frozen, or a connection that is dead:
   * `endSilentConnections` ends that.
   */
  sync(place: number | null): Promise<number>
  close(): void
}

/**
 * Opens a copy, waiting for the server's answer with all else. Trusts the authorities of `ca_file`, else those of the system. Throws where
 * it does not answer.
 */
export function connectReplica(
  file: string,
  url: string,
  token: string,
  ca_file: string | null = null,
): ReplicaConnection {
  const options = { syncUrl: url, authToken: token }
  const open = () => openingRuntime(() => new Immediate(file, options))
  const database = ca_file === null ? open() : withAuthorities(ca_file, open)
  return {
    all(sql, params) {
      // Not kept: on a copy, a statement that is used again ignores its new parameters (libsql 0.5.29; test/store/replica.test.ts).
      const statement: NativeStatement = database.prepare<unknown[]>(sql)
      // A raw statement gives rows as arrays of what columns can hold.
      return statement.raw().all(checked(params)) as Row[]
    },
    async sync(place) {
      const { sync, syncUntil } = Deferred.prototype
      // Both classes have the same native connection in them; only this one has calls that do not block.
      const reached: unknown = await (place === null
        ? Reflect.apply(sync, database, [])
        : Reflect.apply(syncUntil, database, [place]))
      const is = typeof reached === 'object' && reached !== null && 'frame_no' in reached
      return is ? Number(reached.frame_no) : 0
    },
    close: () => database.close(),
  }
}

/** Keeps those that were used last. */
function keeper<T>() {
  const kept = new Map<string, T>()
  function set(name: string, value: T): T {
    const [oldest] = kept.keys()
    if (kept.size >= KEPT_STATEMENTS && oldest !== undefined) kept.delete(oldest)
    kept.set(name, value)
    return value
  }
  return {
    set,
    get(name: string): T | undefined {
      const value = kept.get(name)
      // None is pushed out soon.
      if (value === undefined || kept.size < KEPT_STATEMENTS / 2) return value
      kept.delete(name)
      return set(name, value)
    },
  }
}

/** The binding ends the whole process when it is given anything else. */
function checked(params: readonly unknown[]): readonly Value[] {
  for (const value of params) {
    if (
      value !== null &&
      typeof value !== 'string' &&
      typeof value !== 'number' &&
      typeof value !== 'bigint' &&
      !(value instanceof Uint8Array)
    ) {
      throw new TypeError(`a parameter of type ${typeof value}`)
    }
  }
  // Each was looked at.
  return params as readonly Value[]
}

/**
 * @module A gateway's storage, sessions and way out, of which the n-th call fails: before anything was done, or after all of it was.
 */
import type { Clock } from '../../src/clock.ts'
import type { Config } from '../../src/config.ts'
import { GatewayError } from '../../src/errors.ts'
import { failure } from '../../src/forward/failures.ts'
import type { Transport } from '../../src/forward/transport.ts'
import type { SessionStore } from '../../src/sessions/store.ts'
import { openShared, type Shared } from '../../src/shared.ts'
import { databaseOver } from '../../src/store/database.ts'
import { InDoubt } from '../../src/store/in_doubt.ts'
import { databasePath } from '../../src/store/location.ts'
import { openReader } from '../../src/store/reader.ts'
import type { Log } from '../../src/telemetry/log.ts'

/** How a call fails: it was never made, or it was made and its answer is lost; or it and all that follow were never made. */
export type When = 'before' | 'after' | 'onwards'

export interface Faults {
  /** Lets the n-th call from now on fail, counted from one; none where it is 0. Starts counting anew. */
  fail(nth: number, when?: When): void
  /** What was called since, in order: `read`, `write`, `sessions.take`, `psp` .. */
  readonly calls: readonly string[]
  /** What the gateway is to be opened with. */
  shared(config: Config, clock: Clock, log: Log): Promise<Shared>
  /** Stands in the way out, too. */
  wrap(transport: Transport): Transport
}

/** As the driver of the database names its own. */
class SqliteError extends Error {
  override readonly name = 'SqliteError'
  readonly code = 'SQLITE_IOERR'
}

const storage = (): GatewayError =>
  new GatewayError('storage_unavailable', 'The database did not take the write.')
const sessions = (): GatewayError =>
  new GatewayError('sessions_unavailable', 'The session store did not answer.', { sent: 'no' })
const refused = (): GatewayError =>
  failure('connecting', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), false)

/** None yet. */
export function openFaults(): Faults {
  let failing = 0
  let when: When = 'before'
  const calls: string[] = []

  async function call<T>(
    name: string,
    run: () => Promise<T>,
    before: () => Error,
    after: () => Error = before,
  ): Promise<T> {
    calls.push(name)
    const on = when === 'onwards' && failing > 0 && calls.length > failing
    if (calls.length !== failing && !on) return run()
    if (when !== 'after') throw before()
    await run()
    throw after()
  }

  return {
    calls,
    fail(nth, how = 'before') {
      failing = nth
      when = how
      calls.length = 0
    },
    async shared(config, clock, log) {
      const shared = await openShared(config, clock, log)
      const { store, kept } = shared
      const reader = openReader(databasePath(config.database.url) ?? '')
      const db = databaseOver(({ sql, params }) =>
        call(
          'read',
          async () => reader.connection.all(sql, params),
          () => new SqliteError('disk I/O error'),
        ),
      )
      const failingSessions: SessionStore = {
        ...kept,
        set: (...given) => call('sessions.set', () => kept.set(...given), sessions),
        get: (...given) => call('sessions.get', () => kept.get(...given), sessions),
        take: (...given) => call('sessions.take', () => kept.take(...given), sessions),
        delete: (...given) => call('sessions.delete', () => kept.delete(...given), sessions),
      }
      return {
        ...shared,
        kept: failingSessions,
        store: {
          ...store,
          db,
          write: (...writes) =>
            call(
              'write',
              () => store.write(...writes),
              storage,
              () => new InDoubt(new Error('lost')),
            ),
        },
        async close() {
          reader.connection.close()
          await shared.close()
        },
      }
    },
    wrap: (transport) => ({
      ...transport,
      send: (...given) =>
        call(
          'psp',
          () => transport.send(...given),
          refused,
          () => failure('answering', null, false),
        ),
    }),
  }
}

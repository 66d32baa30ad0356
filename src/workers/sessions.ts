/**
 * @module Sessions of a worker: the keeper has them in its memory, sealed, so that each is given to one worker alone.
 */
import { GatewayError } from '../errors.ts'
import type { SessionStore } from '../sessions/store.ts'
import { LinkError, type Link } from './link.ts'
import type { KeeperCalls } from './protocol.ts'

/** A store over a link. What a worker took and did not give back before it died is gone. */
export function linkedSessions(link: Link<KeeperCalls>): SessionStore {
  return {
    set: (key, value, expiresAt) =>
      unavailable(() => link.call('session.set', key, value, expiresAt)),
    get: (key) => unavailable(() => link.call('session.get', key)),
    take: (key) => unavailable(() => link.call('session.take', key)),
    delete: (key) => unavailable(() => link.call('session.delete', key)),
    close: () => undefined,
  }
}

async function unavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    throw new GatewayError(
      'sessions_unavailable',
      'The process that keeps security codes did not answer.',
      { cause: error },
    )
  }
}

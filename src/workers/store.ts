/**
 * @module A worker's store: it reads the local file itself, and hands what it writes to the keeper.
 */
import { InDoubt } from '../store/in_doubt.ts'
import type { Store } from '../store/open.ts'
import { openReader } from '../store/reader.ts'
import { plainWrite } from '../store/write.ts'
import { LinkError, type Link } from './link.ts'
import type { KeeperCalls } from './protocol.ts'

/**
 * A store over a link. What a write has resolved to is seen by every read that begins afterwards, here and in every other
 * worker, because the keeper answers after its commit. Throws where the file cannot be read.
 */
export function linkedStore(link: Link<KeeperCalls>, file: string): Store {
  const { db, connection, check } = openReader(file)
  // Nothing in this process writes past the keeper, also not by mistake.
  connection.all('pragma query_only = on', [])
  return {
    db,
    write: (...writes) => unavailable(() => link.call('write', writes.map(plainWrite))),
    // The keeper has the chain, and puts the entries of all workers into it.
    attachChain: () => undefined,
    scrubDeleted: () => unavailable(() => link.call('scrub')),
    check,
    close: async () => connection.close(),
  }
}

/** A write that was not answered may have been made; to whoever waits for it, it was not. */
async function unavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    throw new InDoubt(error)
  }
}

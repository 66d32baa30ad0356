/**
 * @module Reads that may not be old: of lists, and of what is about to be changed.
 */
import type { Database } from './database.ts'
import type { Store } from './open.ts'

/** Asks the primary, where `db` is a copy of it that may lack what another node has just written. */
export function exact({ db, primary }: Pick<Store, 'db' | 'primary'>): Database {
  return primary ?? db
}

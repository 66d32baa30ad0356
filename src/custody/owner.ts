/**
 * @module Whether a master key is a database's own, found out without opening anything that is sealed under it.
 */
import type { Config } from '../config.ts'
import { openStore } from '../store/open.ts'
import type { MasterKey } from '../vault/master_key.ts'
import { FACTS, readFacts } from '../vault/masters.ts'

/** A database that belongs to no key yet takes any. Throws when the database cannot be read. */
export async function ownsDatabase(
  database: Config['database'],
  { id }: MasterKey,
): Promise<boolean> {
  const store = await openStore(database)
  try {
    const owner = (await readFacts(store)).get(FACTS.owner)
    return owner === undefined || owner === id
  } finally {
    await store.close()
  }
}

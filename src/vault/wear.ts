/**
 * @module How much a key has sealed. Nonces are random, so a key is good for 2^32 values (NIST SP 800-38D, 8.3).
 */
import { and, eq, sql } from 'drizzle-orm'
import { GatewayError } from '../errors.ts'
import type { Store } from '../store/open.ts'
import { dataKeys } from '../store/schema.ts'
import type { Query } from '../store/write.ts'

/** From here on operators are told to change the key. */
export const WORN = 2 ** 31
const MOST = 2 ** 32

/** Names a row of the table of data keys. */
export interface KeyName {
  readonly tenant: string
  readonly purpose: 'data' | 'fingerprint'
  readonly version: number
}

export interface Wear {
  /** Counts one value that is sealed. Throws `storage_unavailable` when the key has sealed as many as it may. */
  spend(): void
  /** The row's count, with what was not added to it yet; adding it starts from nothing again. */
  owed(): number
  settle(store: Store): readonly Query[]
}

/** The wear of one key, whose row says how much it had sealed when it was read. */
export function wearOf(name: KeyName, sealed: number): Wear {
  let used = 0
  let before = sealed
  return {
    spend() {
      if (before + used >= MOST) {
        throw new GatewayError('storage_unavailable', "The tenant's data key is worn out.", {
          hint: 'Run `pangate data-key rotate --all`.',
        })
      }
      used++
    },
    owed: () => used,
    settle(store) {
      const added = used
      if (added === 0) return []
      before += added
      used = 0
      return [
        store.db
          .update(dataKeys)
          .set({ sealed: sql`${dataKeys.sealed} + ${added}` })
          .where(rowOf(name)),
      ]
    },
  }
}

/** The row of one key. */
function rowOf({ tenant, purpose, version }: KeyName) {
  return and(
    eq(dataKeys.tenant_id, tenant),
    eq(dataKeys.purpose, purpose),
    eq(dataKeys.version, version),
  )
}

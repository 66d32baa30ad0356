/**
 * @module How much a key has sealed. Nonces are random, so a key is good for 2^32 values (NIST SP 800-38D, 8.3).
 */
import { and, eq, sql } from 'drizzle-orm'
import { GatewayError } from '../errors.ts'
import type { Store } from '../store/open.ts'
import { dataKeys } from '../store/schema.ts'
import type { Log } from '../telemetry/log.ts'

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
  /** How many were not added to the row's count yet. */
  owed(): number
  /** Adds them to the row's count, and goes by what that is then: others seal under the key, too. */
  settle(store: Store): Promise<void>
}

/** The wear of one key, whose row says how much it had sealed when it was read. */
export function wearOf(name: KeyName, sealed: number, log: Log | null = null): Wear {
  let used = 0
  let before = sealed
  if (before >= WORN) log?.warn('data_key.worn', { tenant: name.tenant, count: before })
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
    async settle(store) {
      const added = used
      if (added === 0) return
      const sealed = sql`${dataKeys.sealed} + ${added}`
      await store.write(store.db.update(dataKeys).set({ sealed }).where(rowOf(name)))
      used -= added
      before += added
      const [row] = await store.db.select().from(dataKeys).where(rowOf(name))
      before = Math.max(before, row?.sealed ?? 0)
      if (before >= WORN) log?.warn('data_key.worn', { tenant: name.tenant, count: before })
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

/**
 * @module Tells the audit log how the master key was put together; while sealed there is no key to write it with.
 */
import { auditEntry, byItself } from '../audit/entry.ts'
import type { Store } from '../store/open.ts'
import type { Unsealed } from './sealed_start.ts'

/** Nothing where the key did not come from shares. */
export async function auditUnsealing(
  store: Store,
  { shares, refused }: Pick<Unsealed, 'shares' | 'refused'>,
  at: number,
): Promise<void> {
  if (shares === 0) return
  await store.write(auditEntry('vault.unseal', byItself(at), { detail: { shares, refused } }))
}

/**
 * @module The chain that this process writes the audit log in, under the installation's own key for it.
 */
import { openChain, type AuditChain } from '../audit/chain.ts'
import { unnamedHeads } from '../audit/heads.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/open.ts'
import type { Keyring } from './keyring.ts'

/** The key of the hashes: the same for all processes, and the same when the master key is changed. */
export const auditKey = (keyring: Keyring): Buffer => keyring.ownKey('audit')

/** Gives the store a chain of this process; until then no audit entry can be written. */
export async function attachAudit(
  store: Store,
  keyring: Keyring,
  clock: Clock,
): Promise<AuditChain> {
  const chain = openChain(auditKey(keyring), await unnamedHeads(store), clock)
  store.attachChain(chain)
  return chain
}

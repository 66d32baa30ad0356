/**
 * @module Makes API keys and OAuth clients.
 */
import type { By } from '../audit/entry.ts'
import { newId } from '../id.ts'
import type { Secret } from '../secret.ts'
import { addClient, addKey, type ClientRow, type KeyRow } from '../store/keys.ts'
import type { Store } from '../store/open.ts'
import { hashSecret, newSecret } from './secret_text.ts'

export type CredentialKind = 'key' | 'client'

export interface NewCredential {
  readonly tenant: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly test: boolean
}

/** Makes one; the secret is given here and never again. */
export async function createCredential(
  store: Store,
  kind: CredentialKind,
  { tenant, name, scopes, test }: NewCredential,
  by: By,
): Promise<{ readonly row: KeyRow | ClientRow; readonly secret: Secret }> {
  const secret = newSecret(kind === 'key' ? 'pgk' : 'pgs', test)
  const row = {
    id: newId(kind, by.at),
    tenant_id: tenant,
    name,
    hash: hashSecret(secret),
    scopes: [...new Set(scopes)],
    test,
    created_at: by.at,
    revoked_at: null,
  }
  await (kind === 'key' ? addKey(store, row, by) : addClient(store, row, by))
  return { row, secret }
}

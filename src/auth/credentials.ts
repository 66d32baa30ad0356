/**
 * @module Makes API keys and OAuth clients.
 */
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
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Makes one; the secret is given here and never again. */
export async function createCredential(
  store: Store,
  kind: CredentialKind,
  { tenant, name, scopes, test, now }: NewCredential,
): Promise<{ readonly row: KeyRow | ClientRow; readonly secret: Secret }> {
  const secret = newSecret(kind === 'key' ? 'pgk' : 'pgs', test)
  const row = {
    id: newId(kind, now),
    tenant_id: tenant,
    name,
    hash: hashSecret(secret),
    scopes: [...new Set(scopes)],
    test,
    created_at: now,
    revoked_at: null,
  }
  await (kind === 'key' ? addKey(store, row) : addClient(store, row))
  return { row, secret }
}

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
  /** Its own rate, as `parseRate` reads it; by default the one of the configuration. */
  readonly rate?: string
}

/** Makes one; the secret is given here and never again. */
export async function createCredential(
  store: Store,
  kind: CredentialKind,
  { tenant, name, scopes, test, rate }: NewCredential,
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
    rate: rate ?? null,
    created_at: by.at,
    revoked_at: null,
  }
  await (kind === 'key' ? addKey(store, row, by) : addClient(store, row, by))
  return { row, secret }
}

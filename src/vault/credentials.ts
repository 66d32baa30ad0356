/**
 * @module An account's credentials: sealed together under the tenant's data key.
 */
import type { Keyring } from './keyring.ts'
import { seal, unseal } from './seal.ts'

/** An account as far as its credentials go. */
export interface SealedAccount {
  readonly id: string
  readonly options: Readonly<Record<string, string>>
  readonly sealed_credentials: Buffer
}

/** Seals the secret credentials of a new account. */
export async function sealCredentials(
  keyring: Keyring,
  tenant: string,
  account: string,
  secrets: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const keys = await keyring.keys(tenant, 'data')
  return seal(keys.current, JSON.stringify(secrets), [tenant, account, 'credentials'])
}

/** All credentials by name, secret and not; none where there is no account. */
export async function openCredentials(
  keyring: Keyring,
  tenant: string,
  account: SealedAccount | null,
): Promise<Readonly<Record<string, string>>> {
  if (!account) return {}
  const keys = await keyring.keys(tenant, 'data')
  const plain = unseal(keys.keyOf, account.sealed_credentials, [tenant, account.id, 'credentials'])
  // Sealed by sealCredentials above, so a record of strings.
  return { ...account.options, ...(JSON.parse(plain.toString('utf8')) as Record<string, string>) }
}

/**
 * @module An account's credentials: sealed together under the tenant's data key.
 */
import type { Receipt } from '../audit/receipt.ts'
import type { Keyring } from './keyring.ts'
import { textOf } from './seal.ts'

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
  return keyring.seal(tenant, JSON.stringify(secrets), [tenant, account, 'credentials'])
}

/** All credentials by name, secret and not. Opens what the receipt is for. */
export async function openCredentials(
  keyring: Keyring,
  receipt: Receipt,
  tenant: string,
  account: SealedAccount,
): Promise<Readonly<Record<string, string>>> {
  receipt.require(tenant, account.id)
  return open(keyring, tenant, account)
}

/** Whether they open; nobody sees them. Throws `integrity` when they do not. */
export async function tryCredentials(
  keyring: Keyring,
  tenant: string,
  account: SealedAccount,
): Promise<void> {
  await open(keyring, tenant, account)
}

async function open(
  keyring: Keyring,
  tenant: string,
  account: SealedAccount,
): Promise<Readonly<Record<string, string>>> {
  const place = [tenant, account.id, 'credentials']
  const plain = textOf(await keyring.unseal(tenant, account.sealed_credentials, place))
  // Sealed by sealCredentials above, so a record of strings.
  return { ...account.options, ...(JSON.parse(plain) as Record<string, string>) }
}

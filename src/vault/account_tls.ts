/**
 * @module How an account proves itself to its PSP by TLS, and which keys of the PSP it takes: sealed under the tenant's data key.
 */
import type { Receipt } from '../audit/receipt.ts'
import type { Keyring } from './keyring.ts'
import { textOf } from './seal.ts'

/** PEM. */
export interface ClientCertificate {
  /** The certificate, and those between it and the authority. */
  readonly certificate: string
  readonly private_key: string
}

export interface AccountTls {
  readonly client: ClientCertificate | null
  /** SHA-256 of public keys (SubjectPublicKeyInfo) in base64, one of which must be in the PSP's chain; empty for any. */
  readonly pins: readonly string[]
}

/** An account as far as its TLS goes. */
export interface WithTls {
  readonly id: string
  readonly sealed_tls: Buffer | null
}

/** Seals it for a new account. */
export function sealTls(
  keyring: Keyring,
  tenant: string,
  account: string,
  tls: AccountTls,
): Promise<Buffer> {
  return keyring.seal(tenant, JSON.stringify(tls), [tenant, account, 'tls'])
}

/** Null where the account has none. Opens what the receipt is for. */
export async function openTls(
  keyring: Keyring,
  receipt: Receipt,
  tenant: string,
  account: WithTls,
): Promise<AccountTls | null> {
  if (!account.sealed_tls) return null
  receipt.require(tenant, account.id)
  const place = [tenant, account.id, 'tls']
  // Sealed by sealTls above.
  return JSON.parse(textOf(await keyring.unseal(tenant, account.sealed_tls, place))) as AccountTls
}

/**
 * @module Stores a token of any type: its lasting values in the vault, its security code beside it for a while.
 */
import type { Caller } from '../auth/caller.ts'
import type { Secret } from '../secret.ts'
import type { NewToken, TokenRecord } from '../vault/token.ts'
import type { Stores } from './store.ts'

/** All of it is stored or, when this throws, nothing. Throws `conflict` when the alias is taken. */
export async function putToken(
  { vault, sessions }: Stores,
  caller: Caller,
  token: Omit<NewToken, 'tenant' | 'test'>,
  cvc: Secret | null,
): Promise<TokenRecord> {
  const stored = await vault.put({ ...token, tenant: caller.tenant, test: caller.test })
  if (!cvc) return stored
  try {
    await sessions.keepValue(stored.id, 'card.cvc', cvc)
    return stored
  } catch (error) {
    await vault.erase(caller, stored.id)
    throw error
  }
}

/**
 * @module Stores an instrument unless there is a token that says exactly the same: then that one is given again.
 */
import type { Caller } from '../auth/caller.ts'
import type { Secret } from '../secret.ts'
import type { NewInstrument, TokenRecord } from '../vault/token.ts'
import { instrumentOf, storeToken, type Checked, type Stored, type Stores } from './store.ts'

/** How many tokens with the same number are looked at; further ones are of cards that were stored over and over. */
const LOOKED_AT = 50

/** Nothing beside the instrument and its security code. */
export const PLAIN: Omit<Checked, 'instrument' | 'cvc'> = {
  virtual_card: null,
  network_token: null,
  metadata: {},
  allowed_hosts: null,
  expires_at: null,
}

/** A new token, or the newest earlier one with the same number, expiry and holder and nothing beside them; with a session for `cvc`. */
export async function storeOnce(
  stores: Stores,
  caller: Caller,
  given: Checked['instrument'],
  cvc: Secret | null,
): Promise<Stored & { readonly deduplicated: boolean }> {
  const { vault, sessions } = stores
  const type = 'card' in given ? 'card' : 'bank_account'
  const instrument = instrumentOf(given)
  const fingerprint = await vault.fingerprint(caller.tenant, type, { instrument })
  const alike = await vault.list(caller, { limit: LOOKED_AT, cursor: null, fingerprint })
  const earlier = alike.find((token) => token.type === type && isSame(token, instrument))
  if (!earlier) {
    const stored = await storeToken(stores, caller, { ...PLAIN, instrument: given, cvc })
    return { ...stored, deduplicated: false }
  }
  const session = cvc && (await sessions.create(caller, cvc, earlier.id))
  return { token: earlier, session, deduplicated: true }
}

/** A token with a name, an expiry, hosts, metadata or credentials of its own is somebody's for a purpose, and is not shared. */
function isSame(token: TokenRecord, { holder, shown }: NewInstrument): boolean {
  return (
    token.alias === null &&
    token.holder === holder &&
    token.expires_at === null &&
    token.allowed_hosts === null &&
    Object.keys(token.metadata).length === 0 &&
    Object.keys(token.credentials).length === 0 &&
    Object.keys({ ...token.shown, ...shown }).every((name) => token.shown[name] === shown[name])
  )
}

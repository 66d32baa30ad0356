/**
 * @module Stores a checked instrument: its lasting values in the vault, its security codes in the sessions.
 */
import type { Caller } from '../auth/caller.ts'
import type { BankAccount, Card } from '../card.ts'
import { GatewayError } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { SessionChoice, Sessions } from '../sessions/sessions.ts'
import type { CredentialName, NewInstrument, TokenRecord } from '../vault/token.ts'
import type { Vault } from '../vault/vault.ts'

/** What is stored; every part passed its checks. */
export interface Checked {
  readonly instrument: { readonly card: Card } | { readonly bank_account: BankAccount }
  readonly cvc: Secret | null
  readonly virtual_card: { readonly card: Card; readonly cvc: Secret | null } | null
  readonly network_token: {
    readonly card: Card
    readonly cryptogram: Secret | null
    readonly eci: string | null
  } | null
  readonly metadata: Readonly<Record<string, string>>
  readonly allowed_hosts: readonly string[] | null
  readonly expires_at: number | null
}

export interface Stored {
  readonly token: TokenRecord
  readonly session: { readonly id: string; readonly expires_at: number } | null
}

export interface Stores {
  readonly vault: Vault
  readonly sessions: Sessions
}

/** Values that live in the sessions, by the name under which the forward line reads them. */
export const SHORT_LIVED = ['card.cvc', 'virtual_card.cvc', 'network_token.cryptogram'] as const

/** The token and its CVC session. Either all of it is stored or, when this throws, nothing. */
export async function storeToken(
  stores: Stores,
  caller: Caller,
  checked: Checked,
  choice: SessionChoice = {},
): Promise<Stored> {
  const { vault, sessions } = stores
  const token = await vault.put({
    tenant: caller.tenant,
    test: caller.test,
    type: 'card' in checked.instrument ? 'card' : 'bank_account',
    instrument: instrumentOf(checked.instrument),
    credentials: credentialsOf(checked),
    metadata: checked.metadata,
    allowed_hosts: checked.allowed_hosts,
    expires_at: checked.expires_at,
  })
  const { virtual_card, network_token, cvc } = checked
  try {
    await keep(sessions, token.id, 'virtual_card.cvc', virtual_card?.cvc)
    await keep(sessions, token.id, 'network_token.cryptogram', network_token?.cryptogram)
    const session = cvc && (await sessions.create(caller, cvc, token.id, choice))
    return { token, session }
  } catch (error) {
    await vault.erase(caller, token.id)
    throw error
  }
}

/** Erases a token with all that was kept for it. */
export async function eraseToken(stores: Stores, caller: Caller, id: string): Promise<void> {
  const own = await stores.vault.erase(caller, id)
  for (const name of SHORT_LIVED) await stores.sessions.removeValue(own, name).catch(unlessGone)
}

/** Without their token nobody can ask for them, and they end by themselves: the erasure does not fail with their store. */
function unlessGone(error: unknown): void {
  if (!(error instanceof GatewayError) || error.code !== 'sessions_unavailable') throw error
}

async function keep(
  sessions: Sessions,
  token: string,
  name: (typeof SHORT_LIVED)[number],
  value: Secret | null | undefined,
): Promise<void> {
  if (value) await sessions.keepValue(token, name, value)
}

/** A checked instrument as the vault takes it. */
export function instrumentOf(instrument: Checked['instrument']): NewInstrument {
  if ('card' in instrument) return cardInstrument(instrument.card)
  const { account_number, routing_number, account_type, country, last4, holder } =
    instrument.bank_account
  return {
    number: account_number,
    holder,
    shown: { last4, routing_number, account_type, country },
  }
}

function credentialsOf({ virtual_card, network_token }: Checked): {
  readonly [N in CredentialName]?: NewInstrument
} {
  return {
    ...(virtual_card && { virtual_card: cardInstrument(virtual_card.card) }),
    ...(network_token && {
      network_token: cardInstrument(network_token.card, { eci: network_token.eci }),
    }),
  }
}

function cardInstrument(
  { number, holder, brand, bin, last4, exp_month, exp_year }: Card,
  further: NewInstrument['shown'] = {},
): NewInstrument {
  return { number, holder, shown: { brand, bin, last4, exp_month, exp_year, ...further } }
}

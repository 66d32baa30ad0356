/**
 * @module What a token is: the instrument that goes in, the record that may be shown, the values that come out.
 */
import type { InstrumentField, InstrumentName } from '../hole.ts'
import type { tokens } from '../store/schema.ts'

/** A checked instrument on its way in. `shown` is what anyone with the token may see. */
export interface NewInstrument {
  /** Card number or account number. */
  readonly number: string
  readonly holder: string | null
  readonly shown: Readonly<Record<string, string | null>>
}

/** Further instruments of a card's token. */
export type CredentialName = 'virtual_card' | 'network_token'

export interface NewToken {
  readonly tenant: string
  readonly test: boolean
  readonly type: 'card' | 'bank_account'
  readonly instrument: NewInstrument
  readonly credentials: { readonly [N in CredentialName]?: NewInstrument }
  readonly metadata: Readonly<Record<string, string>>
  readonly allowed_hosts: readonly string[] | null
  readonly expires_at: number | null
}

/** A token without its secrets: what the database row holds, still sealed. */
export type TokenRow = typeof tokens.$inferSelect

/** Everything of a token that may be shown. */
export interface TokenRecord {
  readonly id: string
  readonly type: 'card' | 'bank_account'
  readonly shown: Readonly<Record<string, string | null>>
  readonly holder: string | null
  readonly fingerprint: string
  readonly credentials: { readonly [N in CredentialName]?: Readonly<Record<string, string | null>> }
  readonly metadata: Readonly<Record<string, string>>
  readonly allowed_hosts: readonly string[] | null
  readonly created_at: number
  readonly expires_at: number | null
}

/** One instrument's values in the clear. Exists only inside the vault's scope. */
export type InstrumentValues = { [F in InstrumentField]?: string | null }

/** A token's values in the clear, by instrument. */
export type TokenValues = { [N in InstrumentName]?: InstrumentValues }

/** What to open of a token. */
export interface Wanted {
  /** The caller's name for the token; `''` is the request's own. */
  readonly name: string
  readonly row: TokenRow
  readonly instruments: ReadonlySet<InstrumentName>
}

/** Whose tokens: another tenant, or the other mode, does not see them. */
export interface Owner {
  readonly tenant: string
  readonly test: boolean
}

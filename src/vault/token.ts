/**
 * @module What a token is: the instrument that goes in, the record that may be shown, the values that come out.
 */
import type { Json } from '../adapter.ts'
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

/** `data` is any JSON; of it nothing can be shown. */
export type TokenType = 'card' | 'bank_account' | 'data'

/** What a dialect keeps with a token in the clear. */
export type Attributes = Readonly<Record<string, Json>>

/** What of a token is sealed, and what is derived from it. */
export interface Secrets {
  /** Null for `data`. */
  readonly instrument: NewInstrument | null
  /** JSON: all of a `data` token, or what a card or account has beside its own fields. */
  readonly data?: string | null
  /** What the fingerprint is of, where it is not of the number: the same value of another kind gives another. */
  readonly fingerprint_of?: { readonly kind: string; readonly value: string } | null
  /** Values that the token can be found by; only their HMACs are kept. */
  readonly terms?: readonly string[]
}

export interface NewToken extends Secrets {
  readonly tenant: string
  readonly test: boolean
  readonly type: TokenType
  /** An id of the caller's choice, beside the token's own. */
  readonly alias?: string | null
  readonly attributes?: Attributes | null
  readonly credentials: { readonly [N in CredentialName]?: NewInstrument }
  readonly metadata: Readonly<Record<string, string>>
  readonly allowed_hosts: readonly string[] | null
  readonly expires_at: number | null
}

export interface TokenChange {
  readonly metadata?: Readonly<Record<string, string>>
  readonly expires_at?: number | null
  readonly shown?: Readonly<Record<string, string | null>>
  readonly attributes?: Attributes | null
  /** Everything sealed, anew; what is left out of it is gone, but for a holder. */
  readonly secrets?: Secrets
}

/** A token without its secrets: what the database row holds, still sealed. */
export type TokenRow = typeof tokens.$inferSelect

/** Everything of a token that may be shown. */
export interface TokenRecord {
  readonly id: string
  readonly type: TokenType
  readonly alias: string | null
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
export type TokenValues = { [N in Exclude<InstrumentName, 'data'>]?: InstrumentValues } & {
  /** The whole token as one value; its card or account is open beside it. */
  data?: { value?: Json }
}

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

/** An owner who does what the audit log is to tell of. */
export interface Actor extends Owner {
  /** The key, client or outside subject. */
  readonly id: string
  readonly request_id: string
}

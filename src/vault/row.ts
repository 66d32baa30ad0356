/**
 * @module A token as rows of the database: what is sealed, what is hashed, what stands in the clear.
 */
import type { Store } from '../store/open.ts'
import { credentials, tokens, tokenTerms } from '../store/schema.ts'
import type { Query } from '../store/write.ts'
import { fingerprintOf, termOf } from './fingerprint.ts'
import type { KeySet } from './keyring.ts'
import { seal } from './seal.ts'
import type {
  CredentialName,
  NewInstrument,
  NewToken,
  Secrets,
  TokenRecord,
  TokenRow,
} from './token.ts'

/** The keys of one tenant. */
export interface Keys {
  readonly data: KeySet
  readonly fingerprint: KeySet
}

type SecretColumns = Pick<
  TokenRow,
  'shown' | 'sealed_number' | 'sealed_holder' | 'sealed_data' | 'fingerprint'
>

/** The sealed and derived columns of a token. */
export function secretColumns(
  keys: Keys,
  place: Pick<TokenRow, 'id' | 'tenant_id' | 'type'>,
  secrets: Secrets,
): SecretColumns {
  const { instrument, data } = secrets
  const sealed = (value: string | null | undefined, field: string): Buffer | null =>
    value === null || value === undefined
      ? null
      : seal(keys.data.current, value, [place.tenant_id, place.id, field])
  return {
    shown: { ...instrument?.shown },
    sealed_number: sealed(instrument?.number, 'number'),
    sealed_holder: sealed(instrument?.holder, 'holder'),
    sealed_data: sealed(data, 'data'),
    fingerprint: fingerprintOf(keys.fingerprint.current, place.type, secrets),
  }
}

/** A new token's row. */
export function newRow(keys: Keys, id: string, token: NewToken, now: number): TokenRow {
  const place = { id, tenant_id: token.tenant, type: token.type }
  return {
    ...place,
    test: token.test,
    alias: token.alias ?? null,
    ...secretColumns(keys, place, token),
    attributes: token.attributes ?? null,
    metadata: { ...token.metadata },
    allowed_hosts: token.allowed_hosts === null ? null : [...token.allowed_hosts],
    created_at: now,
    expires_at: token.expires_at,
  }
}

/** Inserts a token with all that belongs to it. */
export function insertion(
  store: Store,
  keys: Keys,
  row: TokenRow,
  token: NewToken,
): readonly Query[] {
  return [
    store.db.insert(tokens).values(row),
    ...termInsertion(store, keys, row, token.terms ?? []),
    ...entries(token.credentials).map(([name, instrument]) =>
      store.db.insert(credentials).values({
        token_id: row.id,
        name,
        shown: instrument.shown,
        sealed_number: seal(keys.data.current, instrument.number, [
          row.tenant_id,
          row.id,
          `${name}.number`,
        ]),
      }),
    ),
  ]
}

/** Makes the token found by these values. */
export function termInsertion(
  store: Store,
  keys: Keys,
  row: Pick<TokenRow, 'id' | 'tenant_id'>,
  terms: readonly string[],
): readonly Query[] {
  return [...new Set(terms)].map((term) =>
    store.db.insert(tokenTerms).values({
      tenant_id: row.tenant_id,
      term: termOf(keys.fingerprint.current, term),
      token_id: row.id,
    }),
  )
}

/** What may be shown of a row. */
export function recordOf(
  row: TokenRow,
  holder: string | null,
  further: TokenRecord['credentials'],
): TokenRecord {
  const { id, type, alias, shown, fingerprint, metadata, allowed_hosts, created_at, expires_at } =
    row
  return {
    id,
    type,
    alias,
    shown,
    holder,
    fingerprint,
    credentials: further,
    metadata,
    allowed_hosts,
    created_at,
    expires_at,
  }
}

/** The credentials that are there. */
export function entries(
  given: NewToken['credentials'],
): readonly (readonly [CredentialName, NewInstrument])[] {
  const names: readonly CredentialName[] = ['virtual_card', 'network_token']
  return names.flatMap((name) => {
    const instrument = given[name]
    return instrument ? [[name, instrument] as const] : []
  })
}

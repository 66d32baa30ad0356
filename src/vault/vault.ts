/**
 * @module The vault: cards go in sealed, and come out only inside the scope that `open` makes.
 */
import { createHmac } from 'node:crypto'
import { and, desc, eq, inArray, lt } from 'drizzle-orm'
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import { newId } from '../id.ts'
import type { Store } from '../store/open.ts'
import { credentials, tokens } from '../store/schema.ts'
import type { Keyring } from './keyring.ts'
import { openField, openScope } from './open.ts'
import { seal } from './seal.ts'
import type {
  CredentialName,
  NewInstrument,
  NewToken,
  Owner,
  TokenRecord,
  TokenRow,
  TokenValues,
  Wanted,
} from './token.ts'

export interface TokenChange {
  readonly metadata?: Readonly<Record<string, string>>
  readonly expires_at?: number | null
  readonly shown?: Readonly<Record<string, string | null>>
}

export interface TokenQuery {
  readonly limit: number
  readonly cursor: string | null
  readonly fingerprint: string | null
}

export interface Vault {
  /** Stores an instrument; durable when it resolves. */
  put(token: NewToken): Promise<TokenRecord>
  /** The fingerprint that {@link Vault.put} gives this instrument: the same for the same number, and for one tenant only. */
  fingerprint(tenant: string, type: NewToken['type'], instrument: NewInstrument): Promise<string>
  /** The sealed row. Throws `token_unknown` for another's token too, `token_expired` past its time. */
  find(owner: Owner, id: string): Promise<TokenRow>
  /** What may be shown of a token. Throws as {@link Vault.find}, but shows expired ones. */
  get(owner: Owner, id: string): Promise<TokenRecord>
  /** Newest first. `cursor` is the last id of the page before. */
  list(owner: Owner, query: TokenQuery): Promise<readonly TokenRecord[]>
  update(owner: Owner, id: string, change: TokenChange): Promise<TokenRecord>
  /** Erases: when it resolves, nothing of the token is in the database file or its journal. */
  erase(owner: Owner, id: string): Promise<void>
  /** The scope in which card values exist: `use` gets them, and they are cleared when it ends. */
  open<T>(
    tenant: string,
    wanted: readonly Wanted[],
    use: (values: ReadonlyMap<string, TokenValues>) => Promise<T>,
  ): Promise<T>
}

/** A vault over a store and a keyring. */
export function openVault(store: Store, keyring: Keyring, clock: Clock): Vault {
  const mine = (owner: Owner, id: string) =>
    and(eq(tokens.id, id), eq(tokens.tenant_id, owner.tenant), eq(tokens.test, owner.test))

  async function readRow(owner: Owner, id: string): Promise<TokenRow> {
    const found = await store.db.select().from(tokens).where(mine(owner, id)).get()
    if (!found) throw unknownToken()
    return found
  }

  async function records(rows: readonly TokenRow[], tenant: string): Promise<TokenRecord[]> {
    if (rows.length === 0) return []
    const further = await store.db
      .select()
      .from(credentials)
      .where(
        inArray(
          credentials.token_id,
          rows.map((one) => one.id),
        ),
      )
    const keys = await keyring.keys(tenant, 'data')
    return rows.map((one) =>
      toRecord(
        one,
        one.sealed_holder && openField(keys, one, one.sealed_holder, 'holder'),
        Object.fromEntries(
          further
            .filter(({ token_id }) => token_id === one.id)
            .map(({ name, shown }) => [name, shown]),
        ),
      ),
    )
  }

  async function record(owner: Owner, id: string): Promise<TokenRecord> {
    const [only] = await records([await readRow(owner, id)], owner.tenant)
    if (!only) throw unknownToken()
    return only
  }

  async function fingerprintOf(
    tenant: string,
    type: NewToken['type'],
    { number, shown }: NewInstrument,
  ): Promise<string> {
    const keys = await keyring.keys(tenant, 'fingerprint')
    return createHmac('sha256', keys.current.key)
      .update(`${type}:${shown['routing_number'] ?? ''}:${number}`)
      .digest('base64url')
  }

  return {
    fingerprint: fingerprintOf,

    async put(token) {
      const keys = await keyring.keys(token.tenant, 'data')
      const now = clock()
      const id = newId('tok', now)
      const sealField = (value: string, field: string): Buffer =>
        seal(keys.current, value, [token.tenant, id, field])
      const fingerprint = await fingerprintOf(token.tenant, token.type, token.instrument)
      const { holder } = token.instrument
      const row: TokenRow = {
        id,
        tenant_id: token.tenant,
        test: token.test,
        type: token.type,
        shown: { ...token.instrument.shown },
        sealed_number: sealField(token.instrument.number, 'number'),
        sealed_holder: holder === null ? null : sealField(holder, 'holder'),
        fingerprint,
        metadata: { ...token.metadata },
        allowed_hosts: token.allowed_hosts === null ? null : [...token.allowed_hosts],
        created_at: now,
        expires_at: token.expires_at,
      }
      await store.write(
        store.db.insert(tokens).values(row),
        ...entries(token.credentials).map(([name, instrument]) =>
          store.db.insert(credentials).values({
            token_id: id,
            name,
            shown: instrument.shown,
            sealed_number: sealField(instrument.number, `${name}.number`),
          }),
        ),
      )
      const shown = entries(token.credentials).map(([name, one]) => [name, one.shown])
      return toRecord(row, holder, Object.fromEntries(shown))
    },

    async find(owner, id) {
      const found = await readRow(owner, id)
      if (found.expires_at !== null && found.expires_at <= clock()) {
        throw new GatewayError('token_expired', 'The token has expired.', { param: 'token' })
      }
      return found
    },

    get: record,

    async list(owner, query) {
      const rows = await store.db
        .select()
        .from(tokens)
        .where(
          and(
            eq(tokens.tenant_id, owner.tenant),
            eq(tokens.test, owner.test),
            query.cursor === null ? undefined : lt(tokens.id, query.cursor),
            query.fingerprint === null ? undefined : eq(tokens.fingerprint, query.fingerprint),
          ),
        )
        .orderBy(desc(tokens.id))
        .limit(query.limit)
      return records(rows, owner.tenant)
    },

    async update(owner, id, change) {
      await readRow(owner, id)
      // An update of nothing is no SQL.
      if (Object.keys(change).length > 0) {
        await store.write(store.db.update(tokens).set(change).where(mine(owner, id)))
      }
      return record(owner, id)
    },

    async erase(owner, id) {
      await readRow(owner, id)
      await store.write(
        store.db.delete(credentials).where(eq(credentials.token_id, id)),
        store.db.delete(tokens).where(mine(owner, id)),
      )
      await store.scrubDeleted()
    },

    async open(tenant, wanted, use) {
      return openScope(store, await keyring.keys(tenant, 'data'), wanted, use)
    },
  }
}

function toRecord(
  row: TokenRow,
  holder: string | null,
  further: TokenRecord['credentials'],
): TokenRecord {
  const { id, type, shown, fingerprint, metadata, allowed_hosts, created_at, expires_at } = row
  return {
    id,
    type,
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

function entries(given: NewToken['credentials']) {
  const names: readonly CredentialName[] = ['virtual_card', 'network_token']
  return names.flatMap((name) => {
    const instrument = given[name]
    return instrument ? [[name, instrument] as const] : []
  })
}

function unknownToken(): GatewayError {
  return new GatewayError('token_unknown', 'There is no such token.', { param: 'token' })
}

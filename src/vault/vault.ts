/**
 * @module The vault: cards and other data go in sealed, and come out only inside the scope that `open` makes.
 */
import { and, count, desc, eq, inArray, isNotNull, lt, lte } from 'drizzle-orm'
import { byItself, type By } from '../audit/entry.ts'
import { Receipt, type Purpose } from '../audit/receipt.ts'
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import { newId } from '../id.ts'
import { exact } from '../store/exact.ts'
import type { Store } from '../store/open.ts'
import { credentials, tokens, tokenTerms } from '../store/schema.ts'
import { erasure } from './erase.ts'
import { conditionOf, type TokenFilter } from './filter.ts'
import { findRow, isOwnId, unknownToken } from './find.ts'
import { fingerprintOf, termOf } from './fingerprint.ts'
import type { Keyring } from './keyring.ts'
import { openField, openScope } from './open.ts'
import { entries, insertion, newRow, recordOf, secretColumns, termInsertion } from './row.ts'
import type { Keys } from './row.ts'
import type {
  Actor,
  NewToken,
  Owner,
  Secrets,
  TokenChange,
  TokenRecord,
  TokenRow,
  TokenType,
  TokenValues,
  Wanted,
} from './token.ts'

export type { TokenChange } from './token.ts'

export interface TokenQuery {
  readonly limit: number
  /** The own id of the last token of the page before. */
  readonly cursor: string | null
  /** How many to leave out; dear where it is large. */
  readonly offset?: number
  readonly fingerprint?: string | null
  readonly filter?: TokenFilter
}

export interface Vault {
  /** Stores an instrument or data; durable when it resolves. Throws `conflict` when the alias is taken. */
  put(token: NewToken): Promise<TokenRecord>
  /** The fingerprint that {@link Vault.put} gives this: the same for the same number, and for one tenant only. */
  fingerprint(tenant: string, type: TokenType, secrets: Secrets): Promise<string>
  /** The sealed row, by id or alias. Throws `token_unknown` for another's token too, `token_expired` past its time. */
  find(owner: Owner, id: string): Promise<TokenRow>
  /** What may be shown of a token. Throws as {@link Vault.find}, but shows expired ones. */
  get(owner: Owner, id: string): Promise<TokenRecord>
  /** Newest first. */
  list(owner: Owner, query: TokenQuery): Promise<readonly TokenRecord[]>
  /** The same tokens, sealed. */
  rows(owner: Owner, query: TokenQuery): Promise<readonly TokenRow[]>
  count(owner: Owner, filter: TokenFilter): Promise<number>
  update(owner: Owner, id: string, change: TokenChange): Promise<TokenRecord>
  /** Erases: when it resolves, nothing of the token is in the database file or its journal. Gives its own id. */
  erase(actor: Actor, id: string): Promise<string>
  /** Erases tokens that a dialect promised to delete at their expiry, a hundred at most. Gives their own ids. */
  eraseExpired(): Promise<readonly string[]>
  /** The scope in which card values exist: `use` gets them, and they are cleared when it ends. Opens what the receipt is for. */
  open<T>(
    receipt: Receipt,
    tenant: string,
    wanted: readonly Wanted[],
    use: (values: ReadonlyMap<string, TokenValues>) => Promise<T>,
  ): Promise<T>
  /** Writes the opening down, and opens. Throws `storage_unavailable`: nothing was opened then. */
  openFor<T>(
    purpose: Purpose,
    actor: Actor,
    wanted: readonly Wanted[],
    use: (values: ReadonlyMap<string, TokenValues>) => Promise<T>,
  ): Promise<T>
}

const SWEEP = 100

/** A vault over a store and a keyring. */
export function openVault(store: Store, keyring: Keyring, clock: Clock): Vault {
  const owned = (owner: Owner) =>
    and(eq(tokens.tenant_id, owner.tenant), eq(tokens.test, owner.test))

  const by = ({ id, request_id }: Actor): By => ({ actor: id, request_id, at: clock() })

  const open: Vault['open'] = async (receipt, tenant, wanted, use) => {
    for (const { row } of wanted) receipt.require(tenant, row.id)
    return openScope(store, keyring, tenant, wanted, use)
  }

  async function keysOf(tenant: string): Promise<Keys> {
    return {
      data: await keyring.keys(tenant, 'data'),
      fingerprint: await keyring.keys(tenant, 'fingerprint'),
    }
  }

  async function readRows(owner: Owner, query: TokenQuery): Promise<readonly TokenRow[]> {
    const { cursor, fingerprint, filter } = query
    return exact(store)
      .select()
      .from(tokens)
      .where(
        and(
          owned(owner),
          cursor === null ? undefined : lt(tokens.id, cursor),
          fingerprint ? eq(tokens.fingerprint, fingerprint) : undefined,
          filter && (await condition(owner, filter)),
        ),
      )
      .orderBy(desc(tokens.id))
      .limit(query.limit)
      .offset(query.offset ?? 0)
  }

  async function condition(owner: Owner, filter: TokenFilter) {
    const { current } = await keyring.keys(owner.tenant, 'fingerprint')
    return conditionOf(filter, (term) => termOf(current, term))
  }

  async function records(rows: readonly TokenRow[]): Promise<TokenRecord[]> {
    if (rows.length === 0) return []
    const ids = rows.map((one) => one.id)
    const further = await store.db
      .select()
      .from(credentials)
      .where(inArray(credentials.token_id, ids))
    return Promise.all(
      rows.map(async (one) => {
        const sealed = one.sealed_holder
        const holder = sealed && (await openField(keyring, one, sealed, 'holder'))
        const own = further.filter(({ token_id }) => token_id === one.id)
        const shown = Object.fromEntries(own.map((further) => [further.name, further.shown]))
        return recordOf(one, holder, shown)
      }),
    )
  }

  async function record(owner: Owner, id: string): Promise<TokenRecord> {
    const [only] = await records([await findRow(store, owner, id)])
    if (!only) throw unknownToken()
    return only
  }

  return {
    async put(token) {
      const { alias } = token
      if (alias && isOwnId(alias)) {
        throw new GatewayError('invalid_request', 'An id of this form is given by us.', {
          param: 'id',
        })
      }
      const keys = await keysOf(token.tenant)
      const now = clock()
      const row = newRow(keys, newId('tok', now), token, now)
      await store.write(...insertion(store, keys, row, token))
      const shown = entries(token.credentials).map(([name, one]) => [name, one.shown])
      return recordOf(row, token.instrument?.holder ?? null, Object.fromEntries(shown))
    },

    async fingerprint(tenant, type, secrets) {
      const { current } = await keyring.keys(tenant, 'fingerprint')
      return fingerprintOf(current, type, secrets)
    },

    async find(owner, id) {
      const found = await findRow(store, owner, id)
      if (found.expires_at !== null && found.expires_at <= clock()) {
        throw new GatewayError('token_expired', 'The token has expired.', { param: 'token' })
      }
      return found
    },

    get: record,
    list: async (owner, query) => records(await readRows(owner, query)),
    rows: readRows,

    async count(owner, filter) {
      const where = and(owned(owner), await condition(owner, filter))
      const row = await exact(store).select({ total: count() }).from(tokens).where(where).get()
      return row?.total ?? 0
    },

    async update(owner, id, { secrets, ...plain }) {
      const row = await findRow({ db: exact(store) }, owner, id)
      const keys = await keysOf(owner.tenant)
      const columns = secrets && secretColumns(keys, row, secrets)
      const change = {
        ...plain,
        // The other APIs know no holder; one that is not given stays.
        ...(columns && { ...columns, sealed_holder: columns.sealed_holder ?? row.sealed_holder }),
      }
      const terms = secrets && [
        store.db.delete(tokenTerms).where(eq(tokenTerms.token_id, row.id)),
        ...termInsertion(store, keys, row, secrets.terms ?? []),
      ]
      // An update of nothing is no SQL.
      if (Object.keys(change).length > 0) {
        const where = eq(tokens.id, row.id)
        await store.write(store.db.update(tokens).set(change).where(where), ...(terms ?? []))
      }
      // What was sealed before is gone, as if it had been erased.
      if (secrets) await store.scrubDeleted()
      return record(owner, row.id)
    },

    async erase(actor, id) {
      const row = await findRow({ db: exact(store) }, actor, id)
      await store.write(...erasure(store, row, by(actor)))
      await store.scrubDeleted()
      return row.id
    },

    async eraseExpired() {
      const { tenant_id, expires_at, attributes } = tokens
      const expired = await store.db
        .select({ id: tokens.id, tenant_id })
        .from(tokens)
        .where(and(isNotNull(expires_at), isNotNull(attributes), lte(expires_at, clock())))
        .limit(SWEEP)
      if (expired.length === 0) return []
      await store.write(...expired.flatMap((row) => erasure(store, row, byItself(clock()))))
      await store.scrubDeleted()
      return expired.map(({ id }) => id)
    },

    open,
    async openFor(purpose, actor, wanted, use) {
      const ids = wanted.map(({ row }) => row.id)
      const opening = { purpose, by: by(actor), tenant: actor.tenant, tokens: ids }
      const { receipt } = await Receipt.write(store, opening)
      return open(receipt, actor.tenant, wanted, use)
    },
  }
}

/**
 * @module An opening of the vault is written down first: the receipt for that line is what opens it.
 */
import type { Store } from '../store/open.ts'
import type { Write, Written } from '../store/write.ts'
import { auditEntry, type By } from './entry.ts'

/** What for the vault is to be opened. */
export type Purpose =
  'forward' | 'dry_run' | 'reveal' | 'detokenize' | 'mask' | 'change' | 'notification'

export interface Opening {
  readonly purpose: Purpose
  readonly by: By
  readonly tenant: string
  /** Ids of the tokens that may be opened. */
  readonly tokens: readonly string[]
  /** The account whose credentials may be opened. */
  readonly account?: string | null
  /** The id of the forward it is for. */
  readonly forward?: string | null
  /** Where the values are to go. */
  readonly host?: string | null
}

/** Proof that an opening stands in the audit log, durably. Made here alone. */
export class Receipt {
  readonly #tenant: string
  readonly #ids: ReadonlySet<string>

  private constructor({ tenant, tokens, account }: Opening) {
    this.#tenant = tenant
    this.#ids = new Set(account ? [...tokens, account] : tokens)
  }

  /** Throws unless the opening of this token or account was written down. A mistake of ours, and none of the caller's. */
  require(tenant: string, id: string): void {
    if (this.#tenant === tenant && this.#ids.has(id)) return
    throw new TypeError('the vault is to be opened for what was not written down')
  }

  /** Writes down an opening, with `beside` in the same transaction. Throws `storage_unavailable`: nothing is opened then. */
  static async write(
    store: Store,
    opening: Opening,
    ...beside: readonly Write[]
  ): Promise<{ readonly receipt: Receipt; readonly written: readonly Written[] }> {
    const written = await store.write(...beside, entryOf(opening))
    return { receipt: new Receipt(opening), written }
  }
}

function entryOf({ purpose, by, tenant, tokens, account, forward, host }: Opening) {
  return auditEntry('vault.open', by, {
    tenant,
    subject: forward ?? account ?? tokens[0] ?? null,
    detail: { purpose, tokens, ...(account && { account }), ...(host && { host }) },
  })
}

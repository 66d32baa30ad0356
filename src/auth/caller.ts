/**
 * @module Who calls: the tenant, the mode, and what they may do.
 */
import type { By } from '../audit/entry.ts'
import { parseRate } from '../limits/rate.ts'
import type { Rule } from '../limits/store.ts'
import type { Scope } from './scopes.ts'

/** What a credential says. */
export interface Identity {
  readonly tenant: string
  /** Test callers see test tokens and sandbox accounts only. */
  readonly test: boolean
  readonly scopes: ReadonlySet<Scope>
  /** The key, client or outside subject, for records. */
  readonly id: string
  /** Its own quota in place of the one for all; null has none. */
  readonly rate?: Rule | null
}

export interface Caller extends Identity {
  /** The request in which they call. */
  readonly request_id: string
}

/** The quota that a key or client was made with; nothing where it has none of its own. */
export function rateOf({ rate }: { readonly rate: string | null }): Pick<Identity, 'rate'> {
  const rule = rate === null ? undefined : parseRate(rate)
  return rule === undefined ? {} : { rate: rule }
}

/** The caller as the audit log names whoever does something; `at` is in milliseconds since 1970. */
export function byCaller({ id, request_id }: Caller, at: number): By {
  return { actor: id, request_id, at }
}

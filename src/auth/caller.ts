/**
 * @module Who calls: the tenant, the mode, and what they may do.
 */
import type { By } from '../audit/entry.ts'
import type { Scope } from './scopes.ts'

/** What a credential says. */
export interface Identity {
  readonly tenant: string
  /** Test callers see test tokens and sandbox accounts only. */
  readonly test: boolean
  readonly scopes: ReadonlySet<Scope>
  /** The key, client or outside subject, for records. */
  readonly id: string
}

export interface Caller extends Identity {
  /** The request in which they call. */
  readonly request_id: string
}

/** The caller as the audit log names whoever does something; `at` is in milliseconds since 1970. */
export function byCaller({ id, request_id }: Caller, at: number): By {
  return { actor: id, request_id, at }
}

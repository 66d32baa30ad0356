/**
 * @module Who calls: the tenant, the mode, and what they may do.
 */
import type { Scope } from './scopes.ts'

export interface Caller {
  readonly tenant: string
  /** Test callers see test tokens and sandbox accounts only. */
  readonly test: boolean
  readonly scopes: ReadonlySet<Scope>
  /** The key, client or outside subject, for records. */
  readonly id: string
}

/**
 * @module Whether a tenant that is named in a path is the caller's own: by its id, or by its name.
 */
import type { Caller } from '../auth/caller.ts'
import { OperatorError } from '../errors.ts'
import { tenantNamed } from '../store/tenants.ts'
import type { Core } from './core.ts'

/** A tenant may bear the id that it had at another vault as its name, so that its clients keep their paths. */
export async function isOwnTenant(core: Core, caller: Caller, named: string): Promise<boolean> {
  if (named === caller.tenant) return true
  try {
    return (await tenantNamed(core.store, named)).id === caller.tenant
  } catch (error) {
    if (error instanceof OperatorError) return false
    throw error
  }
}

/**
 * @module Refusals that matter: what a known caller asked for and may not have.
 */
import type { ErrorCode } from '../error_codes.ts'
import type { GatewayError } from '../errors.ts'
import { auditEntry, type AuditEntry, type By } from './entry.ts'

/** Whether a refusal is told of; of those `about` something, only where it is known what. */
const TOLD: { readonly [C in ErrorCode]?: 'always' | 'about' } = {
  forbidden: 'always',
  destination_denied: 'always',
  address_denied: 'always',
  // Of another tenant, or of the other mode; to the caller it is as unknown as one that never was.
  token_unknown: 'about',
}

/** The entry for an error that a caller gets; null where it is no refusal. `route` is the pattern, not the path. */
export function refusalOf(
  error: GatewayError,
  by: By,
  tenant: string,
  route: string,
): AuditEntry | null {
  const told = TOLD[error.code]
  if (!told || (told === 'about' && error.about === null)) return null
  const { code, about, forward } = error
  return auditEntry('access.refuse', by, {
    // Who tries tokens of others is not to read here that there are such.
    tenant: told === 'about' ? null : tenant,
    subject: about,
    detail: { code, route, caller: tenant, ...(forward && { forward: forward.id }) },
  })
}

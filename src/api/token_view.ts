/**
 * @module A token as the API shows it.
 */
import { rfc3339 } from '../clock.ts'
import type { Stored } from '../tokens/store.ts'
import type { TokenRecord } from '../vault/token.ts'
import { timeOrNull } from './time.ts'

/** The token without anything secret. */
export function tokenView(token: TokenRecord) {
  const { id, type, alias, shown, holder, fingerprint, credentials, metadata, allowed_hosts } =
    token
  return {
    id,
    type,
    ...(alias !== null && { alias }),
    [type]: type === 'data' ? shown : { ...shown, holder },
    fingerprint,
    credentials,
    metadata,
    allowed_hosts,
    created_at: rfc3339(token.created_at),
    expires_at: timeOrNull(token.expires_at),
  }
}

/** A CVC session, or null. */
export function sessionView(session: Stored['session']) {
  return session && { id: session.id, expires_at: rfc3339(session.expires_at) }
}

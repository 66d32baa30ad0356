/**
 * @module The scopes a key or client can have.
 */

/** What each scope allows; docs and the command line read this table. */
export const SCOPES = {
  'tokens:write': 'store, change and delete tokens and CVC sessions',
  'tokens:read': 'read what may be shown of tokens',
  'tokens:reveal': 'read card numbers in the clear; give it to nobody who can do without',
  forward: 'send requests to PSPs',
  'forwards:read': 'read the records of forwards',
  admin: 'manage keys, clients, destinations and accounts; read the audit log',
} as const

export type Scope = keyof typeof SCOPES

/** Whether the text is a scope. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text)
}

/** Scopes under the names of other APIs: Stitch's client tokens ask for these. */
const ELSEWHERE: Readonly<Record<string, readonly Scope[]>> = {
  client_vault_proxy: ['forward'],
  client_vault_manage: ['tokens:write', 'tokens:read'],
}

/** The scopes that a word asks for: its own, or what another API means by it; none where it is unknown. */
export function scopesNamed(word: string): readonly Scope[] {
  if (isScope(word)) return [word]
  return Object.hasOwn(ELSEWHERE, word) ? (ELSEWHERE[word] ?? []) : []
}

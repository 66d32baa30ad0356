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
  admin: 'manage keys, clients, destinations and accounts',
} as const

export type Scope = keyof typeof SCOPES

/** Whether the text is a scope. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text)
}

/**
 * @module Credentials by name, read where they are used.
 */
import { Secret } from '../secret.ts'
import { type Place, fault } from './fault.ts'
import type { Credentials } from './types.ts'

/** A credential's text. Throws where the account has none of that name, which may be shown: names are not secret. */
export function secretText(credentials: Credentials, name: string, place: Place): string {
  const value = Object.hasOwn(credentials, name) ? credentials[name] : undefined
  if (value === undefined) throw fault(place, `wants the credential ${name}, which is not there`)
  return value instanceof Secret ? value.reveal() : value
}

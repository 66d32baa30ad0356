/**
 * @module Errors of signing: they name the function or scheme and the parameter, and never a value.
 */
import { GatewayError } from '../errors.ts'

/** Where something is wrong. */
export interface Place {
  /** The function or scheme: `hmac`, `sigv4`. */
  readonly scheme: string
  readonly param: string
}

/** `sigv4: region is missing`. The value at fault stays out, because it may be a key or a card's. */
export function fault({ scheme, param }: Place, what: string): GatewayError {
  return new GatewayError('adapter_failed', `${scheme}: ${param} ${what}`, { param })
}

/** The entry of a table. Throws for unknown names, inherited ones such as `constructor` included. */
export function known<T>(table: Readonly<Record<string, T>>, name: unknown, place: Place): T {
  if (typeof name === 'string' && Object.hasOwn(table, name)) {
    const entry = table[name]
    if (entry !== undefined) return entry
  }
  throw fault(place, `is none of ${Object.keys(table).join(', ')}`)
}

/**
 * @module JSON read with each number in its own spelling, for signatures over the values of a message received.
 */
import type { Json } from '../adapter.ts'
import { fault } from './fault.ts'

/** A reviver that is told how the value was spelled: ECMAScript's `JSON.parse` source text access, 2025. */
type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context?: { source?: string },
) => unknown

const numbersAsText: Reviver = (_key, value, context) =>
  typeof value === 'number' ? (context?.source ?? String(value)) : value

/**
 * The value of a JSON text with every number as text, spelled as it came: `10.00` stays `"10.00"`. Praxis 1.3 and others
 * sign it so. Throws where the text is not JSON.
 */
export function exactJson(text: string): Json {
  try {
    // JSON.parse gives JSON, and the reviver puts text for numbers.
    return JSON.parse(text, numbersAsText) as Json
  } catch {
    // The cause quotes the text.
    throw fault({ scheme: 'exactJson', param: 'text' }, 'is not JSON')
  }
}

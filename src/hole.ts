/**
 * @module Holes: places in a plan where a value from the vault goes. Unforgeable, because only this class makes them.
 */
import type { CardField, DateFormat, Hole, Json } from './adapter.ts'

/**
 * Which of a token's instruments a hole reads. `card` is the stored card itself, `data` the whole of a token as one JSON
 * value, whatever its type; it has no fields.
 */
export type InstrumentName = 'card' | 'virtual_card' | 'network_token' | 'bank_account' | 'data'

/**
 * Fields that exist beyond a card's own: composed ones (`expiry` is `MM/YY`, `brand`, `bin`, `last4`), and those of bank
 * accounts and network tokens.
 */
export type InstrumentField =
  | CardField
  | 'expiry'
  | 'brand'
  | 'bin'
  | 'last4'
  | 'cryptogram'
  | 'eci'
  | 'account_number'
  | 'routing_number'
  | 'account_type'

/** A filter applied to a value, with its literal arguments, already looked up and checked. */
export interface AppliedFilter {
  readonly name: string
  readonly apply: (value: FilterValue) => FilterValue
}

/** What flows between filters: JSON, whole numbers too long for a `number`, or bytes on the way to an encoding. */
export type FilterValue = Json | bigint | Uint8Array

/** Where a hole's value comes from. */
export type Source =
  /** A value of a token. `token` is the caller's name for it; `''` is the request's own token. */
  | {
      readonly from: 'token'
      readonly token: string
      readonly instrument: InstrumentName
      readonly field: InstrumentField | null
    }
  /**
   * A whole token, whatever its type: what may be shown of it, and its own instrument or data. `leaf` is the name of the one
   * value that is known to be read of it, so that an answer can be searched for it.
   */
  | { readonly from: 'record'; readonly token: string; readonly leaf: string | null }
  | { readonly from: 'credential'; readonly name: string }
  | { readonly from: 'derived'; readonly name: string }
  /** What the adapter's session step fetched. */
  | { readonly from: 'session'; readonly name: string }
  /** The base64 of text with holes of its own. */
  | { readonly from: 'base64'; readonly text: readonly (string | Hole<string>)[] }
  /** Text with holes of its own. */
  | { readonly from: 'text'; readonly text: readonly (string | Hole<string>)[] }

/** What a hole is to the core. To everyone else it is an opaque {@link Hole}. */
export class HoleValue {
  /** Only the constructor can put a private field on an object, so its presence cannot be forged. */
  readonly #made = true
  readonly source: Source
  readonly filters: readonly AppliedFilter[]
  /** How it shows in transcripts and errors: `{{ card.number }}`. */
  readonly label: string
  /** A value that does not exist is null where JSON is written, and nothing elsewhere; without it, that is an error. */
  readonly optional: boolean

  constructor(
    source: Source,
    label: string,
    filters: readonly AppliedFilter[] = [],
    optional = false,
  ) {
    this.source = source
    this.label = label
    this.filters = filters
    this.optional = optional
    Object.freeze(this)
  }

  /** Whether this class made the object. */
  static is(value: object): value is HoleValue {
    return #made in value && value.#made
  }
}

/** Makes a hole. */
export function hole<K extends string = never>(
  source: Source,
  label: string,
  filters: readonly AppliedFilter[] = [],
  optional = false,
): Hole<K> {
  // A HoleValue is what Hole<K> stands for: the type parameter lives only in the compiler.
  return new HoleValue(source, label, filters, optional) as unknown as Hole<K>
}

/** The hole behind a value, or null where the value is plain data. */
export function asHole(value: unknown): HoleValue | null {
  return typeof value === 'object' && value !== null && HoleValue.is(value) ? value : null
}

/** A date format as a filter, for `card('exp_year', 'YY')`. */
export function dateFilter(format: DateFormat): AppliedFilter {
  if (format === 'number') return { name: format, apply: (value) => Number(value) }
  const width = format === 'YYYY' ? 4 : 2
  return {
    name: format.toLowerCase(),
    apply: (value) => String(value).slice(-width).padStart(width, '0'),
  }
}

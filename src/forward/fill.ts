/**
 * @module What stands for a hole while the vault is open: the value of a token, a credential, or something computed from them.
 */
import type { Hole, Json, Opened } from '../adapter.ts'
import { asHole, type FilterValue, type HoleValue } from '../hole.ts'
import { applyFilters } from '../template/filters.ts'
import type { InstrumentValues, TokenRow, TokenValues } from '../vault/token.ts'

/** What stands for a hole; null where there is no such value. */
export type Fill = (hole: HoleValue) => FilterValue | null

/** Everything that is open at one moment. */
export interface OpenValues {
  readonly tokens: ReadonlyMap<string, TokenValues>
  /** What may be shown of each token. */
  readonly rows: ReadonlyMap<string, TokenRow>
  readonly credentials: Readonly<Record<string, string>>
  /** What the adapter's session step fetched. */
  readonly session: Readonly<Record<string, string>>
  /** Computes a derived value; null where the account's adapter has none of that name. */
  readonly derive: (name: string) => string | null
}

/** The fill of a real request. */
export function fillFrom(open: OpenValues): Fill {
  return function fill(hole) {
    const value = valueOf(hole, open, fill)
    // `default` is the one filter that has something to say about a missing value.
    if (value === null && !hole.filters.some((filter) => filter.name === 'default')) return null
    return applyFilters(value, hole.filters, hole.label)
  }
}

function valueOf({ source }: HoleValue, open: OpenValues, fill: Fill): FilterValue | null {
  switch (source.from) {
    case 'token': {
      const values = open.tokens.get(source.token)
      if (source.instrument === 'data') return values?.data?.value ?? null
      const instrument = values?.[source.instrument]
      if (!instrument) return null
      return source.field === null ? present(instrument) : (instrument[source.field] ?? null)
    }
    case 'record': {
      const row = open.rows.get(source.token)
      const data = open.tokens.get(source.token)?.data?.value ?? null
      return row ? recordOf(source.token, row, data) : null
    }
    case 'credential':
      return open.credentials[source.name] ?? null
    case 'derived':
      return open.derive(source.name)
    case 'session':
      return open.session[source.name] ?? null
    case 'base64': {
      const text = joined(source.text, fill)
      return text === null ? null : Buffer.from(text).toString('base64')
    }
    case 'text':
      return joined(source.text, fill)
  }
}

/** Text with its holes filled; null where one has no value. */
function joined(parts: readonly (string | Hole<string>)[], fill: Fill): string | null {
  let text = ''
  for (const part of parts) {
    const inner = asHole(part)
    const value = inner ? fill(inner) : part
    if (value === null) return null
    text += String(value)
  }
  return text
}

/** A whole instrument as JSON, without what it does not have. */
function present(instrument: InstrumentValues): FilterValue {
  return Object.fromEntries(
    Object.entries(instrument).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}

/** A whole token: what its dialect keeps of it, what may be shown, and its data. `id` is the caller's name for it. */
function recordOf(id: string, row: TokenRow, data: Json): FilterValue {
  const { tenant_id, type, attributes, metadata, fingerprint, created_at, expires_at } = row
  return { type, ...attributes, id, tenant_id, metadata, fingerprint, created_at, expires_at, data }
}

/** The card as `derive` sees it: every field there, empty where the token has none. */
export function cardOf(values: TokenValues | undefined): Opened['card'] {
  const card = values?.card
  return {
    number: card?.number ?? '',
    cvc: card?.cvc ?? '',
    exp_month: card?.exp_month ?? '',
    exp_year: card?.exp_year ?? '',
    holder: card?.holder ?? '',
  }
}

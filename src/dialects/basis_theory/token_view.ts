/**
 * @module A token as Basis Theory shows it (https://developers.basistheory.com/docs/api/tokens#token-object).
 */
import type { Json } from '../../adapter.ts'
import type { Caller } from '../../auth/caller.ts'
import { looksLikeCardNumber, maskCardNumbers } from '../../card.ts'
import { GatewayError } from '../../errors.ts'
import type { Gateway } from '../../gateway.ts'
import { withData } from '../../tokens/data.ts'
import type { TokenRow } from '../../vault/token.ts'
import { evaluateMask } from './expressions.ts'
import type { JsonObject } from './merge_patch.ts'
import { shownTime } from './time.ts'
import { NATIVE_TYPES, TOKEN_TYPES, type TypeEntry } from './token_types.ts'

/** The type of a token, which may have been stored through another API. */
export function typeOf({ type, attributes }: TokenRow): string {
  const own = attributes?.['type']
  return typeof own === 'string' ? own : NATIVE_TYPES[type]
}

/** The entry of a token's type. */
export function entryOfRow(row: TokenRow): TypeEntry {
  const entry = TOKEN_TYPES[typeOf(row)]
  if (entry) return entry
  throw new GatewayError('integrity', 'The token is of no known type.')
}

/** The mask in force. */
export function maskOfRow(row: TokenRow): Json {
  return row.attributes?.['mask'] ?? entryOfRow(row).mask
}

/** Tokens with their masks in place of their data. */
export function maskedViews(
  gateway: Gateway,
  caller: Caller,
  rows: readonly TokenRow[],
): Promise<readonly JsonObject[]> {
  return withData(gateway, caller, rows, { cvc: false, purpose: 'mask' }, (dataOf) =>
    rows.map((row) => tokenView(row, masked(row, dataOf(row)))),
  )
}

/** The token; without data where that is null. */
export function tokenView(row: TokenRow, data: Json): JsonObject {
  const entry = entryOfRow(row)
  const own = row.attributes ?? {}
  const mask = maskOfRow(row)
  const indexes = own['search_indexes'] ?? entry.indexes
  const modified = own['modified_at']
  return {
    id: row.alias ?? row.id,
    type: typeOf(row),
    tenant_id: row.tenant_id,
    ...(data !== null && { data }),
    ...(mask !== null && { mask }),
    ...cardView(row),
    containers: own['containers'] ?? entry.containers,
    metadata: row.metadata,
    ...(Array.isArray(indexes) && indexes.length > 0 && { search_indexes: indexes }),
    fingerprint: row.fingerprint,
    fingerprint_expression: own['fingerprint_expression'] ?? entry.fingerprint,
    ...(own['created_by'] !== undefined && { created_by: own['created_by'] }),
    created_at: shownTime(row.created_at),
    ...(own['modified_by'] !== undefined && { modified_by: own['modified_by'] }),
    ...(typeof modified === 'number' && { modified_at: shownTime(modified) }),
    ...(row.expires_at !== null && { expires_at: shownTime(row.expires_at) }),
  }
}

/** What a caller without the right to read is told of a token that existed already. */
export function redactedView(row: TokenRow): JsonObject {
  const { id, type, tenant_id, fingerprint, containers } = tokenView(row, null)
  return {
    id: id ?? null,
    type: type ?? null,
    tenant_id: tenant_id ?? null,
    fingerprint: fingerprint ?? null,
    containers: containers ?? null,
  }
}

/** A mask that no longer applies hides everything. */
function masked(row: TokenRow, data: Json): Json {
  try {
    return guarded(evaluateMask(maskOfRow(row), { data, metadata: row.metadata }))
  } catch (error) {
    if (error instanceof GatewayError) return null
    throw error
  }
}

/** Whatever a mask says, a whole card number is for those alone who may read it in the clear. */
function guarded(value: Json): Json {
  if (typeof value === 'string') return maskCardNumbers(value)
  if (typeof value === 'number') {
    return looksLikeCardNumber(String(value)) ? maskCardNumbers(String(value)) : value
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(guarded)
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, Json]) => [
      maskCardNumbers(name),
      guarded(one),
    ]),
  )
}

function cardView({ type, shown }: TokenRow): JsonObject {
  if (type !== 'card') return {}
  const { bin, last4, brand, exp_month, exp_year } = shown
  return {
    card: {
      bin: bin ?? null,
      last4: last4 ?? null,
      brand: brand ?? null,
      ...(exp_month && { expiration_month: Number(exp_month) }),
      ...(exp_year && { expiration_year: Number(exp_year) }),
    },
  }
}

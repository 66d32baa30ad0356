/**
 * @module `PATCH /tokens/:id`: a merge patch (RFC 7396) of data, mask and metadata; all else is replaced.
 */
import type { Json } from '../../adapter.ts'
import type { Caller } from '../../auth/caller.ts'
import { GatewayError } from '../../errors.ts'
import type { Gateway } from '../../gateway.ts'
import { Secret } from '../../secret.ts'
import { withData } from '../../tokens/data.ts'
import type { TokenChange, TokenRow } from '../../vault/token.ts'
import { evaluateMask } from './expressions.ts'
import { isObject, mergePatch, type JsonObject } from './merge_patch.ts'
import { buildAttributes, buildSecrets } from './token_build.ts'
import { objectOf, optionsOf } from './token_input.ts'
import type { CheckedData } from './token_types.ts'
import { entryOfRow, maskOfRow, typeOf } from './token_view.ts'

/** What decides about who learns something of the data: it may be changed by those who may read it anyway. */
const REVEALING = ['mask', 'search_indexes', 'fingerprint_expression'] as const

/** Changes a token. Gives its row as it is now. */
export async function updateToken(
  gateway: Gateway,
  caller: Caller,
  id: string,
  body: Json,
): Promise<TokenRow> {
  const { vault, sessions, clock } = gateway
  const patch = objectOf(body)
  const row = await vault.find(caller, id)
  refuseRevealing(caller, patch)
  const { cvc, change } = await withData(
    gateway,
    caller,
    [row],
    { cvc: false, purpose: 'change' },
    (dataOf) => changed(row, dataOf(row), patch, caller, clock()),
  )
  await vault.update(caller, row.id, change)
  if (cvc) await sessions.keepValue(row.id, 'card.cvc', cvc)
  else if (cvc === null) await sessions.removeValue(row.id, 'card.cvc')
  return vault.find(caller, row.id)
}

function refuseRevealing(caller: Caller, patch: JsonObject): void {
  const named = REVEALING.find((name) => patch[name] !== undefined)
  if (named === undefined || caller.scopes.has('tokens:reveal')) return
  throw new GatewayError('forbidden', `A change of ${named} needs the scope tokens:reveal.`, {
    param: named,
    hint: 'It would show what the stored data is to those who may not read it.',
  })
}

interface Changed {
  readonly change: TokenChange
  /** A new security code, null where it is to be forgotten, undefined where it stays. */
  readonly cvc: Secret | null | undefined
}

function changed(
  row: TokenRow,
  before: Json,
  patch: JsonObject,
  caller: Caller,
  now: number,
): Changed {
  const type = typeOf(row)
  const entry = entryOfRow(row)
  const own = row.attributes ?? {}
  const replaced = ['containers', 'search_indexes', 'fingerprint_expression']
  const options = optionsOf(
    {
      ...kept(own, replaced),
      ...kept(patch, [...replaced, 'expires_at', 'privacy', 'encrypted']),
      mask: patch['mask'] === undefined ? (own['mask'] ?? null) : newMask(row, patch['mask']),
      metadata: mergePatch(row.metadata, patch['metadata'] ?? {}),
    },
    now,
  )
  const plain = {
    metadata: options.metadata,
    ...(patch['expires_at'] !== undefined && { expires_at: options.expires_at }),
    attributes: {
      ...kept(own, ['created_by']),
      ...buildAttributes(type, entry, options),
      modified_by: caller.id,
      modified_at: now,
    },
  }
  evaluateMask(options.mask, { data: before, metadata: options.metadata })
  if (!touchesSecrets(own, patch)) return { change: plain, cvc: undefined }
  const { data: given } = patch
  const checked = entry.check(given === undefined ? before : mergePatch(before, given))
  const secrets = buildSecrets(type, entry, checked, options)
  return { change: { ...plain, secrets }, cvc: codeAfter(before, given, checked) }
}

/** A code belongs to its card: with another number it is forgotten, if there is no new one. */
function codeAfter(before: Json, given: Json | undefined, checked: CheckedData): Changed['cvc'] {
  if (checked.cvc !== null) return new Secret(checked.cvc)
  const removed = isObject(given) && given['cvc'] === null
  return removed || numberIn(before) !== numberIn(checked.data) ? null : undefined
}

/** Null goes back to the mask of the type. */
function newMask(row: TokenRow, patch: Json): Json {
  return patch === null ? null : mergePatch(maskOfRow(row), patch)
}

/** Whether anything sealed or derived changes; what only shows otherwise is not sealed again. */
function touchesSecrets(own: JsonObject, patch: JsonObject): boolean {
  const names = ['data', 'search_indexes', 'fingerprint_expression']
  if (names.some((name) => patch[name] !== undefined)) return true
  // An expression may name the metadata.
  return patch['metadata'] !== undefined && names.some((name) => own[name] !== undefined)
}

function numberIn(data: Json): Json {
  return isObject(data) ? (data['number'] ?? null) : data
}

function kept(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = object[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

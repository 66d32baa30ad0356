/**
 * @module Stores new tokens: one, or all that a document holds, with those that exist already given again where it is asked for.
 */
import { randomUUID } from 'node:crypto'
import type { Json } from '../../adapter.ts'
import type { Caller } from '../../auth/caller.ts'
import { GatewayError } from '../../errors.ts'
import type { Gateway } from '../../gateway.ts'
import { putToken } from '../../tokens/put.ts'
import { eraseToken } from '../../tokens/store.ts'
import type { TokenRow } from '../../vault/token.ts'
import type { JsonObject } from './merge_patch.ts'
import { buildToken, type BuiltToken } from './token_build.ts'
import { tokenInput } from './token_input.ts'
import { maskedViews, redactedView } from './token_view.ts'

/** A token that is stored now, and whether it was before. */
export interface Created {
  readonly row: TokenRow
  readonly deduplicated: boolean
}

/** Checks a request for a token; nothing is stored yet. */
export function prepare(body: Json, caller: Caller, now: number): BuiltToken {
  return buildToken(tokenInput(body, now), caller.id)
}

/** Stores all of them or, when this throws, none. */
export async function create(
  gateway: Gateway,
  caller: Caller,
  built: readonly BuiltToken[],
): Promise<readonly Created[]> {
  const created: Created[] = []
  try {
    for (const one of built) created.push(await createOne(gateway, caller, one))
    return created
  } catch (error) {
    for (const { row, deduplicated } of created) {
      if (!deduplicated) await eraseToken(gateway, caller, row.id)
    }
    throw error
  }
}

/** The created tokens as they are shown, each with `_extras`. */
export async function createdViews(
  gateway: Gateway,
  caller: Caller,
  created: readonly Created[],
): Promise<readonly JsonObject[]> {
  const views = await maskedViews(
    gateway,
    caller,
    created.map(({ row }) => row),
  )
  const mayRead = caller.scopes.has('tokens:read')
  return created.map(({ row, deduplicated }, at) => ({
    ...(deduplicated && !mayRead ? redactedView(row) : views[at]),
    _extras: { deduplicated },
  }))
}

async function createOne(
  gateway: Gateway,
  caller: Caller,
  { token, cvc, deduplicate, made }: BuiltToken,
): Promise<Created> {
  const { vault, sessions, clock } = gateway
  if (deduplicate) {
    const fingerprint = await vault.fingerprint(caller.tenant, token.type, token)
    const filter = { alive: clock() }
    const [earlier] = await vault.rows(caller, { limit: 1, cursor: null, fingerprint, filter })
    if (earlier) {
      // The code that was given last is the one that is meant.
      if (cvc) await sessions.keepValue(earlier.id, 'card.cvc', cvc)
      return { row: earlier, deduplicated: true }
    }
  }
  const stored = await putToken(gateway, caller, token, cvc).catch((error: unknown) => {
    if (!(error instanceof GatewayError) || error.code !== 'conflict') throw error
    if (made) return putToken(gateway, caller, { ...token, alias: randomUUID() }, cvc)
    throw new GatewayError('conflict', 'A token with this id exists already.', { param: 'id' })
  })
  return { row: await vault.find(caller, stored.id), deduplicated: false }
}

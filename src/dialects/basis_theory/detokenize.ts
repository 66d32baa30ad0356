/**
 * @module `POST /detokenize`: a document of any shape comes back with values in place of its expressions.
 *
 * https://developers.basistheory.com/docs/expressions/detokenization
 */
import type { Json } from '../../adapter.ts'
import type { Caller } from '../../auth/caller.ts'
import { GatewayError } from '../../errors.ts'
import type { Gateway } from '../../gateway.ts'
import { withData } from '../../tokens/data.ts'
import { evaluateLiquid, readLiquid, type LiquidObject } from '../../template/liquid_text.ts'
import type { TokenRow } from '../../vault/token.ts'
import { isObject } from './merge_patch.ts'
import { tokenView } from './token_view.ts'

const MOST_TOKENS = 100

/** The document in the clear. Throws `invalid_request` naming the ids of which there is no token. */
export async function detokenize(gateway: Gateway, caller: Caller, document: Json): Promise<Json> {
  const texts = new Map<string, ReturnType<typeof readLiquid>>()
  const ids = new Set<string>()
  strings(document, '', (text, where) => {
    const read = readLiquid(text, where)
    texts.set(text, read)
    for (const part of read) if (typeof part === 'object') ids.add(targetOf(part).id)
    return null
  })
  const rows = await findAll(gateway, caller, ids)
  return withData(
    gateway,
    caller,
    [...rows.values()],
    { cvc: true, purpose: 'detokenize' },
    (dataOf) => {
      const valueOf = (object: LiquidObject): Json => {
        const { id, whole } = targetOf(object)
        const row = rows.get(id)
        if (!row) return null
        const data = dataOf(row)
        return whole || readsWhole(object, data) ? tokenView(row, data) : data
      }
      return strings(document, '', (text, where) =>
        evaluateLiquid(texts.get(text) ?? [text], valueOf, where),
      )
    },
  )
}

/** `token: <id>` is the token with all that is shown of it, an id alone its data. */
function targetOf({ head }: LiquidObject): { readonly id: string; readonly whole: boolean } {
  const named = /^token\s*:\s*(.+)$/s.exec(head)?.[1]
  return named === undefined ? { id: head, whole: false } : { id: named, whole: true }
}

/** `$.data.number` of an id alone is meant of the token, where its data has no such member. */
function readsWhole({ chain }: LiquidObject, data: Json): boolean {
  const [first] = chain.filters
  const path = first?.name === 'json' ? first.args[0] : null
  return (
    typeof path === 'string' &&
    /^\$\.data\b/.test(path) &&
    !(isObject(data) && data['data'] !== undefined)
  )
}

async function findAll(
  { vault }: Gateway,
  caller: Caller,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, TokenRow>> {
  if (ids.size > MOST_TOKENS) {
    throw new GatewayError('invalid_request', `It may name up to ${MOST_TOKENS} tokens.`)
  }
  const rows = new Map<string, TokenRow>()
  const unknown: string[] = []
  for (const id of ids) {
    try {
      rows.set(id, await vault.find(caller, id))
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      if (error.code !== 'token_unknown' && error.code !== 'token_expired') throw error
      unknown.push(id)
    }
  }
  if (unknown.length === 0) return rows
  throw new GatewayError(
    'invalid_request',
    `Failed to detokenize some tokens: ${unknown.join(', ').slice(0, 400)}`,
  )
}

/** The document with `put` in place of each string that has an expression. */
function strings(value: Json, where: string, put: (text: string, where: string) => Json): Json {
  if (typeof value === 'string') return value.includes('{{') ? put(value, where || 'body') : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    return value.map((one: Json, at) => strings(one, `${where}[${at}]`, put))
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, Json]) => [
      name,
      strings(one, where === '' ? name : `${where}.${name}`, put),
    ]),
  )
}

/**
 * @module `POST /tokenize`: a document of any shape comes back with tokens in place of its values.
 */
import type { Json } from '../../adapter.ts'
import { looksLikeCardNumber } from '../../card.ts'
import { GatewayError } from '../../errors.ts'
import { isObject } from './merge_patch.ts'

const MOST_TOKENS = 100

/** The requests for tokens in a document, in its order: objects with `type` and `data`, and every other value. */
export function tokenRequests(document: Json): readonly Json[] {
  const found: Json[] = []
  walk(document, (request) => {
    found.push(request)
    return null
  })
  if (found.length <= MOST_TOKENS) return found
  throw new GatewayError('invalid_request', `It may hold up to ${MOST_TOKENS} tokens.`, {
    param: 'body',
  })
}

/** The document with tokens: objects for objects, ids for values. `views` are in the order of the requests. */
export function tokenized(document: Json, views: readonly Json[]): Json {
  let next = 0
  return walk(document, (_, value) => {
    const view = views[next++] ?? null
    return isObject(value) ? view : ((isObject(view) ? view['id'] : null) ?? null)
  })
}

/** The document with `put` in place of each token's request and value. Null stays null. */
function walk(value: Json, put: (request: Json, value: Json) => Json): Json {
  if (value === null) return null
  if (typeof value !== 'object') return put({ type: 'token', data: value }, value)
  if (Array.isArray(value)) return value.map((one: Json) => walk(one, put))
  if (isObject(value) && typeof value['type'] === 'string' && value['data'] !== undefined) {
    return put(value, value)
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, Json]) => [named(name), walk(one, put)]),
  )
}

/** A name that comes back as it is. Throws `invalid_request` where it holds a card number. */
function named(name: string): string {
  if (!looksLikeCardNumber(name)) return name
  throw new GatewayError('invalid_request', 'The name of a field holds a card number.', {
    param: 'body',
  })
}

/**
 * @module Lists and searches of tokens, by page number (v1) or by cursor (v2).
 */
import type { Json } from '../../adapter.ts'
import type { Caller } from '../../auth/caller.ts'
import { GatewayError } from '../../errors.ts'
import type { Gateway } from '../../gateway.ts'
import type { TokenFilter } from '../../vault/filter.ts'
import { isObject, type JsonObject } from './merge_patch.ts'
import { searchFilter } from './search_query.ts'
import { containerFilter, typeFilter } from './token_filter.ts'
import { CONTAINER, objectOf } from './token_input.ts'
import { maskedViews } from './token_view.ts'

const DEFAULT_SIZE = 20
const MOST = 100
const MOST_PAGES = 10_000

/** What is asked for: query parameters or the members of a body. */
export interface ListRequest {
  readonly filter: TokenFilter
  readonly size: number
  /** From 1. */
  readonly page: number
  readonly start: string | null
}

/** `GET /tokens` and `GET /v2/tokens`. */
export function listRequest({ searchParams }: URL): ListRequest {
  const filters: TokenFilter[] = []
  for (const [name, value] of searchParams) {
    const key = /^metadata\.(.+)$/s.exec(name)?.[1]
    if (key !== undefined) filters.push({ metadata: key, is: value, anyCase: false })
    if (name === 'metadata') filters.push(...metadataFilters(value))
    if (name === 'type') filters.push(typeFilter(value))
    if (name === 'fingerprint') filters.push({ fingerprint: value })
    if (name === 'container') filters.push(inside(value))
  }
  const ids = searchParams.getAll('id')
  if (ids.length > MOST) throw refuse(`It may be given up to ${MOST} times.`, 'id')
  if (ids.length > 0) filters.push({ ids })
  return {
    filter: { all: filters },
    size: countOf(searchParams.get('size'), 'size', DEFAULT_SIZE, MOST),
    page: countOf(searchParams.get('page'), 'page', 1, MOST_PAGES),
    start: searchParams.get('start'),
  }
}

/** `POST /tokens/search` and `POST /v2/tokens/search`. */
export function searchRequest(body: Json): ListRequest {
  const { query = null, size = null, page = null, start = null } = objectOf(body)
  if (query !== null && typeof query !== 'string') throw refuse('It must be text.', 'query')
  if (start !== null && typeof start !== 'string') throw refuse('It must be text.', 'start')
  return {
    filter: searchFilter(query ?? ''),
    size: countOf(size, 'size', DEFAULT_SIZE, MOST),
    page: countOf(page, 'page', 1, MOST_PAGES),
    start,
  }
}

/** `{pagination:{total_items, page_number, page_size, total_pages}, data}`, newest first. */
export async function pageByNumber(
  gateway: Gateway,
  caller: Caller,
  { filter, size, page }: ListRequest,
): Promise<JsonObject> {
  const all = alive(gateway, filter)
  const query = { limit: size, cursor: null, offset: (page - 1) * size, filter: all }
  const rows = await gateway.vault.rows(caller, query)
  const total = await gateway.vault.count(caller, all)
  return {
    pagination: {
      total_items: total,
      page_number: page,
      page_size: size,
      total_pages: Math.ceil(total / size),
    },
    data: await maskedViews(gateway, caller, rows),
  }
}

/** `{pagination:{page_size, next?}, data}`, newest first. */
export async function pageByCursor(
  gateway: Gateway,
  caller: Caller,
  { filter, size, start }: ListRequest,
): Promise<JsonObject> {
  const query = { limit: size + 1, cursor: start, filter: alive(gateway, filter) }
  const rows = await gateway.vault.rows(caller, query)
  const shown = rows.slice(0, size)
  const next = rows.length > size ? shown.at(-1)?.id : undefined
  return {
    pagination: { page_size: size, ...(next !== undefined && { next }) },
    data: await maskedViews(gateway, caller, shown),
  }
}

function alive({ clock }: Gateway, filter: TokenFilter): TokenFilter {
  return { all: [{ alive: clock() }, filter] }
}

/** The container and what is below it. */
function inside(container: string): TokenFilter {
  if (container === '/' || CONTAINER.test(container)) return containerFilter(container, true)
  throw refuse('The container must be a path such as /pci/.', 'container')
}

/** `metadata={"customer":"7"}`, as the vendor's client for Node writes it. */
function metadataFilters(text: string): readonly TokenFilter[] {
  let given: unknown = null
  try {
    given = JSON.parse(text)
  } catch {
    throw refuse('It is written metadata.key=value, or as JSON.', 'metadata')
  }
  // Parsed from JSON just above.
  const object = given as Json
  if (!isObject(object)) throw refuse('It must be an object of texts.', 'metadata')
  return Object.entries(object).map(([key, value]) => {
    if (typeof value !== 'string') throw refuse('It must be an object of texts.', 'metadata')
    return { metadata: key, is: value, anyCase: false }
  })
}

function countOf(given: Json, param: string, otherwise: number, most: number): number {
  if (given === null || given === '') return otherwise
  const number = typeof given === 'string' && /^\d{1,6}$/.test(given) ? Number(given) : given
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= most) {
    return number
  }
  throw refuse(`It must be a number from 1 to ${most}.`, param)
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_request', message, { param })
}

/**
 * @module A new token as Basis Theory's callers send it, checked: its data by its type, and everything beside it.
 */
import type { Json } from '../../adapter.ts'
import { looksLikeCardNumber } from '../../card.ts'
import { GatewayError } from '../../errors.ts'
import { isObject, type JsonObject } from './merge_patch.ts'
import { timeOf } from './time.ts'
import { TOKEN_TYPES, type TypeEntry } from './token_types.ts'

/** What a token is made of beside its data. A part that is null has its type's default. */
export interface Options {
  readonly mask: Json
  readonly containers: readonly string[] | null
  readonly search_indexes: readonly string[] | null
  readonly fingerprint_expression: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly expires_at: number | null
}

export interface TokenInput extends Options {
  readonly id: string | null
  readonly type: string
  readonly entry: TypeEntry
  readonly data: Json
  readonly deduplicate: boolean
}

/** Parts of Basis Theory's own that we do not have; leaving them out without a word would be worse. */
const UNSUPPORTED = ['encrypted', 'token_intent_id', 'privacy', 'encryption']

const LONGEST_TEXT = 2048
const MOST = 50

/** Throws `invalid_request` naming the field. */
export function tokenInput(body: Json, now: number): TokenInput {
  const object = objectOf(body)
  const type = textOf(object['type'], 'type') ?? 'token'
  const { data = null } = object
  if (data === null) throw refuse('The data field is required.', 'data')
  const flag = object['deduplicate_token'] ?? false
  if (typeof flag !== 'boolean') throw refuse('It must be true or false.', 'deduplicate_token')
  return {
    id: textOf(object['id'], 'id'),
    type,
    entry: entryOf(type),
    data,
    deduplicate: flag,
    ...optionsOf(object, now),
  }
}

/** The parts beside the data, for a new token as for a changed one. */
export function optionsOf(object: JsonObject, now: number): Options {
  for (const name of UNSUPPORTED) {
    if ((object[name] ?? null) !== null) throw refuse(`${name} is not supported here.`, name)
  }
  const expires = textOf(object['expires_at'], 'expires_at')
  return {
    mask: maskOf(object['mask'] ?? null),
    containers: containersOf(object['containers']),
    search_indexes: textsOf(object['search_indexes'], 'search_indexes'),
    fingerprint_expression: textOf(object['fingerprint_expression'], 'fingerprint_expression'),
    metadata: metadataOf(object['metadata'] ?? null),
    expires_at: expires === null ? null : timeOf(expires, now),
  }
}

/** The entry of a type. Throws `invalid_request` for one that there is not. */
function entryOf(type: string): TypeEntry {
  const entry = Object.hasOwn(TOKEN_TYPES, type) ? TOKEN_TYPES[type] : undefined
  if (entry) return entry
  throw refuse(`The type must be one of ${Object.keys(TOKEN_TYPES).join(', ')}.`, 'type')
}

/** https://developers.basistheory.com/docs/expressions/aliasing, at its end. */
const FORBIDDEN = /[#/\\+?[\]|&=%<>{}^\p{Cc}]/u

/** An id of the caller's choice. `number` is the card's, which must not be in it. */
export function checkId(id: string, number: string | null): string {
  if (id.length < 3 || id.length > 400) {
    throw refuse('The id must have 3 to 400 characters.', 'id')
  }
  if (FORBIDDEN.test(id)) {
    throw refuse('The id may not hold any of # / \\ + ? [ ] | & = % < > { } ^.', 'id')
  }
  if (number !== null && id.replace(/[^0-9]/g, '').includes(number)) {
    throw refuse('The id holds the number that it is to stand for.', 'id')
  }
  return id
}

/** `/pci/high/` */
export const CONTAINER = /^\/(?:[A-Za-z0-9_.~:-]+\/)+$/

function containersOf(given: Json | undefined): readonly string[] | null {
  const containers = textsOf(given, 'containers')
  if (containers === null) return null
  if (containers.length === 0 || !containers.every((one) => CONTAINER.test(one))) {
    throw refuse('Each container must be a path such as /pci/high/.', 'containers')
  }
  return containers
}

function maskOf(given: Json): Json {
  for (const text of textsIn(given)) inClear(text, 'mask')
  return given
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null)
    return typeof value === 'number' ? [String(value)] : []
  return Object.entries(value).flatMap(([name, one]: [string, Json]) => [name, ...textsIn(one)])
}

function metadataOf(given: Json): Readonly<Record<string, string>> {
  if (given === null) return {}
  if (!isObject(given)) throw refuse('The metadata must be an object of texts.', 'metadata')
  const entries = Object.entries(given)
  if (entries.length > MOST) throw refuse(`It may have up to ${MOST} names.`, 'metadata')
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      if (value === null) return []
      if (typeof value !== 'string') throw refuse('Each value must be text.', 'metadata')
      return [[inClear(name, 'metadata'), inClear(value, 'metadata')]]
    }),
  )
}

/** A text, or null. */
function textOf(given: Json | undefined, param: string): string | null {
  if (given === undefined || given === null) return null
  if (typeof given !== 'string' || given === '') throw refuse('It must be text.', param)
  // An id may look like the number it stands for: that is what its form is kept for.
  return param === 'id' ? given : inClear(given, param)
}

function textsOf(given: Json | undefined, param: string): readonly string[] | null {
  if (given === undefined || given === null) return null
  if (!Array.isArray(given) || given.length > MOST) {
    throw refuse(`It must be a list of up to ${MOST} texts.`, param)
  }
  return given.map((one: Json) => {
    const text = textOf(one, param)
    if (text === null) throw refuse('Each must be text.', param)
    return text
  })
}

/** What is stored in the clear holds no card number. */
function inClear(text: string, param: string): string {
  if (text.length > LONGEST_TEXT)
    throw refuse(`It may have up to ${LONGEST_TEXT} characters.`, param)
  if (!looksLikeCardNumber(text)) return text
  throw refuse('It holds a card number, and is stored in the clear.', param)
}

/** A body that must be an object. */
export function objectOf(body: Json): JsonObject {
  if (isObject(body)) return body
  throw refuse('The body must be an object.', 'body')
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_request', message, { param })
}

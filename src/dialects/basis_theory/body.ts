/**
 * @module The body of a token call as JSON, refused where a number in it would come back as another.
 */
import type { Json } from '../../adapter.ts'
import { GatewayError } from '../../errors.ts'
import { decodeUtf8, scan, toValue, type JsonNode } from '../../json.ts'
import type { Context } from '../../route.ts'

const JSON_TYPES = ['application/json', 'text/json']

/** The digits that every number of JSON.parse keeps. */
const SURE_DIGITS = 15

/** A body of JSON. Throws `unsupported_media_type`, `invalid_json`, `invalid_request`. */
export function jsonBody(context: Context): Json {
  return read(context, JSON_TYPES)
}

/** A merge patch, which must be declared as one. */
export function patchBody(context: Context): Json {
  return read(context, ['application/merge-patch+json'])
}

function read({ request, bytes }: Context, types: readonly string[]): Json {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (!types.includes(type)) {
    throw new GatewayError('unsupported_media_type', `The body must be ${types[0] ?? 'JSON'}.`, {
      hint: `Send content-type: ${types[0] ?? 'application/json'}.`,
    })
  }
  const text = decodeUtf8(bytes)
  const node = scan(text)
  checkNumbers(node, '')
  return toValue(text, node)
}

function checkNumbers(node: JsonNode, where: string): void {
  if (node.kind === 'array') {
    for (const [at, item] of node.items.entries()) checkNumbers(item, `${where}[${at}]`)
  } else if (node.kind === 'object') {
    for (const { key, value } of node.entries) {
      checkNumbers(value, where === '' ? key : `${where}.${key}`)
    }
  } else if (node.kind === 'number' && !isKept(node.raw)) {
    throw new GatewayError('invalid_request', 'A number has more digits than are kept.', {
      param: where === '' ? 'body' : where,
      hint: 'Send it as text.',
    })
  }
}

function isKept(raw: string): boolean {
  const value = Number(raw)
  if (Number.isSafeInteger(value)) return true
  const digits = raw
    .replace(/e.*$/i, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '')
  return Number.isFinite(value) && digits.length <= SURE_DIGITS
}

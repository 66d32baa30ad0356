/**
 * @module Which headers go out and which come back: those of a connection belong to that connection.
 */
import type { FieldsBody } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { CONTENT_TYPES } from './encode.ts'

type Header = readonly [name: string, value: string]

const NO_NAMES: ReadonlySet<string> = new Set()

/** Hop-by-hop (RFC 9110, 7.6.1), framing, and what would tell the PSP things about the caller's network. */
const NOT_FORWARDED = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
])

/**
 * Where all of a caller's headers are passed on, those of its own machinery are not: its address, and its traces (W3C
 * Trace Context and Baggage). Who wants a PSP to see them names them in a request of its own.
 */
export const NOT_PASSED: ReadonlySet<string> = new Set([
  'x-real-ip',
  'traceparent',
  'tracestate',
  'baggage',
])

/** Of an answer, further: its encoding is undone; cookies and what else rules a browser are about the PSP's place, not about ours. */
const NOT_RETURNED = new Set([
  ...NOT_FORWARDED,
  'alt-svc',
  'clear-site-data',
  'content-encoding',
  'nel',
  'refresh',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'strict-transport-security',
])
/** Which other sites may read an answer is not for a PSP to say. */
const CROSS_ORIGIN = 'access-control-'

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/

/** The headers to send, with a content type for encoded fields. Throws `invalid_request` for a name or value HTTP has no place for. */
export function outgoingHeaders(
  given: readonly Header[],
  encoding: FieldsBody['encoding'] | null,
): readonly Header[] {
  const connection = namedByConnection(given)
  const kept: Header[] = []
  let hasType = false
  let hasAgent = false
  for (const header of given) {
    const [name, value] = header
    checkHeader(name, value)
    const lower = name.toLowerCase()
    if (NOT_FORWARDED.has(lower) || lower.startsWith('x-forwarded-') || connection.has(lower)) {
      continue
    }
    kept.push(header)
    hasType ||= lower === 'content-type'
    hasAgent ||= lower === 'user-agent'
  }
  if (encoding !== null && !hasType) kept.push(['content-type', CONTENT_TYPES[encoding]])
  if (!hasAgent) kept.push(['user-agent', 'pangate'])
  return kept
}

/** The headers but for those of these names, in any case. */
export function withoutHeaders(
  headers: readonly Header[],
  names: readonly string[],
): readonly Header[] {
  const gone = new Set(names.map((name) => name.toLowerCase()))
  return headers.filter(([name]) => !gone.has(name.toLowerCase()))
}

/** The headers of an answer that are the merchant's to see. */
export function returnedHeaders(headers: readonly Header[]): readonly Header[] {
  const connection = namedByConnection(headers)
  return headers.filter(
    ([name]) => !NOT_RETURNED.has(name) && !name.startsWith(CROSS_ORIGIN) && !connection.has(name),
  )
}

/** Headers as an object; repeated ones joined as RFC 9110, 5.3 allows. */
export function headerRecord(headers: readonly Header[]): { readonly [name: string]: string } {
  const record = new Map<string, string>()
  for (const [name, value] of headers) {
    const before = record.get(name)
    record.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return Object.fromEntries(record)
}

function checkHeader(name: string, value: string): void {
  // Latin-1 without control characters but tab: anything else could end the line or be read in two ways.
  if (TOKEN.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return
  throw new GatewayError(
    'invalid_request',
    'A header has a name or value that HTTP cannot carry.',
    {
      param: TOKEN.test(name) ? `headers.${name}` : 'headers',
    },
  )
}

function namedByConnection(headers: readonly Header[]): ReadonlySet<string> {
  let named: Set<string> | null = null
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== 'connection') continue
    named ??= new Set()
    for (const one of value.toLowerCase().split(',')) named.add(one.trim())
  }
  return named ?? NO_NAMES
}

/**
 * @module A request seen by those who sign it: its URL in the exact spelling that is sent, and its headers.
 */
import { fault } from './fault.ts'
import type { SignRequest } from './types.ts'

/** The parts of a URL. Nothing is decoded or tidied: what is signed is what is sent. */
export interface Target {
  readonly scheme: string
  /** In lower case, without the scheme's own port. RFC 9110, 4.2.3. */
  readonly authority: string
  /** `/` where there is none. */
  readonly path: string
  /** What follows the `?`; null where there is none. */
  readonly query: string | null
  /** Path and query, as in the first line of the request. */
  readonly target: string
}

const PORTS: Readonly<Record<string, string>> = { https: ':443', http: ':80' }

/** Splits an absolute URL. Throws where it is none, or names a user. */
export function targetOf({ url }: SignRequest, scheme: string): Target {
  const found = /^(https?):\/\/([^/?#@\s]+)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/is.exec(url)
  const [, protocol = '', host = '', path = '', query = null] = found ?? []
  if (!found) throw fault({ scheme, param: 'url' }, 'is not absolute')
  const lower = { scheme: protocol.toLowerCase(), host: host.toLowerCase() }
  const port = PORTS[lower.scheme] ?? ''
  const rooted = path === '' ? '/' : path
  return {
    scheme: lower.scheme,
    authority: lower.host.endsWith(port) ? lower.host.slice(0, -port.length) : lower.host,
    path: rooted,
    query,
    target: query === null ? rooted : `${rooted}?${query}`,
  }
}

/** Every value of a header, each without the white space around it and with folded lines unfolded. */
export function headerValues(request: SignRequest, name: string): readonly string[] {
  const lower = name.toLowerCase()
  return Object.entries(request.headers)
    .filter(([header]) => header.toLowerCase() === lower)
    .flatMap(([, value]) => value)
    .map((value) => (value.includes('\n') ? value.split(/\r?\n/) : [value]))
    .map((lines) =>
      lines
        .map((line) => line.trim())
        .join(' ')
        .trim(),
    )
}

/** A header's values as one, as RFC 9110, 5.2 combines them; undefined where there is none. */
export function headerOf(request: SignRequest, name: string): string | undefined {
  const values = headerValues(request, name)
  return values.length === 0 ? undefined : values.join(', ')
}

/** The names of all headers, in lower case, each once. */
export function headerNames({ headers }: SignRequest): readonly string[] {
  return [...new Set(Object.keys(headers).map((name) => name.toLowerCase()))]
}

/** The same request with headers set, those of the same name in any case replaced. */
export function withHeaders(
  request: SignRequest,
  added: Readonly<Record<string, string>>,
): SignRequest {
  const names = new Set(Object.keys(added).map((name) => name.toLowerCase()))
  const kept = Object.entries(request.headers).filter(([name]) => !names.has(name.toLowerCase()))
  return { ...request, headers: { ...Object.fromEntries(kept), ...added } }
}

/** Decodes percent-encoding; leaves malformed escapes as they are, so that signing never fails on a caller's URL. */
export function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      // Bytes that are not UTF-8.
      return run
    }
  })
}

/** Percent-encodes all but RFC 3986's unreserved characters, as OAuth 1 and SigV4 want it. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** The pairs of a query or a form, split but not decoded. */
export function pairsOf(query: string): readonly (readonly [name: string, value: string])[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    })
}

/** Seconds since 1970 in the forms that protocols ask for. All are UTC. */
export const INSTANTS = {
  seconds: (now: number) => String(Math.floor(now)),
  ms: (now: number) => String(Math.floor(now * 1000)),
  /** 2026-01-31T23:59:59Z */
  iso: (now: number) => iso(now).replace(/\.\d+Z$/, 'Z'),
  /** 2026-01-31T23:59:59.000Z */
  isoms: (now: number) => iso(now),
  /** 20260131235959 */
  compact: (now: number) =>
    iso(now)
      .replace(/\.\d+Z$/, '')
      .replace(/\D/g, ''),
  /** 20260131T235959Z */
  basic: (now: number) =>
    iso(now)
      .replace(/\.\d+Z$/, 'Z')
      .replace(/[-:]/g, ''),
  /** Sat, 31 Jan 2026 23:59:59 GMT: RFC 9110, 5.6.7. */
  http: (now: number) => new Date(now * 1000).toUTCString(),
} as const satisfies Record<string, (now: number) => string>

function iso(now: number): string {
  return new Date(Math.floor(now * 1000)).toISOString()
}

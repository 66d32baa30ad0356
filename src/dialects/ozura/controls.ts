/**
 * @module Where a call whose body is the PSP's own says what it wants: in headers, in the query, or in fields of its form.
 */
import { GatewayError } from '../../errors.ts'
import { toValue } from '../../json.ts'
import { decodePercent } from '../../template/percent.ts'
import { invalidValue } from './answer.ts'

/** What such a call can say, by the names of the JSON call. */
export interface Controls {
  readonly token: string | null
  readonly proxy_url: string | null
  readonly cvc_session_id: string | null
  readonly http_method: string | null
  readonly http_headers: Readonly<Record<string, string>>
  /** The body without the fields that were ours. */
  readonly body: string
}

type Name = 'token' | 'proxy_url' | 'cvc_session_id' | 'http_method'

/** The header of each, where Ozura has one. `http_headers` are in forms only: a URL, with its credentials, would be logged. */
const HEADERS: Readonly<Record<Name, string | null>> = {
  token: 'x-token',
  proxy_url: 'x-proxy-url',
  cvc_session_id: 'x-cvc-session-id',
  http_method: null,
}

const NAMES: readonly Name[] = ['token', 'proxy_url', 'cvc_session_id', 'http_method']
const HEADER_FIELD = /^http_headers(?:\[([^[\]]+)\])?$/

/**
 * Reads them. What a header or the query has said already is not looked for in the form, so that a PSP's own `token` field
 * can be sent. @throws GatewayError `invalid_request` for what is said twice, or in the query and not known.
 */
export function controlsOf(
  headers: Headers,
  query: URLSearchParams,
  body: string,
  isForm: boolean,
): Controls {
  const said = new Map<Name, string>()
  for (const [name, value] of query) {
    const known = NAMES.find((one) => one === name)
    if (!known) {
      const hint =
        'Percent-encode proxy_url as a whole. Its own query goes to the PSP; that of this call does not.'
      throw invalidValue(name.slice(0, 64), 'This call has no such query value.', hint)
    }
    say(said, known, value)
  }
  for (const name of NAMES) {
    const value = headers.get(HEADERS[name] ?? '-')
    if (value) say(said, name, value)
  }
  const form = isForm ? takeFields(body, new Set(said.keys())) : null
  for (const [name, value] of form?.said ?? []) say(said, name, value)
  return {
    token: said.get('token') ?? null,
    proxy_url: said.get('proxy_url') ?? null,
    cvc_session_id: said.get('cvc_session_id') ?? null,
    http_method: said.get('http_method') ?? null,
    http_headers: form?.http_headers ?? {},
    body: form?.body ?? body,
  }
}

function say(said: Map<Name, string>, name: Name, value: string): void {
  const before = said.get(name)
  if (before !== undefined && before !== value) {
    throw invalidValue(name, `${name} is said twice, and not the same.`)
  }
  if (value !== '') said.set(name, value)
}

interface Taken {
  readonly said: readonly (readonly [Name, string])[]
  readonly http_headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Takes our fields out of a form; the others keep their bytes and their order. */
function takeFields(body: string, known: ReadonlySet<Name>): Taken {
  const said: (readonly [Name, string])[] = []
  const http_headers: [string, string][] = []
  const kept = body.split('&').filter((pair) => {
    const equals = pair.indexOf('=')
    const decoded = decodePercent(equals < 0 ? pair : pair.slice(0, equals), true).text
    const name = NAMES.find((one) => one === decoded)
    const header = HEADER_FIELD.exec(decoded)
    if ((!name || known.has(name)) && !header) return true
    const value = decodePercent(equals < 0 ? '' : pair.slice(equals + 1), true).text
    if (name) said.push([name, value])
    else if (header?.[1] !== undefined) http_headers.push([header[1], value])
    else http_headers.push(...headersFrom(value))
    return false
  })
  return { said, http_headers: Object.fromEntries(http_headers), body: kept.join('&') }
}

/** Headers as a JSON object in a form field. */
function headersFrom(text: string): readonly [string, string][] {
  const value = json(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notHeaders()
  return Object.entries(value).map(([name, line]) => {
    if (typeof line !== 'string') throw notHeaders()
    return [name, line]
  })
}

function json(text: string): unknown {
  try {
    return toValue(text)
  } catch (error) {
    if (error instanceof GatewayError) throw notHeaders()
    throw error
  }
}

function notHeaders(): GatewayError {
  const hint = 'As a JSON object of texts, or a field a header: http_headers[Authorization]=..'
  return invalidValue('http_headers', 'http_headers is no object of texts.', hint)
}

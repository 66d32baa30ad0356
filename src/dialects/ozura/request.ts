/**
 * @module The parts of a forwarded request that both forms of Ozura's call have: method, URL, headers.
 */
import type { Template } from '../../adapter.ts'
import type { Caller } from '../../auth/caller.ts'
import type { Call, OwnRequest } from '../../forward/call.ts'
import type { Context } from '../../route.ts'
import { ozuraGrammar } from '../../template/ozura.ts'
import { compileText } from '../../template/text.ts'
import { compileUrl } from '../../template/url.ts'
import { invalidValue } from './answer.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof METHODS)[number]

export interface Parts {
  readonly method: Method
  readonly proxy_url: string
  /** Of one name, in whatever case, the last one counts. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** What the headers are called in errors. */
  readonly where: string
  readonly body: Template | null
}

/** `POST` where nothing is said. */
export function methodOf(text: string | null | undefined): Method {
  const method = METHODS.find((one) => one === (text ?? 'POST').toUpperCase())
  if (method) return method
  throw invalidValue('http_method', `The method is none of ${METHODS.join(', ')}.`)
}

/** The caller's own request, with its placeholders as holes. */
export function requestOf({ method, proxy_url, headers, where, body }: Parts): OwnRequest {
  const { origin, path, query } = compileUrl(proxy_url, ozuraGrammar, 'proxy_url')
  return {
    kind: 'request',
    origin,
    plan: {
      method,
      path,
      ...(query !== undefined && { query }),
      headers: Object.fromEntries(
        lastOfEach(headers).map(([name, value]) => [
          name,
          compileText(value, ozuraGrammar, `${where}.${name}`),
        ]),
      ),
      ...(body && { body: { template: body } }),
    },
  }
}

function lastOfEach(headers: Parts['headers']): Parts['headers'] {
  return [...new Map(headers.map((header) => [header[0].toLowerCase(), header])).values()]
}

/** The call. An `Idempotency-Key` is the PSP's own: Ozura has none, and this call answers every time anew. */
export function callOf(
  context: Context,
  caller: Caller,
  token: string,
  session: string | null | undefined,
  wants: OwnRequest,
): Call {
  return {
    caller,
    request_id: context.request_id,
    dialect: 'ozura',
    tokens: new Map([['', token]]),
    cvc: session ? { session } : null,
    account: null,
    wants,
    idempotency_key: null,
    body: context.bytes,
    timeout_ms: null,
    dry_run: false,
  }
}

/**
 * @module A request that is the PSP's own but for its destination and some headers: what both of Basis Theory's proxies take.
 */
import type { Method, Plan, Text } from '../../adapter.ts'
import type { Caller } from '../../auth/caller.ts'
import { GatewayError } from '../../errors.ts'
import type { Call, OwnRequest } from '../../forward/call.ts'
import { NOT_PASSED } from '../../forward/headers.ts'
import { holesOf } from '../../forward/holes.ts'
import type { Context } from '../../route.ts'
import { compileBody } from '../../template/compile.ts'
import type { Grammar } from '../../template/grammar.ts'
import { compileText } from '../../template/text.ts'
import { compileUrl } from '../../template/url.ts'
import { idempotencyKey } from './idempotency_key.ts'

/** Where the request goes, and how it says what is to be put in. */
export interface Target {
  readonly dialect: string
  readonly grammar: Grammar
  readonly url: string
  /** The header that named the URL, for errors. */
  readonly named: string
}

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** https://developers.basistheory.com/docs/api/proxies: "Max 20 tokens per request". */
const MAX_TOKENS = 20

/** A byte order mark is kept: XML may begin with one. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The call. Fields in errors are named from `body` and `headers` on.
 * @throws GatewayError for a method, URL, body or placeholder that cannot be; nothing was looked up by then.
 */
export function proxyCall(context: Context, caller: Caller, target: Target): Call {
  const { request, request_id, bytes } = context
  const wants = ownRequest(context, target)
  const method = wants.plan.method
  return {
    caller,
    request_id,
    dialect: target.dialect,
    tokens: tokensOf(wants.plan),
    cvc: null,
    account: null,
    wants,
    // Basis Theory's proxies have none; ours does what its other calls do with the header.
    idempotency_key: idempotencyKey(request.headers),
    // All that makes it this request and not another: the body alone does not say where it goes.
    body: Buffer.concat([Buffer.from(`${method} ${target.url}\n`), bytes]),
    timeout_ms: null,
    dry_run: false,
  }
}

function ownRequest({ request, bytes }: Context, target: Target): OwnRequest {
  const { grammar, url, named } = target
  const { origin, path, query } = compileUrl(url, grammar, named)
  const type = request.headers.get('content-type')
  const text = textOf(bytes)
  return {
    kind: 'request',
    origin,
    plan: {
      method: methodOf(request.method),
      path,
      ...(query !== undefined && { query }),
      headers: passedHeaders(request.headers, grammar),
      ...(text !== '' && { body: { template: compileBody(text, type, grammar, 'body') } }),
    },
  }
}

/** All headers but those for us; the core leaves out more, which belong to a connection or tell of the caller's network. */
function passedHeaders(headers: Headers, grammar: Grammar): Record<string, Text<string>> {
  return Object.fromEntries(
    [...headers]
      .filter(([name]) => !name.startsWith('bt-') && !NOT_PASSED.has(name))
      .map(([name, value]) => [name, compileText(value, grammar, `headers.${name}`)]),
  )
}

/** The tokens by their ids, which are the names that the placeholders have for them. */
function tokensOf(plan: Plan): Call['tokens'] {
  const ids = holesOf(plan).flatMap(({ source }) => ('token' in source ? [source.token] : []))
  const tokens = new Map(ids.map((id) => [id, id]))
  if (tokens.size <= MAX_TOKENS) return tokens
  throw new GatewayError('invalid_request', `A request may use ${MAX_TOKENS} tokens at most.`, {
    hint: 'Send less in one request.',
  })
}

function methodOf(text: string): Method {
  const method = METHODS.find((one) => one === text)
  if (method) return method
  throw new GatewayError('method_not_allowed', `The proxy takes ${METHODS.join(', ')}.`)
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new GatewayError('unsupported_media_type', 'The body is not UTF-8.', {
      hint: "Send it in UTF-8, and say so in the content type and in XML's declaration.",
    })
  }
}

/**
 * @module Basis Theory's ephemeral proxy: any method on `/proxy` and below, with `BT-API-KEY` and `BT-PROXY-URL`.
 *
 * https://developers.basistheory.com/docs/api/proxies/ephemeral-proxy
 */
import type { Caller } from '../../auth/caller.ts'
import { GatewayError } from '../../errors.ts'
import type { Call, Result } from '../../forward/call.ts'
import { forward } from '../../forward/forward.ts'
import type { Gateway } from '../../gateway.ts'
import type { Context, Route } from '../../route.ts'
import { Secret } from '../../secret.ts'
import { basisTheoryGrammar } from '../../template/basis_theory.ts'
import { traceHeaders } from './problem.ts'
import { passedThrough } from './proxy_answer.ts'
import { proxyError } from './proxy_errors.ts'
import { proxyCall } from './proxy_request.ts'

const PREFIX = '/proxy'

/** The routes of the proxy. Another API that has paths below `/proxy` keeps them for requests without its key. */
export function basisTheoryProxyRoutes(gateway: Gateway): readonly Route[] {
  return [PREFIX, `${PREFIX}/*`].map((path) => ({
    method: 'ANY',
    path,
    tag: 'Basis Theory',
    scope: 'forward',
    summary: "Forward a request, in Basis Theory's form",
    answer: { status: 200 },
    when: (headers) => headers.has('bt-api-key'),
    credential: apiKey,
    error: proxyError,
    async handle(context, caller) {
      const { request, request_id } = context
      const result = await proxied(gateway, callOf(context, caller))
      return passedThrough(result, (status) => ({
        'bt-proxy-destination-status': String(status),
        ...traceHeaders(request, request_id),
      }))
    },
  }))
}

function apiKey({ headers }: Request): Secret | null {
  const key = headers.get('bt-api-key')
  return key ? new Secret(key) : null
}

function callOf(context: Context, caller: Caller): Call {
  const { headers } = context.request
  if (headers.has('bt-proxy-key') || context.url.searchParams.has('bt-proxy-key')) {
    throw new GatewayError('invalid_request', 'Pre-configured proxies are not supported.', {
      param: 'BT-PROXY-KEY',
      hint: 'Send BT-PROXY-URL; let a native account sign what the proxy signed.',
    })
  }
  const base = headers.get('bt-proxy-url')
  if (!base) {
    throw new GatewayError('missing_fields', 'The header BT-PROXY-URL is missing.', {
      param: 'BT-PROXY-URL',
    })
  }
  return proxyCall(context, caller, {
    dialect: 'basis-theory',
    grammar: basisTheoryGrammar,
    url: destination(base, context.request.url),
    named: 'BT-PROXY-URL',
  })
}

/** The base URL without its trailing slash, then what follows `/proxy`, each character as it was sent. */
function destination(base: string, requested: string): string {
  const target = requested.replace(/^[a-z]+:\/\/[^/?#]*/i, '')
  const [path, query] = halves(target.slice(PREFIX.length))
  const [start, own] = halves(base)
  const queries = [own, query].filter((one) => one !== '')
  const url = start.replace(/\/$/, '') + (path === '/' ? '' : path)
  return queries.length > 0 ? `${url}?${queries.join('&')}` : url
}

/** Before and after the first `?`. */
function halves(text: string): readonly [string, string] {
  const mark = text.indexOf('?')
  return mark < 0 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)]
}

/** What is wrong with tokens is told as Basis Theory tells it, all of them at once. */
async function proxied(gateway: Gateway, call: Call): Promise<Result> {
  try {
    return await forward(gateway, call)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'token_unknown') throw error
    const named = error.param?.split(',') ?? []
    const ids = [...call.tokens.keys()].filter((id) => named.includes(`tokens.${id}`))
    throw new GatewayError(
      'token_unknown',
      `Failed to detokenize some tokens: ${ids.join(', ')}`,
      error.param === null ? {} : { param: error.param },
    )
  }
}

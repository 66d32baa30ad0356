/**
 * @module Basis Theory's token calls, as its published clients make them (https://developers.basistheory.com/docs/api/tokens).
 */
import type { Json } from '../../adapter.ts'
import type { Caller } from '../../auth/caller.ts'
import type { Gateway } from '../../gateway.ts'
import { json, jsonText, nothing } from '../../respond.ts'
import type { CallerRoute, Context, Route } from '../../route.ts'
import { Secret } from '../../secret.ts'
import { withData } from '../../tokens/data.ts'
import { eraseToken } from '../../tokens/store.ts'
import type { Reply } from '../../vault/replies.ts'
import { jsonBody, patchBody } from './body.ts'
import { create, createdViews, prepare } from './create.ts'
import { detokenize } from './detokenize.ts'
import { listRequest, pageByCursor, pageByNumber, searchRequest } from './list.ts'
import { idempotencyKey } from './idempotency_key.ts'
import { problem, traceHeaders } from './problem.ts'
import { maskedViews, tokenView } from './token_view.ts'
import { tokenized, tokenRequests } from './tokenize.ts'
import { updateToken } from './update.ts'

/** The routes of tokens. */
export function basisTheoryTokenRoutes(gateway: Gateway): readonly Route[] {
  const { vault, clock, log } = gateway
  const common = {
    tag: 'Basis Theory',
    when: (headers: Headers) => headers.has('bt-api-key'),
    credential: apiKey,
    error: problem,
  } as const

  /** Runs a change once for each `BT-IDEMPOTENCY-KEY`, and again where it failed. */
  async function once(context: Context, caller: Caller, run: () => Promise<Reply>) {
    const key = idempotencyKey(context.request.headers)
    const { method } = context.request
    const text = `${method} ${context.url.pathname}\n${Buffer.from(context.bytes).toString('base64')}`
    const reply = await (key === null ? run() : gateway.replies.once(caller, key, text, run))
    const trace = traceHeaders(context.request, context.request_id)
    return jsonText(reply.status, reply.body, trace)
  }

  const answer = (context: Context, body: Json): Response =>
    json(200, body, traceHeaders(context.request, context.request_id))

  const createToken: Handler = (context, caller) =>
    once(context, caller, async () => {
      const created = await create(gateway, caller, [prepare(jsonBody(context), caller, clock())])
      const [view] = await createdViews(gateway, caller, created)
      return {
        status: 201,
        body: JSON.stringify(view),
        token_ids: created.map(({ row }) => row.id),
      }
    })

  const tokenize: Handler = (context, caller) =>
    once(context, caller, async () => {
      const document = jsonBody(context)
      const now = clock()
      const built = tokenRequests(document).map((request) => prepare(request, caller, now))
      const created = await create(gateway, caller, built)
      const views = await createdViews(gateway, caller, created)
      return {
        status: 200,
        body: JSON.stringify(tokenized(document, views)),
        token_ids: created.map(({ row }) => row.id),
      }
    })

  const list: Handler = async (context, caller) =>
    answer(context, await pageByNumber(gateway, caller, listRequest(context.url)))

  const write = { ...common, scope: 'tokens:write' } as const
  const read = { ...common, scope: 'tokens:read' } as const
  const twice = (path: string, route: Omit<CallerRoute, 'path'>): readonly Route[] => [
    { ...route, path },
    // One of the vendor's clients ends its paths with a slash.
    { ...route, path: `${path}/` },
  ]

  return [
    ...twice('/tokens', {
      ...write,
      method: 'POST',
      summary: 'Create a token',
      answer: { status: 201 },
      handle: createToken,
    }),
    ...twice('/tokens', {
      ...read,
      method: 'GET',
      summary: 'List tokens, by page number',
      answer: { status: 200 },
      handle: list,
    }),
    ...twice('/v2/tokens', {
      ...read,
      method: 'GET',
      summary: 'List tokens, by cursor',
      answer: { status: 200 },
      handle: async (context, caller) =>
        answer(context, await pageByCursor(gateway, caller, listRequest(context.url))),
    }),
    {
      ...read,
      method: 'POST',
      path: '/tokens/search',
      summary: 'Search tokens, by page number',
      answer: { status: 200 },
      async handle(context, caller) {
        const request = searchRequest(jsonBody(context))
        return answer(context, await pageByNumber(gateway, caller, request))
      },
    },
    {
      ...read,
      method: 'POST',
      path: '/v2/tokens/search',
      summary: 'Search tokens, by cursor',
      answer: { status: 200 },
      async handle(context, caller) {
        const request = searchRequest(jsonBody(context))
        return answer(context, await pageByCursor(gateway, caller, request))
      },
    },
    {
      ...read,
      method: 'GET',
      path: '/tokens/:id',
      summary: 'Read a token: masked, or in the clear with the scope tokens:reveal',
      answer: { status: 200 },
      async handle(context, caller) {
        const row = await vault.find(caller, idOf(context))
        if (!caller.scopes.has('tokens:reveal')) {
          const [view] = await maskedViews(gateway, caller, [row])
          return answer(context, view ?? null)
        }
        told(context, caller)
        return withData(gateway, caller, [row], { cvc: true, purpose: 'reveal' }, (dataOf) =>
          answer(context, tokenView(row, dataOf(row))),
        )
      },
    },
    {
      ...write,
      method: 'PATCH',
      path: '/tokens/:id',
      summary: 'Change a token by a merge patch',
      answer: { status: 200 },
      handle: (context, caller) =>
        once(context, caller, async () => {
          const patch = patchBody(context)
          const row = await updateToken(gateway, caller, idOf(context), patch)
          const [view] = await maskedViews(gateway, caller, [row])
          return { status: 200, body: JSON.stringify(view), token_ids: [row.id] }
        }),
    },
    {
      ...write,
      method: 'DELETE',
      path: '/tokens/:id',
      summary: 'Erase a token',
      answer: { status: 204 },
      async handle(context, caller) {
        await eraseToken(gateway, caller, idOf(context))
        const response = nothing()
        const trace = traceHeaders(context.request, context.request_id)
        response.headers.set('bt-trace-id', trace['bt-trace-id'])
        return response
      },
    },
    ...twice('/tokenize', {
      ...write,
      method: 'POST',
      summary: 'Put tokens in place of the values of a document',
      answer: { status: 200 },
      handle: tokenize,
    }),
    ...twice('/detokenize', {
      ...common,
      scope: 'tokens:reveal',
      method: 'POST',
      summary: 'Put values in place of the expressions of a document',
      answer: { status: 200 },
      async handle(context, caller) {
        const document = await detokenize(gateway, caller, jsonBody(context))
        told(context, caller)
        return answer(context, document)
      },
    }),
  ]

  function told({ request_id }: Context, caller: Caller): void {
    log.warn('token.revealed', { request_id, tenant: caller.tenant, caller: caller.id })
  }
}

type Handler = CallerRoute['handle']

function apiKey(request: Request): Secret | null {
  const key = request.headers.get('bt-api-key')
  return key ? new Secret(key) : null
}

function idOf({ params }: Context): string {
  return params['id'] ?? ''
}

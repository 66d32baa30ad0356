/**
 * @module Ozura's API as routes: which headers make a call Ozura's, and which of its forms it has.
 */
import type { Static } from '@sinclair/typebox'
import type { Caller } from '../../auth/caller.ts'
import { GatewayError } from '../../errors.ts'
import type { Call } from '../../forward/call.ts'
import { forward } from '../../forward/forward.ts'
import type { Gateway } from '../../gateway.ts'
import { json } from '../../respond.ts'
import type { Context, Route } from '../../route.ts'
import { bodyFormat } from '../../template/compile.ts'
import { errorBody, wrapped } from './answer.ts'
import { asIsCall } from './as_is.ts'
import { credentialOf, ownCredentials } from './credential.ts'
import { Envelope, envelopeCall } from './envelope.ts'
import { TestToken, Tokenize, testToken, tokenize } from './tokenize.ts'

/** Basis Theory has paths of the same names, and a header of its own for its key. */
const isOzura = (headers: Headers): boolean => !headers.has('bt-api-key')
const hasUrl = (headers: Headers): boolean => isOzura(headers) && headers.has('x-proxy-url')
const hasNoUrl = (headers: Headers): boolean => isOzura(headers) && !hasUrl(headers)
const isEnvelope = (headers: Headers): boolean =>
  hasNoUrl(headers) && bodyFormat(headers.get('content-type')) === 'json'

/** The routes of Ozura's API. */
export function ozuraRoutes(gateway: Gateway): readonly Route[] {
  const isOurs = ownCredentials(gateway)
  const common = {
    tag: 'Ozura',
    credential: (request: Request) => credentialOf(request.headers, isOurs)?.secret ?? null,
    error: errorBody,
  } as const
  const proxied = {
    ...common,
    method: 'POST',
    scope: 'forward',
    answer: { status: 200 },
    handle: (context: Context, caller: Caller) => proxy(asIsCall(context, caller, isOurs)),
  } as const

  async function proxy(call: Call): Promise<Response> {
    const { response } = await forward(gateway, call)
    return wrapped(response)
  }

  return [
    {
      ...proxied,
      path: '/proxy/transaction',
      when: isEnvelope,
      summary: "Forward a request, in Ozura's form",
      body: Envelope,
      handle: (context, caller) => proxy(envelopeCall(context, caller)),
    },
    {
      ...proxied,
      path: '/proxy/transaction',
      when: isOzura,
      summary: "Forward a form, XML, or any body as it is, in Ozura's form",
    },
    {
      ...common,
      method: 'DELETE',
      path: '/proxy/delete-cvc-session/:uuid',
      when: isOzura,
      // Using the session up takes no more than this either.
      scope: 'forward',
      summary: 'Forget a CVC session',
      answer: { status: 200 },
      async handle({ params }, caller) {
        if (await gateway.sessions.remove(caller, params['uuid'] ?? '')) {
          return json(200, { success: true, message: 'CVC session deleted!' })
        }
        throw new GatewayError('cvc_session_unknown', 'There is no such CVC session.')
      },
    },
    {
      ...common,
      method: 'POST',
      path: '/tokenize',
      when: hasNoUrl,
      scope: 'tokens:write',
      summary: "Store a card or bank account, in Ozura's form",
      body: Tokenize,
      answer: { status: 201 },
      handle: ({ json: { value } }, caller) =>
        // The edge has checked the body against this schema.
        tokenize(gateway, caller, value as Static<typeof Tokenize>),
    },
    {
      ...proxied,
      path: '/tokenize',
      when: hasUrl,
      summary: 'Forward a request, as the guide to the PayAPI has it',
    },
    {
      ...common,
      method: 'POST',
      path: '/test-tokens',
      when: isOzura,
      scope: 'tokens:write',
      summary: 'Store a test card with a CVC session for a year',
      body: TestToken,
      answer: { status: 201 },
      handle: ({ json: { value } }, caller) =>
        // The edge has checked the body against this schema.
        testToken(gateway, caller, value as Static<typeof TestToken>),
    },
    {
      ...common,
      method: 'POST',
      path: '/detokenize',
      when: isOzura,
      scope: 'tokens:reveal',
      summary: 'Not offered: its form is not published',
      handle() {
        throw new GatewayError('not_found', 'Detokenize is not offered here.', {
          hint: 'POST /v1/tokens/:id/reveal gives the number to a key with the scope tokens:reveal.',
        })
      },
    },
  ]
}

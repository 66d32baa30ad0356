/**
 * @module Ozura's call whose body is the PSP's own: a form, XML, or anything else under `X-Proxy-URL`.
 */
import type { Caller } from '../../auth/caller.ts'
import { GatewayError } from '../../errors.ts'
import type { Call } from '../../forward/call.ts'
import type { Context } from '../../route.ts'
import { bodyFormat, compileBody } from '../../template/compile.ts'
import { ozuraGrammar } from '../../template/ozura.ts'
import { missingField } from './answer.ts'
import { controlsOf } from './controls.ts'
import { credentialOf, type IsOurs } from './credential.ts'
import { passedHeaders } from './headers.ts'
import { callOf, methodOf, requestOf } from './request.ts'

/** A byte order mark is kept: XML may begin with one. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const WAYS =
  'Send it as X-Token, X-Proxy-URL and X-CVC-Session-ID, or in the query or the form as token, proxy_url and cvc_session_id.'

/** The call: the caller's method of saying what it wants removed, everything else as it came. */
export function asIsCall(context: Context, caller: Caller, isOurs: IsOurs): Call {
  const { request, url, bytes } = context
  const { headers } = request
  const type = headers.get('content-type')
  const format = bodyFormat(type)
  const controls = controlsOf(headers, url.searchParams, textOf(bytes), format === 'form')
  const { token, proxy_url, body } = controls
  if (proxy_url === null && format === 'text') {
    throw new GatewayError(
      'unsupported_media_type',
      'The body is not declared as JSON, a form or XML.',
      {
        hint: "Send content-type: application/json with an envelope, or the PSP's own body and X-Proxy-URL.",
      },
    )
  }
  if (proxy_url === null) throw missingField('proxy_url', WAYS)
  if (token === null) throw missingField('token', WAYS)
  const wants = requestOf({
    method: methodOf(controls.http_method),
    proxy_url,
    headers: [
      ...Object.entries(passedHeaders(headers, credentialOf(headers, isOurs), isOurs)),
      ...Object.entries(controls.http_headers),
    ],
    where: 'headers',
    body: body === '' ? null : compileBody(body, type, ozuraGrammar, 'body'),
  })
  return callOf(context, caller, token, controls.cvc_session_id, wants)
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new GatewayError('invalid_request', 'The body is not UTF-8.', {
      hint: "Send it in UTF-8, and say so in the content type and in XML's declaration.",
    })
  }
}

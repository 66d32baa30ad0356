/**
 * @module What Ozura's clients are answered: the PSP's answer wrapped, and errors in the words of its pages.
 */
import { GatewayError } from '../../errors.ts'
import { bodyText } from '../../forward/body_text.ts'
import type { RawAnswer } from '../../forward/call.ts'
import { headerRecord } from '../../forward/headers.ts'
import { json, jsonText } from '../../respond.ts'

/** The fields of Ozura's API under the names that our own errors have for them. */
const FIELDS: Readonly<Record<string, string>> = { cvc_session: 'cvc_session_id', url: 'proxy_url' }

type Words = (error: GatewayError) => string | null

const fixed =
  (message: string): Words =>
  () =>
    message
const own: Words = () => null

/**
 * Status and message of our errors, where they are not as in the native API: https://docs.ozura.com/api-reference/vault/status-codes
 * and common-errors. Null keeps our message.
 */
const MESSAGES: { readonly [code in GatewayError['code']]?: readonly [number, Words] } = {
  unauthenticated: [401, fixed('Invalid API key')],
  forbidden: [403, fixed('This API key does not have permission for this operation')],
  token_unknown: [404, fixed('Token not found')],
  token_expired: [404, fixed('Token not found')],
  cvc_session_unknown: [404, fixed('CVC session expired or not found')],
  invalid_url: [400, fixed('Invalid proxy URL')],
  invalid_request: [400, fieldWords],
  invalid_card: [400, fieldWords],
  card_in_clear: [400, own],
  missing_fields: [400, missingWords],
  credential_missing: [
    400,
    ({ param }) => (param ? `Missing required field: ${name(param)}` : null),
  ],
  destination_denied: [403, own],
  address_denied: [403, own],
  rate_limited: [429, fixed('Rate limit exceeded')],
  psp_unreachable: [502, fixed('Failed to proxy request')],
  psp_tls: [502, fixed('Failed to proxy request')],
  psp_broken: [502, fixed('Failed to proxy request')],
  psp_timeout: [504, fixed('Request timeout')],
}

/** `Missing required field: X`, in Ozura's words. */
export function missingField(param: string, hint?: string): GatewayError {
  return new GatewayError('missing_fields', `${param} is missing.`, {
    param,
    ...(hint && { hint }),
  })
}

/** `Invalid value for X`; `why` is a sentence of ours beside it. */
export function invalidValue(param: string, why: string, hint?: string): GatewayError {
  return new GatewayError('invalid_request', why, { param, ...(hint && { hint }) })
}

/** Answers where `X` is what its pages call it, and says more where ours does: `code`, `detail`, `sent` and the rest. */
export function errorBody(error: GatewayError, request_id: string): Response {
  const { code, sent, param, hint, template, forward } = error
  const [status, words] = MESSAGES[code] ?? [error.status, own]
  const message = words(error)
  return json(status, {
    success: false,
    message: message ?? error.message,
    data: null,
    code,
    ...(message !== null && message !== error.message && { detail: error.message }),
    param: param && name(param),
    ...(template !== null && { template }),
    sent,
    hint,
    ...(forward && { forward: forward.id }),
    request_id,
  })
}

/** 200 with the PSP's answer inside, whatever its status. Its JSON keeps its exact spelling. */
export function wrapped(response: RawAnswer | null): Response {
  const { status, headers, body } = response ?? { status: 0, headers: [], body: Buffer.alloc(0) }
  const record = JSON.stringify(headerRecord(headers))
  return jsonText(
    200,
    `{"success":true,"proxy_response":{"status_code":${status},"headers":${record},"body":${bodyText(body)}}}`,
  )
}

/** Two mistakes with a card have words of their own, which those who found them put into the message. */
function fieldWords(error: GatewayError): string | null {
  const { param, message } = error
  if (param === null || /^(?:Invalid card number|Card has expired)$/.test(message)) return null
  // The edge says so of a field that its schema requires.
  if (message === `${param} is missing.`) return missingWords(error)
  return `Invalid value for ${name(param)}`
}

function missingWords({ param }: GatewayError): string | null {
  return param === null ? null : `Missing required field: ${name(param)}`
}

function name(param: string): string {
  return FIELDS[param] ?? param
}

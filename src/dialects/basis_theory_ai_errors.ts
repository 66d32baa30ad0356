/**
 * @module Errors of Basis Theory AI's proxy: `{"error":{status, type, title, message, details:{field, template}}}`.
 *
 * https://docs.basistheory.ai/api-reference/proxy/proxy-request has `invalidTemplate`; the other types are ours.
 */
import type { ErrorCode, GatewayError } from '../errors.ts'
import { json } from '../respond.ts'
import { MALFORMED } from '../template/basis_theory_ai.ts'

/** Status, type and title of each error; docs/dialects/basis-theory-ai.md has the same table. */
export const AI_ERRORS: Readonly<
  Record<ErrorCode, readonly [status: number, type: string, title: string]>
> = {
  invalid_template: [400, 'invalidTemplate', 'Invalid template syntax'],
  invalid_json: [400, 'invalidRequest', 'Invalid request'],
  invalid_request: [400, 'invalidRequest', 'Invalid request'],
  missing_fields: [400, 'invalidRequest', 'Invalid request'],
  card_in_clear: [400, 'invalidRequest', 'Invalid request'],
  invalid_card: [400, 'invalidRequest', 'Invalid request'],
  operation_unsupported: [400, 'invalidRequest', 'Invalid request'],
  account_unknown: [400, 'invalidRequest', 'Invalid request'],
  invalid_url: [400, 'invalidTargetUrl', 'Invalid target URL'],
  unauthenticated: [401, 'unauthorized', 'Unauthorized'],
  forbidden: [403, 'forbidden', 'Forbidden'],
  destination_denied: [403, 'targetNotAllowed', 'Target not allowed'],
  address_denied: [403, 'targetNotAllowed', 'Target not allowed'],
  not_found: [404, 'notFound', 'Not found'],
  token_unknown: [404, 'paymentMethodNotFound', 'Payment method not found'],
  token_expired: [410, 'paymentMethodExpired', 'Payment method expired'],
  credential_missing: [422, 'credentialUnavailable', 'Credential unavailable'],
  cvc_session_unknown: [422, 'credentialUnavailable', 'Credential unavailable'],
  method_not_allowed: [405, 'methodNotAllowed', 'Method not allowed'],
  conflict: [409, 'conflict', 'Conflict'],
  idempotency_running: [409, 'requestRunning', 'Request still running'],
  idempotency_unknown: [409, 'outcomeUnknown', 'Outcome unknown'],
  idempotency_mismatch: [422, 'idempotencyMismatch', 'Idempotency key used before'],
  body_too_slow: [408, 'requestTimeout', 'Request timed out'],
  body_too_large: [413, 'requestTooLarge', 'Request too large'],
  unsupported_media_type: [415, 'unsupportedMediaType', 'Unsupported media type'],
  rate_limited: [429, 'rateLimited', 'Too many requests'],
  overloaded: [503, 'overloaded', 'Overloaded'],
  destination_busy: [503, 'targetBusy', 'Target busy'],
  circuit_open: [503, 'targetUnavailable', 'Target unavailable'],
  psp_unreachable: [503, 'targetUnreachable', 'Target unreachable'],
  psp_tls: [502, 'targetUntrusted', 'Target not trusted'],
  psp_session_failed: [502, 'targetUnreachable', 'Target unreachable'],
  psp_timeout: [504, 'targetTimeout', 'Target timed out'],
  psp_broken: [502, 'targetFailed', 'Target failed'],
  storage_unavailable: [503, 'unavailable', 'Service unavailable'],
  sessions_unavailable: [503, 'unavailable', 'Service unavailable'],
  sealed: [503, 'unavailable', 'Service unavailable'],
  unready: [503, 'unavailable', 'Service unavailable'],
  integrity: [500, 'internal', 'Internal error'],
  adapter_failed: [500, 'internal', 'Internal error'],
  internal: [500, 'internal', 'Internal error'],
}

/** Where a field stands, by the first word of its path, in the words of the published message. */
const PLACES: Readonly<Record<string, string>> = {
  body: 'request body',
  headers: 'request headers',
}

/** What the core calls by other names than this API. */
const FIELDS: Readonly<Record<string, string>> = {
  url: 'BT-Target-URL',
  'Idempotency-Key': 'BT-IDEMPOTENCY-KEY',
}

/** The error as published. `x-sent` says whether the target can have received the request. */
export function aiError(error: GatewayError): Response {
  const [status, type, title] = AI_ERRORS[error.code]
  const body = { status, type, title, message: messageOf(error), details: detailsOf(error) }
  return json(status, { error: body }, { 'x-sent': error.sent })
}

function detailsOf({ code, param, template }: GatewayError): Readonly<Record<string, string>> {
  const named = param !== null && code !== 'token_unknown' && code !== 'credential_missing'
  return {
    ...(named && { field: FIELDS[param] ?? param.replace(/^body\.?(?=.)/, '') }),
    ...(template !== null && { template }),
  }
}

function messageOf({ code, message, param, template }: GatewayError): string {
  if (code === 'token_unknown') {
    return `There is no payment method ${(param ?? '').replace(/(^|,)tokens\./g, '$1')}.`
  }
  if (code === 'credential_missing') {
    const what = template === null ? 'security code' : `value for ${template}`
    return `The payment method has no ${what}.`
  }
  if (code !== 'invalid_template' || !message.endsWith(`${MALFORMED}.`)) return message
  const place = PLACES[/^\w+/.exec(param ?? '')?.[0] ?? ''] ?? 'target URL'
  return `Template syntax is malformed in ${place}.`
}

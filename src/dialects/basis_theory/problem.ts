/**
 * @module Basis Theory's form of an error (https://developers.basistheory.com/docs/api/errors).
 */
import { looksLikeCardNumber } from '../../card.ts'
import type { ErrorCode, GatewayError } from '../../errors.ts'
import { json } from '../../respond.ts'

/** Status and title of what its pages name; all else has our status. */
const PROBLEMS: { readonly [code in ErrorCode]?: readonly [status: number, title: string] } = {
  invalid_json: [400, 'Bad Request'],
  invalid_request: [400, 'One or more validation errors occurred.'],
  invalid_card: [400, 'One or more validation errors occurred.'],
  invalid_template: [400, 'One or more validation errors occurred.'],
  missing_fields: [400, 'One or more validation errors occurred.'],
  credential_missing: [400, 'One or more validation errors occurred.'],
  unauthenticated: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  not_found: [404, 'Not Found'],
  token_unknown: [404, 'Not Found'],
  token_expired: [404, 'Not Found'],
  conflict: [409, 'Conflict'],
  idempotency_running: [409, 'Conflict'],
  idempotency_mismatch: [422, 'Unprocessable Entity'],
  body_too_slow: [408, 'Request Timeout'],
  body_too_large: [413, 'Payload Too Large'],
  unsupported_media_type: [415, 'Unsupported Media Type'],
  rate_limited: [429, 'Too Many Requests'],
}

/** The error as `{errors, title, status, detail}`, with our own code and request id beside it. */
export function problem(error: GatewayError, request_id: string, request: Request): Response {
  const [status, title] = PROBLEMS[error.code] ?? [error.status, 'Internal Server Error']
  const body = {
    errors: status === 400 && error.param !== null ? { [error.param]: [error.message] } : {},
    title,
    status,
    detail: error.message,
    code: error.code,
    request_id,
  }
  return json(status, body, traceHeaders(request, request_id))
}

/** The caller's own `BT-TRACE-ID`, or ours where it is none: answers are logged by whoever stands between. */
export function traceHeaders(request: Request, request_id: string): { 'bt-trace-id': string } {
  const given = request.headers.get('bt-trace-id') ?? ''
  const fits = /^[\x21-\x7e]{1,255}$/.test(given) && !looksLikeCardNumber(given)
  return { 'bt-trace-id': fits ? given : request_id }
}

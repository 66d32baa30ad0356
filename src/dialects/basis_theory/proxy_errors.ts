/**
 * @module Errors of the classic proxy: `{"proxy_error":{errors, title, status, detail}}`, told apart from those of the PSP.
 *
 * Its clients take a 4xx to say that nothing was sent, and a 408 or 5xx that it is not known; so do these statuses.
 * https://developers.basistheory.com/docs/api/proxies/proxy-errors
 */
import type { ErrorCode, GatewayError } from '../../errors.ts'
import { json } from '../../respond.ts'
import { traceHeaders } from './problem.ts'

/** The status of each error. */
const STATUSES: Readonly<Record<ErrorCode, number>> = {
  invalid_json: 400,
  invalid_request: 400,
  invalid_card: 400,
  invalid_template: 400,
  card_in_clear: 400,
  invalid_url: 400,
  token_unknown: 400,
  token_expired: 400,
  cvc_session_unknown: 400,
  credential_missing: 400,
  missing_fields: 400,
  operation_unsupported: 400,
  account_unknown: 400,
  unauthenticated: 401,
  forbidden: 403,
  destination_denied: 403,
  address_denied: 403,
  not_found: 404,
  method_not_allowed: 405,
  body_too_slow: 408,
  psp_timeout: 408,
  conflict: 409,
  idempotency_running: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  // Nothing was sent.
  psp_unreachable: 422,
  psp_tls: 422,
  psp_session_failed: 422,
  circuit_open: 422,
  rate_limited: 429,
  // Not 503, which would leave its clients in doubt: nothing was sent.
  overloaded: 429,
  destination_busy: 429,
  integrity: 500,
  adapter_failed: 500,
  internal: 500,
  // It may have been sent.
  idempotency_unknown: 502,
  psp_broken: 502,
  storage_unavailable: 503,
  sessions_unavailable: 503,
  sealed: 503,
  unready: 503,
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Invalid proxy request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

/** What the core calls by other names than this API. */
const FIELDS: Readonly<Record<string, string>> = {
  url: 'BT-PROXY-URL',
  'Idempotency-Key': 'BT-IDEMPOTENCY-KEY',
}

/** The error as its clients read it. `x-sent` says what they can only guess from the status. */
export function proxyError(error: GatewayError, request_id: string, request: Request): Response {
  const { code, param, message, sent } = error
  const status = STATUSES[code]
  const named = param !== null && status === 400 && code !== 'token_unknown'
  const proxy_error = {
    errors: named ? { [FIELDS[param] ?? param]: [message] } : {},
    title: TITLES[status] ?? '',
    status,
    detail: message,
  }
  const headers = { ...traceHeaders(request, request_id), 'x-sent': sent }
  return json(status, { proxy_error }, headers)
}

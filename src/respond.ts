/**
 * @module Answers of the native API.
 */
import { ERRORS, type GatewayError } from './errors.ts'

/** On every answer: nothing of ours is cached, guessed at, framed, or followed. */
const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const

/** A JSON answer. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return jsonText(status, JSON.stringify(body), headers)
}

/** A JSON answer that is written already. */
export function jsonText(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, { status, headers: { ...HEADERS, ...headers } })
}

/** 204. */
export function nothing(): Response {
  const { 'content-type': _, ...headers } = HEADERS
  return new Response(null, { status: 204, headers })
}

/** Our error body: `{"error":{code, message, param, sent, hint, request_id}}`. */
export function errorResponse(error: GatewayError, request_id: string): Response {
  const { code, message, param, sent, hint, forward, template } = error
  const body = {
    code,
    message,
    param,
    sent,
    hint,
    request_id,
    ...(template !== null && { template }),
    ...(forward && { forward: forward.id }),
  }
  return json(ERRORS[code].status, { error: body }, retryHeaders(error))
}

function retryHeaders({ code }: GatewayError): Readonly<Record<string, string>> {
  if (code === 'unauthenticated') return { 'www-authenticate': 'Bearer' }
  // What is still to come of the body is not waited for.
  if (code === 'body_too_slow') return { connection: 'close' }
  return code === 'unready' || code === 'idempotency_running' || code === 'storage_unavailable'
    ? { 'retry-after': '1' }
    : {}
}

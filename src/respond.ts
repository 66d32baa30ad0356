/**
 * @module Answers of the native API.
 */
import { ERRORS, type ErrorCode, type GatewayError } from './errors.ts'

/** On every answer: nothing of ours is cached, guessed at, run, framed, or followed. */
const GUARDS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const

const HEADERS = { 'content-type': 'application/json', ...GUARDS } as const
/** The same, for an answer that has no more: they are copied at once, and not read anew for each. */
const ALONE = new Headers(HEADERS)

/** What an answer that is not made here has not of its own: a page's policy, or one of a PSP that is passed through, stays. */
export const guards: readonly (readonly [string, string])[] = Object.entries(GUARDS)

/** A JSON answer. */
export function json(
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): Response {
  return jsonText(status, JSON.stringify(body), headers)
}

/** A JSON answer that is written already. */
export function jsonText(
  status: number,
  body: string,
  headers?: Readonly<Record<string, string>>,
): Response {
  return new Response(body, { status, headers: headers ? { ...HEADERS, ...headers } : ALONE })
}

/** 204. */
export function nothing(): Response {
  return new Response(null, { status: 204, headers: GUARDS })
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

/** The seconds for `Retry-After`, in every API's errors; null where it would not help to wait. */
export function retryAfter({ code, retry_after }: GatewayError): number | null {
  return retry_after ?? (PASSING.has(code) ? 1 : null)
}

const PASSING: ReadonlySet<ErrorCode> = new Set([
  'unready',
  'sealed',
  'idempotency_running',
  'storage_unavailable',
  'overloaded',
  'destination_busy',
  'circuit_open',
])

function retryHeaders(error: GatewayError): Readonly<Record<string, string>> {
  if (error.code === 'unauthenticated') return { 'www-authenticate': 'Bearer' }
  // What is still to come of the body is not waited for.
  if (error.code === 'body_too_slow') return { connection: 'close' }
  const seconds = retryAfter(error)
  return seconds === null ? {} : { 'retry-after': String(seconds) }
}

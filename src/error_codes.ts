/**
 * @module The closed list of error codes: a stable name, an HTTP status, a meaning, and what to do next.
 */

/** Whether the PSP can have received the request. `no`: safe to try again; `unknown`: ask the PSP first. */
export type Sent = 'no' | 'unknown' | 'yes'

interface Entry {
  /** HTTP status of the native API. */
  readonly status: number
  /** What it means, one sentence; printed in docs/errors.md. */
  readonly meaning: string
  /** What to do next, where the throwing place has nothing more precise to say. */
  readonly hint: string
}

/** Every code there is. docs/errors.md is made from this table; dialects switch over it exhaustively. */
export const ERRORS = {
  // The request itself
  invalid_json: {
    status: 400,
    meaning: 'The body is not valid JSON, or repeats a key.',
    hint: 'Send one JSON value in UTF-8, each key once.',
  },
  invalid_request: {
    status: 400,
    meaning: 'A field is missing, unknown, or of the wrong type.',
    hint: 'See the field named in `param`; the call is described at /docs.',
  },
  unsupported_media_type: {
    status: 415,
    meaning: 'The content type or encoding of the body is not accepted by this call.',
    hint: 'Send `content-type: application/json`, not compressed.',
  },
  body_too_large: {
    status: 413,
    meaning: 'The body is over the limit.',
    hint: 'Send less, or raise [server] max_body_bytes.',
  },
  body_too_slow: {
    status: 408,
    meaning: 'The body did not arrive in time.',
    hint: 'Send the request again, whole.',
  },
  not_found: {
    status: 404,
    meaning: 'There is no such path or object for this caller.',
    hint: 'Check the id and that it belongs to the tenant and mode of this key.',
  },
  method_not_allowed: {
    status: 405,
    meaning: 'The path exists, but not with this method.',
    hint: 'See /docs for the methods of this path.',
  },
  conflict: {
    status: 409,
    meaning: 'The object exists already.',
    hint: 'Use the existing one, or delete it first.',
  },
  // Callers
  unauthenticated: {
    status: 401,
    meaning: 'No credentials, or credentials that are not valid.',
    hint: 'Send `Authorization: Bearer <api key or JWT>`.',
  },
  forbidden: {
    status: 403,
    meaning: 'The credentials are valid but lack the scope for this call.',
    hint: 'Create a key with the scope that is named.',
  },
  rate_limited: {
    status: 429,
    meaning: 'Too many requests.',
    hint: 'Wait for the seconds in `Retry-After`.',
  },
  overloaded: {
    status: 503,
    meaning: 'The gateway has more requests than it can take; nothing was sent.',
    hint: 'Wait for the seconds in `Retry-After`, then try again.',
  },
  // Cards and tokens
  invalid_card: {
    status: 422,
    meaning: 'The card or bank account does not pass the checks.',
    hint: 'Correct the field named in `param`.',
  },
  token_unknown: {
    status: 404,
    meaning: 'There is no such token for this caller.',
    hint: 'Check the token id; tokens belong to one tenant and one mode.',
  },
  token_expired: {
    status: 410,
    meaning: 'The token has passed its expiry.',
    hint: 'Store the card again.',
  },
  cvc_session_unknown: {
    status: 404,
    meaning: 'The CVC session is expired, used, or never was.',
    hint: 'Collect the security code again and create a session.',
  },
  credential_missing: {
    status: 422,
    meaning: 'The token has no such value (for instance no network token, or no security code).',
    hint: 'Store the credential with the token, or use another placeholder.',
  },
  // Forwarding, before anything is sent
  invalid_template: {
    status: 400,
    meaning: 'A placeholder is malformed, unknown, or stands where it may not.',
    hint: 'See docs/merchant.md for the placeholders and filters.',
  },
  card_in_clear: {
    status: 422,
    meaning: 'The request holds a card number in the clear; nothing was sent.',
    hint: 'Store the card and put a placeholder in its place.',
  },
  destination_denied: {
    status: 403,
    meaning: 'The URL is not on the list of destinations.',
    hint: 'Add the host with POST /v1/destinations or `pangate destination add`.',
  },
  invalid_url: {
    status: 400,
    meaning: 'The URL is not an acceptable https URL.',
    hint: 'Use https://host/path without user, fragment or control characters.',
  },
  operation_unsupported: {
    status: 422,
    meaning: 'The adapter does not offer this operation.',
    hint: 'See GET /v1/adapters for what it offers.',
  },
  missing_fields: {
    status: 422,
    meaning: 'The operation needs more fields, or other values in them; all of them are named.',
    hint: 'Send the fields that are named.',
  },
  account_unknown: {
    status: 404,
    meaning: 'There is no such account for this caller.',
    hint: 'List accounts with GET /v1/accounts.',
  },
  idempotency_mismatch: {
    status: 422,
    meaning: 'The idempotency key was used for a different request.',
    hint: 'Use a new key for a new request.',
  },
  idempotency_running: {
    status: 409,
    meaning: 'A forward with this idempotency key is still running.',
    hint: 'Wait and repeat the call.',
  },
  idempotency_unknown: {
    status: 409,
    meaning:
      'A forward with this idempotency key was interrupted; whether the PSP received it is unknown.',
    hint: 'Look the payment up at the PSP; use a new key only if it is not there.',
  },
  adapter_failed: {
    status: 500,
    meaning: 'The adapter could not make or sign the request.',
    hint: 'See the adapter named in the message.',
  },
  // Forwarding, on the wire
  psp_unreachable: {
    status: 503,
    meaning: 'The PSP could not be reached; nothing was sent.',
    hint: 'Try again.',
  },
  psp_tls: {
    status: 502,
    meaning: 'The PSP did not prove its name by TLS; nothing was sent.',
    hint: 'Check the host, or add its authority with [egress] ca_file.',
  },
  address_denied: {
    status: 403,
    meaning: 'The host resolves to an address that is not public; nothing was sent.',
    hint: 'If that is intended, list the range in [egress] private_networks.',
  },
  destination_busy: {
    status: 503,
    meaning: 'As many forwards as are allowed are running to this host; nothing was sent.',
    hint: 'Try again when some have ended, or raise [limits] concurrent_per_destination.',
  },
  circuit_open: {
    status: 503,
    meaning: 'The host failed again and again, and is left alone for a while; nothing was sent.',
    hint: 'Wait for the seconds in `Retry-After`, then try again.',
  },
  psp_session_failed: {
    status: 502,
    meaning:
      'The PSP gave no session token, which the payment needs; nothing of the payment was sent.',
    hint: "Check the account's credentials, then try again.",
  },
  psp_timeout: {
    status: 504,
    meaning: 'The PSP did not answer in time.',
    hint: 'Look the payment up at the PSP before trying again.',
  },
  psp_broken: {
    status: 502,
    meaning: 'The connection or the answer of the PSP broke off, or the answer was over the limit.',
    hint: 'Look the payment up at the PSP before trying again.',
  },
  // The gateway's own state
  storage_unavailable: {
    status: 503,
    meaning: 'The database cannot be read or written.',
    hint: 'Run `pangate doctor`.',
  },
  sessions_unavailable: {
    status: 503,
    meaning: 'The store for security codes cannot be reached.',
    hint: 'Run `pangate doctor`.',
  },
  integrity: {
    status: 500,
    meaning:
      'A stored value does not open under its key: it was changed, moved, or sealed under another key.',
    hint: 'Run `pangate doctor`; restore the database from a backup.',
  },
  sealed: {
    status: 503,
    meaning: 'The program waits for the shares of its master key; nothing is read or sent.',
    hint: 'Its holders run `pangate unseal`; then try again.',
  },
  unready: { status: 503, meaning: 'The program is starting or stopping.', hint: 'Try again.' },
  internal: { status: 500, meaning: 'A fault of ours.', hint: 'Report it with the request id.' },
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof ERRORS

/**
 * @module Stitch's errors: what is refused has a status and this body; what failed on the way to the PSP is a `failure` with a reason.
 */
import type { ErrorCode, GatewayError, Sent } from '../../errors.ts'
import { json } from '../../respond.ts'

interface Reason {
  /** Whether the PSP can have received the request. */
  readonly sent: Sent
  /** One sentence for docs/dialects/stitch.md. */
  readonly doc: string
}

/** Every `failure.reason` there is. Stitch publishes `timeout` alone, and does not say whether the request was received. */
export const REASONS = {
  timeout: {
    sent: 'unknown',
    doc: 'No answer within `timeout`. Look the payment up before trying again, unless `X-Sent` is `no`.',
  },
  connection_failed: { sent: 'no', doc: 'The host has no address or took no connection.' },
  tls_failed: { sent: 'no', doc: 'The host did not prove its name.' },
  address_denied: { sent: 'no', doc: 'The host resolves to an address that is not public.' },
  connection_lost: {
    sent: 'unknown',
    doc: 'The connection or the answer broke off, or the answer was over the limit.',
  },
} as const satisfies Record<string, Reason>

export type FailureReason = keyof typeof REASONS

const FAILURES: { readonly [code in ErrorCode]?: FailureReason } = {
  psp_timeout: 'timeout',
  psp_unreachable: 'connection_failed',
  psp_tls: 'tls_failed',
  address_denied: 'address_denied',
  psp_broken: 'connection_lost',
}

/** Why a forward failed on its way; null where it was refused before. `late`: its time was over. */
export function reasonOf(error: GatewayError, late: boolean): FailureReason | null {
  const reason = FAILURES[error.code] ?? null
  return reason === 'connection_failed' && late ? 'timeout' : reason
}

/** Statuses where Stitch's are others than ours: it publishes 400, 401, 403 and 404. */
const STATUSES: { readonly [code in ErrorCode]?: number } = {
  invalid_card: 400,
  card_in_clear: 400,
  credential_missing: 400,
  missing_fields: 400,
  token_expired: 404,
}

const NAMES: { readonly [status: number]: string } = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

/** Stitch's names for what our scopes allow. */
const SCOPES = { forward: 'client_vault_proxy', 'tokens:write': 'client_vault_manage' } as const

/** Makes the error answers of a route. `scope` is named where the client token has too few. */
export function errorBody(error: GatewayError, request_id: string): Response {
  const { code, hint, sent, template } = error
  const status = STATUSES[code] ?? error.status
  const { message, field } = inItsWords(error)
  return json(
    status,
    {
      statusCode: status,
      error: NAMES[status] ?? 'Error',
      message,
      code,
      field,
      ...(template !== null && { selector: template }),
      hint:
        code === 'credential_missing'
          ? 'Send securityCode, or leave the selector out.'
          : hint.replace('`param`', '`field`'),
      sent,
      requestId: request_id,
    },
    status === 401 ? { 'www-authenticate': 'Bearer' } : {},
  )
}

/** Our words about sessions and scopes are not those of this API. */
function inItsWords(error: GatewayError): { message: string; field: string | null } {
  const { code, message, param, template } = error
  if (code === 'forbidden') {
    return {
      message: Object.entries(SCOPES).reduce(
        (text, [own, theirs]) => text.replace(`the scope ${own}`, `the scope ${theirs}`),
        message,
      ),
      field: param,
    }
  }
  const isCvc = param === 'cvc_session' || template === '{{card.securityCode}}'
  if (code === 'credential_missing' && isCvc) {
    const text = 'The request has {{card.securityCode}}, but no securityCode was given.'
    return { message: text, field: 'securityCode' }
  }
  return { message, field: param }
}

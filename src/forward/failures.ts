/**
 * @module What went wrong on the way to the PSP, as a table: from the connection's phase and the error's code to what the caller is told.
 */
import { GatewayError, type ErrorCode, type Sent } from '../errors.ts'

/** How far a request got: nothing of it leaves before TLS has proved the PSP's name. */
export type Phase = 'connecting' | 'sending' | 'answering'

interface Entry {
  readonly code: ErrorCode
  readonly message: string
}

const UNREACHABLE: Entry = { code: 'psp_unreachable', message: 'The PSP could not be reached.' }
const TOO_LATE: Entry = {
  code: 'psp_unreachable',
  message: 'The PSP did not take the connection in time.',
}

/** Codes of `node:dns`, `node:net` and `node:tls` while connecting; nothing was sent. */
const CONNECTING: { readonly [code: string]: Entry } = {
  EADDRESSDENIED: {
    code: 'address_denied',
    message: 'The host resolves to an address that requests may not go to.',
  },
  ENOTFOUND: { code: 'psp_unreachable', message: 'The host has no address.' },
  EAI_AGAIN: { code: 'psp_unreachable', message: 'The name server did not answer.' },
  ECONNREFUSED: { code: 'psp_unreachable', message: 'The PSP refused the connection.' },
  ECONNRESET: { code: 'psp_unreachable', message: 'The PSP closed the connection at once.' },
  EHOSTUNREACH: { code: 'psp_unreachable', message: 'There is no way to the PSP.' },
  ENETUNREACH: { code: 'psp_unreachable', message: 'There is no way to the PSP.' },
  ETIMEDOUT: TOO_LATE,
  EPINMISMATCH: {
    code: 'psp_tls',
    message: "None of the keys in the PSP's certificates is pinned for the account.",
  },
  EMFILE: { code: 'overloaded', message: 'The gateway has no free connections.' },
}

/** Codes that say a certificate or handshake was not good. */
const TLS =
  /CERT|SSL|TLS|EPROTO|SELF_SIGNED|UNABLE_TO|MISMATCH|ALTNAME|INVALID_CA|PURPOSE|PATH_LENGTH/

/** The error for a failure in a phase. `timedOut` is our own deadline. */
export function failure(phase: Phase, cause: unknown, timedOut: boolean): GatewayError {
  const code = codeOf(cause)
  if (phase === 'connecting') {
    const entry: Entry | undefined =
      CONNECTING[code] ??
      (TLS.test(code)
        ? { code: 'psp_tls', message: `The PSP's certificate or handshake is not good (${code}).` }
        : undefined)
    return fail(entry ?? (timedOut ? TOO_LATE : UNREACHABLE), 'no')
  }
  if (timedOut) {
    return fail({ code: 'psp_timeout', message: 'The PSP did not answer in time.' }, 'unknown')
  }
  const what =
    phase === 'sending' ? 'closed the connection without an answer' : 'broke off its answer'
  return fail({ code: 'psp_broken', message: `The PSP ${what}.` }, 'unknown')
}

/** An answer that arrived but cannot be used. */
export function brokenAnswer(message: string): GatewayError {
  return fail({ code: 'psp_broken', message }, 'unknown')
}

function fail({ code, message }: Entry, sent: Sent): GatewayError {
  return new GatewayError(code, message, { sent })
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : ''
}

/**
 * @module Errors: one for callers, which says whether the PSP was reached, and one for the operator, which ends with the next command.
 */
import { ERRORS, type ErrorCode, type Sent } from './error_codes.ts'

export { ERRORS, type ErrorCode, type Sent } from './error_codes.ts'

interface Details {
  /** The field at fault, as a path: `card.number`, `request.body.amount`. */
  readonly param?: string
  readonly sent?: Sent
  readonly hint?: string
  /** The cause, for a stack trace in a debugger; never printed, because it may hold anything. */
  readonly cause?: unknown
  /** The placeholder at fault, as the caller wrote it. */
  readonly template?: string
  /** The forward that failed, where one was begun. */
  readonly forward?: ForwardRef
  /** Seconds after which it is worth trying again. */
  readonly retry_after?: number
  /** The host or token that was refused: for the audit log; the caller is not told. */
  readonly about?: string
}

/** Names a forward, and the request that made it: a repeated idempotency key tells of the first. */
export interface ForwardRef {
  readonly id: string
  readonly request_id: string
}

/** An error a caller may see. The message never repeats what was sent in a card field. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly param: string | null
  readonly sent: Sent
  readonly hint: string
  readonly template: string | null
  readonly forward: ForwardRef | null
  readonly retry_after: number | null
  readonly about: string | null

  constructor(code: ErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'GatewayError'
    this.code = code
    this.param = details.param ?? null
    this.sent = details.sent ?? 'no'
    this.hint = details.hint ?? ERRORS[code].hint
    this.template = details.template ?? null
    this.forward = details.forward ?? null
    this.about = details.about ?? null
    this.retry_after = details.retry_after ?? null
  }

  /** The same error, told of one forward. */
  of(forward: ForwardRef): GatewayError {
    const { param, sent, hint, template, cause, retry_after, about } = this
    return new GatewayError(this.code, this.message, {
      sent,
      hint,
      cause,
      forward,
      ...(param !== null && { param }),
      ...(template !== null && { template }),
      ...(retry_after !== null && { retry_after }),
      ...(about !== null && { about }),
    })
  }

  /** HTTP status of the native API. */
  get status(): number {
    return ERRORS[this.code].status
  }
}

/** An error for the operator at the terminal: what is wrong, and the next command to type. */
export class OperatorError extends Error {
  readonly next: string
  readonly exitStatus: 1 | 2

  constructor(message: string, next: string, exitStatus: 1 | 2 = 1) {
    super(message)
    this.name = 'OperatorError'
    this.next = next
    this.exitStatus = exitStatus
  }
}

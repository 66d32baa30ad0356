/**
 * @module Stripe's error object. https://docs.stripe.com/api/errors
 */
import { DECLINES } from '../cards.ts'
import type { DeclineCode } from '../cards.ts'

interface Details {
  readonly code?: string
  readonly param?: string
  readonly decline_code?: string
  readonly status?: number
  /** Objects the error hands over: `charge`, `payment_intent`, `payment_method`, `setup_intent`. */
  readonly objects?: Readonly<Record<string, unknown>>
  /** Whether the call had begun to act: such an answer is kept under the idempotency key, a refusal of the parameters is not. */
  readonly acted?: boolean
}

type ErrorType = 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error'

export class StripeError extends Error {
  readonly type: ErrorType
  readonly status: number
  readonly details: Details

  constructor(type: ErrorType, message: string, details: Details = {}) {
    super(message)
    this.type = type
    this.details = details
    this.status = details.status ?? (type === 'card_error' ? 402 : 400)
  }

  /** The same error, handing over more objects. */
  with(objects: NonNullable<Details['objects']>): StripeError {
    const all = { ...this.details.objects, ...objects }
    return new StripeError(this.type, this.message, { ...this.details, objects: all })
  }

  /** What goes under `error`, in the alphabetical order that Stripe writes. */
  toObject(): { [name: string]: unknown } {
    const { code, param, decline_code, objects } = this.details
    const all: { [name: string]: unknown } = {
      ...objects,
      code,
      decline_code,
      doc_url: code && `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
      message: this.message,
      param,
      type: this.type,
    }
    const names = Object.keys(all).filter((name) => all[name] !== undefined)
    return Object.fromEntries(names.sort().map((name) => [name, all[name]]))
  }
}

export function invalid(message: string, details: Details = {}): StripeError {
  return new StripeError('invalid_request_error', message, details)
}

export function missing(param: string): StripeError {
  return invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
}

/** @param param the parameter that named it; `id` and status 404 where the path did */
export function noSuch(kind: string, id: string, param: string, status: 400 | 404): StripeError {
  return invalid(`No such ${kind}: '${id}'`, { code: 'resource_missing', param, status })
}

/** A card that cannot be right, found before any attempt. */
export function badCard(code: string, message: string, param: string): StripeError {
  return new StripeError('card_error', message, { code, param })
}

/** An attempt that the issuer, or Stripe itself, declined. */
export function declined(
  reason: DeclineCode,
  objects: NonNullable<Details['objects']>,
): StripeError {
  const [code, message] = DECLINES[reason]
  return new StripeError('card_error', message, {
    code,
    decline_code: reason,
    ...(reason === 'incorrect_cvc' && { param: 'cvc' }),
    objects,
    acted: true,
  })
}

/** The object is not in a state for this. */
export function unexpectedState(
  kind: 'payment_intent' | 'setup_intent',
  message: string,
  object: unknown,
): StripeError {
  const objects = { [kind]: object }
  return invalid(message, { code: `${kind}_unexpected_state`, objects, acted: true })
}

/**
 * @module 3-D Secure: where a cardholder is sent to, and what happens when they come back.
 */
import { invalid, StripeError } from './error.ts'
import type { Params } from './params.ts'
import { newId } from './state.ts'
import type { State } from './state.ts'

export interface Challenge {
  readonly id: string
  readonly purpose: 'payment' | 'setup'
  /** Of the intent that waits. */
  readonly intent: string
  readonly returnUrl: string | null
}

/** Makes the page that asks. @returns the intent's `next_action` */
export function openChallenge(
  state: State,
  purpose: Challenge['purpose'],
  intent: string,
  returnUrl: string | null,
): unknown {
  const challenge: Challenge = { id: newId('src'), purpose, intent, returnUrl }
  state.challenges.set(challenge.id, challenge)
  const url = `${state.url()}/3ds/${challenge.id}`
  return returnUrl === null
    ? {
        type: 'use_stripe_sdk',
        use_stripe_sdk: {
          source: challenge.id,
          stripe_js: url,
          type: 'three_d_secure_redirect',
        },
      }
    : { redirect_to_url: { return_url: returnUrl, url }, type: 'redirect_to_url' }
}

/** `return_url`, which a browser is sent to later: never a script. */
export function readReturnUrl(params: Params): string | null {
  const text = params.text('return_url')
  if (text === undefined) return null
  const url = URL.parse(text)
  if (url && !['javascript:', 'data:', 'vbscript:', 'file:'].includes(url.protocol)) return url.href
  throw invalid('Not a valid URL', { code: 'url_invalid', param: 'return_url' })
}

/** The cardholder did not prove who they are. */
export function authenticationFailed(
  purpose: Challenge['purpose'],
  payment_method: unknown,
): StripeError {
  return new StripeError(
    'card_error',
    `The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this ${purpose === 'payment' ? 'PaymentIntent' : 'SetupIntent'} again.`,
    {
      code: `${purpose === 'payment' ? 'payment' : 'setup'}_intent_authentication_failure`,
      objects: { payment_method },
      acted: true,
    },
  )
}

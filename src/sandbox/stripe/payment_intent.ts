/**
 * @module A PaymentIntent: a payment through all of its states. https://docs.stripe.com/api/payment_intents/object
 */
import type { StripeError } from './error.ts'
import type { Words } from './metadata.ts'
import type { PaymentMethod } from './payment_method.ts'

export const CANCELLATIONS = [
  'duplicate',
  'fraudulent',
  'requested_by_customer',
  'abandoned',
] as const

export interface PaymentIntent {
  readonly id: string
  readonly amount: number
  readonly currency: string
  readonly created: number
  readonly client_secret: string
  readonly confirmation_method: 'automatic' | 'manual'
  readonly metadata: { readonly [name: string]: string }
  readonly words: Words
  readonly types: readonly string[]
  capture_method: 'automatic' | 'automatic_async' | 'manual'
  setup_future_usage: 'off_session' | 'on_session' | null
  method: PaymentMethod | null
  status:
    | 'requires_payment_method'
    | 'requires_confirmation'
    | 'requires_action'
    | 'requires_capture'
    | 'succeeded'
    | 'canceled'
  next_action: unknown
  last_payment_error: StripeError | null
  latest_charge: string | null
  amount_capturable: number
  amount_received: number
  canceled_at: number | null
  cancellation_reason: (typeof CANCELLATIONS)[number] | null
}

/** The object on the wire. */
export function showIntent(intent: PaymentIntent): { [name: string]: unknown } {
  const { id, method, types, words, ...rest } = intent
  return {
    id,
    object: 'payment_intent',
    ...rest,
    amount_details: { tip: {} },
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    customer: null,
    ...words,
    last_payment_error: intent.last_payment_error?.toObject() ?? null,
    livemode: false,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: 'automatic',
      },
    },
    payment_method_types: types,
    processing: null,
    review: null,
    shipping: null,
    source: null,
    transfer_data: null,
    transfer_group: null,
  }
}

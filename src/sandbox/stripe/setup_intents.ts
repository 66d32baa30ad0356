/**
 * @module SetupIntents: a card checked without a charge. https://docs.stripe.com/api/setup_intents
 */
import { attempt } from './attempt.ts'
import type { Cardholder } from './attempt.ts'
import { openChallenge, readReturnUrl } from './challenge.ts'
import { declined, noSuch, unexpectedState } from './error.ts'
import type { StripeError } from './error.ts'
import { readMetadata, readWords } from './metadata.ts'
import type { Params } from './params.ts'
import { readMethod, showMethod } from './payment_method.ts'
import type { PaymentMethod } from './payment_method.ts'
import { newId } from './state.ts'
import type { State } from './state.ts'

export interface SetupIntent {
  readonly id: string
  readonly created: number
  readonly client_secret: string
  readonly description: string | null
  readonly metadata: { readonly [name: string]: string }
  readonly usage: 'off_session' | 'on_session'
  method: PaymentMethod | null
  status:
    | 'requires_payment_method'
    | 'requires_confirmation'
    | 'requires_action'
    | 'succeeded'
    | 'canceled'
  next_action: unknown
  last_setup_error: StripeError | null
}

const OPEN = ['requires_payment_method', 'requires_confirmation', 'requires_action']

/** `POST /v1/setup_intents`. */
export function createSetup(state: State, params: Params): SetupIntent {
  const confirm = params.flag('confirm') ?? false
  const given = {
    usage: params.choice('usage', ['off_session', 'on_session']) ?? 'off_session',
    metadata: readMetadata(params),
    description: readWords(params).description,
  }
  readReturnUrl(params)
  const method = readMethod(state, params)
  const id = newId('seti')
  const setup: SetupIntent = {
    ...given,
    id,
    created: state.now(),
    client_secret: `${id}_secret_${newId('x').slice(2)}`,
    method,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    next_action: null,
    last_setup_error: null,
  }
  state.setups.set(id, setup)
  return confirm ? save(state, setup, 'present', readReturnUrl(params)) : setup
}

/** `GET /v1/setup_intents/:id`. */
export function getSetup(state: State, id: string): SetupIntent {
  const setup = state.setups.get(id)
  if (!setup) throw noSuch('setupintent', id, 'intent', 404)
  return setup
}

/** `POST /v1/setup_intents/:id/confirm`. */
export function confirmSetup(state: State, id: string, params: Params): SetupIntent {
  const setup = expectOpen(getSetup(state, id), 'confirm')
  const returnUrl = readReturnUrl(params)
  setup.method = readMethod(state, params) ?? setup.method
  return save(state, setup, 'present', returnUrl)
}

/** `POST /v1/setup_intents/:id/cancel`. */
export function cancelSetup(state: State, id: string): SetupIntent {
  const setup = expectOpen(getSetup(state, id), 'cancel')
  setup.status = 'canceled'
  setup.next_action = null
  return setup
}

/** Tries the card. Also called when the cardholder has proved who they are. */
export function save(
  state: State,
  setup: SetupIntent,
  cardholder: Cardholder,
  returnUrl: string | null,
): SetupIntent {
  if (!setup.method) {
    throw unexpectedState(
      'setup_intent',
      "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment method and then confirm it again.",
      showSetup(setup),
    )
  }
  const result = attempt(setup.method.card, cardholder, 'save')
  if (result.kind === 'authenticate') {
    setup.status = 'requires_action'
    setup.next_action = openChallenge(state, 'setup', setup.id, returnUrl)
    return setup
  }
  if (result.kind === 'declined') {
    throw failSetup(setup, declined(result.reason, { payment_method: showMethod(setup.method) }))
  }
  setup.status = 'succeeded'
  setup.next_action = null
  setup.last_setup_error = null
  return setup
}

/** Puts the intent back to the start. @returns the error as a caller gets it, with the intent in it */
export function failSetup(setup: SetupIntent, error: StripeError): StripeError {
  setup.status = 'requires_payment_method'
  setup.next_action = null
  setup.last_setup_error = error
  setup.method = null
  return error.with({ setup_intent: showSetup(setup) })
}

/** The object on the wire. */
export function showSetup(setup: SetupIntent): { [name: string]: unknown } {
  const { id, method, ...rest } = setup
  return {
    id,
    object: 'setup_intent',
    ...rest,
    application: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    customer: null,
    flow_directions: null,
    last_setup_error: setup.last_setup_error?.toObject() ?? null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    single_use_mandate: null,
  }
}

function expectOpen(setup: SetupIntent, verb: string): SetupIntent {
  if (OPEN.includes(setup.status)) return setup
  throw unexpectedState(
    'setup_intent',
    `You cannot ${verb} this SetupIntent because it has a status of ${setup.status}.`,
    showSetup(setup),
  )
}

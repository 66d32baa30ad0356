/**
 * @module The table of Stripe's calls that the sandbox answers: path, accepted parameters, and what does the work.
 */
import { showCharge } from './charge.ts'
import { captureCharge, createCharge, getCharge } from './charges.ts'
import { createMethod, getMethod, showMethod } from './payment_method.ts'
import {
  cancelIntent,
  captureIntent,
  confirmIntent,
  createIntent,
  getIntent,
} from './payment_intents.ts'
import { showIntent } from './payment_intent.ts'
import type { Params } from './params.ts'
import { createRefund, getRefund, showRefund } from './refunds.ts'
import { cancelSetup, confirmSetup, createSetup, getSetup, showSetup } from './setup_intents.ts'
import type { State } from './state.ts'
import { createToken, getToken, showToken } from './tokens.ts'

export interface Operation {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Parameters on the top level; any other is refused. */
  readonly params: readonly string[]
  /** Whether JSON is taken as well. Stripe itself takes forms only; callers of gateways often send JSON. */
  readonly json?: true
  /** @returns the object on the wire */
  readonly run: (state: State, params: Params, id: string) => { [name: string]: unknown }
}

const names = (text: string) => [...text.split(' '), 'expand']

/** https://docs.stripe.com/api/payment_intents/create and confirm, of recent and older versions. */
const PAYMENT =
  'allowed_payment_method_types amount_details capture_method confirmation_token error_on_requires_action excluded_payment_method_types hooks mandate mandate_data off_session payment_details payment_method payment_method_data payment_method_options payment_method_types radar_options receipt_email return_url setup_future_usage shipping use_stripe_sdk'
const CONNECT = 'on_behalf_of transfer_data transfer_group application_fee_amount'
const DESCRIPTOR = 'statement_descriptor statement_descriptor_suffix'
const SETUP =
  'allowed_payment_method_types confirmation_token mandate_data payment_method payment_method_data payment_method_options payment_method_types return_url use_stripe_sdk'

export const OPERATIONS: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/payment_intents',
    params: names(
      `amount currency automatic_payment_methods confirm confirmation_method customer customer_account description metadata payment_method_configuration ${PAYMENT} ${CONNECT} ${DESCRIPTOR}`,
    ),
    json: true,
    run: (state, params) => showIntent(createIntent(state, params)),
  },
  {
    method: 'GET',
    path: '/v1/payment_intents/:id',
    params: names('client_secret'),
    run: (state, _, id) => showIntent(getIntent(state, id)),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/confirm',
    params: names(PAYMENT),
    json: true,
    run: (state, params, id) => showIntent(confirmIntent(state, id, params)),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/capture',
    params: names(
      `amount_to_capture amount_details application_fee_amount final_capture hooks metadata payment_details transfer_data ${DESCRIPTOR}`,
    ),
    run: (state, params, id) => showIntent(captureIntent(state, id, params)),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/cancel',
    params: names('cancellation_reason'),
    run: (state, params, id) => showIntent(cancelIntent(state, id, params)),
  },
  {
    method: 'POST',
    path: '/v1/charges',
    params: names(
      `amount application_fee capture currency customer description destination metadata radar_options receipt_email shipping source ${CONNECT} ${DESCRIPTOR}`,
    ),
    json: true,
    run: (state, params) => showCharge(createCharge(state, params)),
  },
  {
    method: 'GET',
    path: '/v1/charges/:id',
    params: names(''),
    run: (state, _, id) => showCharge(getCharge(state, id)),
  },
  {
    method: 'POST',
    path: '/v1/charges/:id/capture',
    params: names(
      `amount application_fee application_fee_amount receipt_email transfer_data transfer_group ${DESCRIPTOR}`,
    ),
    run: (state, params, id) => showCharge(captureCharge(state, id, params)),
  },
  {
    method: 'POST',
    path: '/v1/refunds',
    params: names(
      'amount charge currency customer instructions_email metadata origin payment_intent reason refund_application_fee reverse_transfer',
    ),
    run: (state, params) => showRefund(createRefund(state, params)),
  },
  {
    method: 'GET',
    path: '/v1/refunds/:id',
    params: names(''),
    run: (state, _, id) => showRefund(getRefund(state, id)),
  },
  {
    method: 'POST',
    path: '/v1/payment_methods',
    params: names('type card billing_details allow_redisplay metadata radar_options'),
    run: (state, params) => showMethod(createMethod(state, params)),
  },
  {
    method: 'GET',
    path: '/v1/payment_methods/:id',
    params: names(''),
    run: (state, _, id) => showMethod(getMethod(state, id)),
  },
  {
    method: 'POST',
    path: '/v1/setup_intents',
    params: names(
      `attach_to_self automatic_payment_methods confirm customer customer_account description excluded_payment_method_types flow_directions metadata on_behalf_of payment_method_configuration single_use usage ${SETUP}`,
    ),
    run: (state, params) => showSetup(createSetup(state, params)),
  },
  {
    method: 'GET',
    path: '/v1/setup_intents/:id',
    params: names('client_secret'),
    run: (state, _, id) => showSetup(getSetup(state, id)),
  },
  {
    method: 'POST',
    path: '/v1/setup_intents/:id/confirm',
    params: names(SETUP),
    run: (state, params, id) => showSetup(confirmSetup(state, id, params)),
  },
  {
    method: 'POST',
    path: '/v1/setup_intents/:id/cancel',
    params: names('cancellation_reason'),
    run: (state, _, id) => showSetup(cancelSetup(state, id)),
  },
  {
    method: 'POST',
    path: '/v1/tokens',
    params: names('card customer'),
    run: (state, params) => showToken(createToken(state, params)),
  },
  {
    method: 'GET',
    path: '/v1/tokens/:id',
    params: names(''),
    run: (state, _, id) => showToken(getToken(state, id)),
  },
]

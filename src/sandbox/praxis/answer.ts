/**
 * @module Answers and notifications in Praxis's shapes, signed: flat in 1.2, objects and a header in 1.3.
 */
import { json, type Answered } from '../exchange.ts'
import type { Merchant } from './merchants.ts'
import { signAll, signListed, type Message } from './signature.ts'
import type { State, Transaction } from './state.ts'

/** What 1.3 signs of an answer to a payment is not published: this is the cashier's order. */
const ANSWER = ['status', 'timestamp', 'redirect_url', 'customer.customer_token']
const MANAGED = [
  'status',
  'timestamp',
  'transaction.tid',
  'transaction.transaction_status',
  'transaction.processed_currency',
  'transaction.processed_amount',
]
/** https://docs.praxis.tech/reference/paymentnotification */
const NOTIFICATION = [
  'merchant_id',
  'application_key',
  'timestamp',
  'customer.customer_token',
  'session.order_id',
  'transaction.tid',
  'transaction.currency',
  'transaction.amount',
  'transaction.conversion_rate',
  'transaction.processed_currency',
  'transaction.processed_amount',
]

/** A message with the headers it goes with. */
export interface Signed {
  readonly body: Message
  readonly headers: Readonly<Record<string, string>>
}

/** The answer to a payment, payout or refund. */
export function answer(state: State, transaction: Transaction): Answered {
  const { version, merchant, status, details } = transaction
  const redirect_url = pageOf(state, transaction)
  if (version === '1.3') {
    const body = { status: 0, description: 'Ok', redirect_url, ...tree(state, transaction) }
    return write(listed(body, ANSWER, merchant))
  }
  return write(
    flat(
      {
        description: 'Ok',
        error_code: status === 'rejected' || status === 'error' ? '1' : '0',
        error_details: details,
        payment_processor: 'TestPP',
        redirect_url,
        status: 0,
        trace_id: transaction.id,
        transaction_id: transaction.processor_id,
        transaction_status: status,
        version,
      },
      merchant,
    ),
  )
}

/** The answer to a capture or a cancel. */
export function managed(state: State, transaction: Transaction): Answered {
  const { version, merchant } = transaction
  const said = { status: 0, description: 'Ok', version }
  return version === '1.2'
    ? write(flat(said, merchant))
    : write(
        listed({ ...said, ...tree(state, transaction), customer: undefined }, MANAGED, merchant),
      )
}

/** A refusal. Those of 1.2 are signed where the merchant is known; those of 1.3 never are. */
export function refused(
  version: '1.2' | '1.3',
  status: number,
  description: string,
  merchant: Merchant | null,
): Answered {
  const body = { status, description, version }
  return write(version === '1.2' && merchant ? flat(body, merchant) : { body, headers: {} })
}

/** What is sent to the merchant's own address when a status has changed. */
export function notification(state: State, transaction: Transaction): Signed {
  const { merchant, version, type, amount, currency } = transaction
  const { secret: _, ...names } = merchant
  if (version === '1.3') {
    return listed(
      { ...names, conversion_rate: '1', ...tree(state, transaction) },
      NOTIFICATION,
      merchant,
    )
  }
  return flat(
    {
      ...names,
      transaction_type: type,
      transaction_status: transaction.status,
      transaction_id: transaction.processor_id,
      trace_id: transaction.id,
      order_id: transaction.order_id,
      pin: transaction.customer,
      amount,
      currency,
      charge_amount: amount,
      charge_currency: currency,
      payment_method: 'Credit Card',
      payment_processor: 'TestPP',
      error_code: transaction.status === 'rejected' ? '1' : '0',
      error_details: transaction.details,
      version,
    },
    merchant,
  )
}

/** 1.3's objects. A redirect is an `initialized` transaction there. */
function tree(state: State, transaction: Transaction): Message {
  const { type, status, amount, currency, details, order_id, customer } = transaction
  const approved = status === 'approved'
  return {
    customer: { customer_token: `token-of-${customer}` },
    session: { order_id, cid: customer, currency, amount },
    transaction: {
      transaction_type: type === 'authorize' ? 'authorization' : type,
      transaction_status: status === 'pending_async' ? 'initialized' : status,
      tid: transaction.id,
      transaction_id: transaction.processor_id,
      currency,
      amount,
      conversion_rate: approved ? '1' : null,
      processed_currency: approved ? currency : null,
      processed_amount: approved ? amount : null,
      payment_processor: 'TestPP',
      status_code: approved ? 'SC-002' : null,
      status_details: details,
    },
    version: '1.3',
    timestamp: state.now(),
  }
}

function pageOf(state: State, { status, page }: Transaction): string | null {
  return status === 'pending_async' && page !== null ? `${state.url()}/praxis/3ds/${page}` : null
}

function flat(body: Message, { secret }: Merchant): Signed {
  return { body: { ...body, signature: signAll(body, secret) }, headers: {} }
}

function listed(body: Message, paths: readonly string[], { secret }: Merchant): Signed {
  return { body, headers: { 'gt-authentication': signListed(body, paths, secret) } }
}

function write({ body, headers }: Signed): Answered {
  return json(200, body, headers)
}

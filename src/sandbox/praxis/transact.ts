/**
 * @module What the requests do: payments, payouts, refunds, and the end of an authorization.
 */
import { APPROVED, FAILED, readCard, type Ending, type Fields } from './card.ts'
import type { Merchant } from './merchants.ts'
import { bad } from './refusal.ts'
import { step, type Message } from './signature.ts'
import type { State, Status, Transaction } from './state.ts'
import { checkFields } from './table.ts'

type Version = Transaction['version']

const TYPES: Readonly<Record<string, Transaction['type']>> = {
  sale: 'sale',
  authorize: 'authorize',
  authorization: 'authorize',
  payout: 'payout',
  refund: 'refund',
}

const STATUSES: Readonly<Record<Ending['status'], Status>> = {
  approved: 'approved',
  rejected: 'rejected',
  redirect: 'pending_async',
  pending: 'pending',
  error: 'error',
}

/** Along with this amount a payment is pending, and approved a moment later. */
const SLOW_AMOUNT = 713

/** A new transaction. Throws a Refusal for fields that are not as the tables have them, and for an order that was there already. */
export function transact(
  state: State,
  message: Message,
  merchant: Merchant,
  version: Version,
): Transaction {
  const named = String(message['transaction_type'] ?? '')
  const type = TYPES[named]
  if (!type || (named === 'authorization') !== (version === '1.3' && type === 'authorize')) {
    throw bad('Input validation failed: transaction_type.')
  }
  checkFields(message, version, named)
  const ending =
    type === 'refund' ? refund(state, message, merchant) : pay(state, message, merchant, type)
  const order = `${merchant.merchant_id} ${String(message['order_id'])}`
  if (state.orders.has(order)) throw bad('The order_id value is not unique!')
  state.orders.set(order, true)
  const text = (name: string): string | null => {
    const value = message[name]
    return value === undefined || value === null || value === '' ? null : String(value)
  }
  return state.add({
    version,
    merchant,
    type,
    order_id: text('order_id') ?? '',
    customer: text(version === '1.2' ? 'pin' : 'cid') ?? '',
    amount: Number(message['amount']),
    currency: text('currency') ?? '',
    return_url: text('return_url'),
    notification_url: text('notification_url'),
    status: statusOf(type, ending),
    details: ending.details,
    then: ending.then ?? APPROVED,
  })
}

/** Captures or cancels what is authorized. */
export function manage(
  state: State,
  id: unknown,
  merchant: Merchant,
  action: 'capture' | 'cancel',
): Transaction {
  const transaction = state.transactions.get(String(id))
  if (!transaction || transaction.merchant !== merchant) throw bad('Transaction not found!')
  if (transaction.status !== 'authorized') throw bad('Transaction is not authorized.')
  transaction.status = action === 'capture' ? 'approved' : 'cancelled'
  transaction.details = `[TEST] Transaction status: ${transaction.status}`
  return transaction
}

/** What was pending is done, as it was meant to be or not. */
export function settle(transaction: Transaction, ending: Ending = transaction.then): void {
  transaction.status = statusOf(transaction.type, ending)
  transaction.details = ending.details
}

/** The customer has been at the bank's page. */
export function finish(state: State, transaction: Transaction, complete: boolean): void {
  if (transaction.page !== null) state.pages.delete(transaction.page)
  settle(transaction, complete ? transaction.then : FAILED)
}

function statusOf(type: Transaction['type'], { status }: Ending): Status {
  return type === 'authorize' && status === 'approved' ? 'authorized' : STATUSES[status]
}

function pay(
  state: State,
  message: Message,
  { secret }: Merchant,
  type: Transaction['type'],
): Ending {
  const given = cardOf(message)
  const { number, expiry, cvv } = given
  const wanted = type === 'payout' ? [number, expiry] : [number, expiry, cvv]
  if (wanted.includes(undefined)) throw bad('Request parameter missing: card data.')
  const ending = readCard(given, secret, Number(message['timestamp']), state.now())
  const isSlow = ending.status === 'approved' && Number(message['amount']) === SLOW_AMOUNT
  return isSlow ? { status: 'pending', details: '[TEST] Transaction status: pending' } : ending
}

function refund(state: State, message: Message, merchant: Merchant): Ending {
  const paid = state.transactions.get(String(message['reference_id']))
  if (!paid || paid.merchant !== merchant || paid.type === 'refund') {
    throw bad('Transaction not found!')
  }
  if (paid.status !== 'approved') throw bad('Transaction must be an approved deposit.')
  if (paid.currency !== message['currency']) throw bad('Input validation failed: currency.')
  const amount = Number(message['amount'])
  if (paid.refunded + amount > paid.amount) {
    return { status: 'rejected', details: '[TEST] Transaction status: amount over the deposit' }
  }
  if (cardOf(message).number !== undefined) {
    readCard(cardOf(message), merchant.secret, Number(message['timestamp']), state.now())
  }
  paid.refunded += amount
  return APPROVED
}

/** Under either set of names, or in 1.3's object. */
function cardOf(message: Message): Fields {
  const card = step(message, 'card_data') ?? message
  const of = (name: string): unknown => step(card, `${name}_encrypted`) ?? step(card, name)
  return { number: of('card_number'), expiry: of('card_exp'), cvv: of('cvv') }
}

/**
 * @module Praxis's paths: admits, runs, answers signed, and tells the merchant's own address what has changed.
 */
import type { Answered, Handler, Received } from '../exchange.ts'
import { mask } from '../mask.ts'
import { admit, readMerchant, readMessage, type Scheme } from './admit.ts'
import { answer, managed, notification, refused } from './answer.ts'
import type { Merchant } from './merchants.ts'
import type { Notifier } from './notifier.ts'
import { answerPage, showPage } from './page.ts'
import { manage, settle, transact } from './transact.ts'
import { bad, Refusal } from './refusal.ts'
import type { Message } from './signature.ts'
import { createState, type Transaction } from './state.ts'

/** https://doc.praxiscashier.com/integration_docs/latest/direct_api/card, as public code has the order; a refund's by analogy. */
const DIRECT = [
  'merchant_id',
  'application_key',
  'timestamp',
  'transaction_type',
  'cid',
  'order_id',
  'currency',
  'amount',
  'gateway',
  'notification_url',
  'return_url',
  'card_data.card_number',
]
/** https://doc.praxiscashier.com/integration_docs/latest/agent_api/manage_transaction */
const MANAGE = ['merchant_id', 'application_key', 'timestamp', 'intent', 'tid']

interface Route {
  readonly method: string
  readonly path: string
  readonly handle: Handler
}

/** The routes. @param clock milliseconds since 1970 */
export function createPraxis(
  clock: () => number,
  url: () => string,
  notifier: Notifier,
): readonly Route[] {
  const state = createState(clock, url)
  type Run = (message: Message, merchant: Merchant) => Answered

  const post = (path: string, scheme: Scheme, run: Run): Route => ({
    method: 'POST',
    path,
    handle: (request) => serve(request, scheme, run),
  })

  function serve(request: Received, scheme: Scheme, run: Run): Answered {
    let merchant: Merchant | null = null
    try {
      const message = readMessage(request)
      merchant = readMerchant(message)
      admit(message, request.headers, merchant, scheme, state.now())
      return run(message, merchant)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return refused(scheme.version, error.status, mask(error.message), merchant)
    }
  }

  const start =
    (version: '1.2' | '1.3'): Run =>
    (message, merchant) => {
      const transaction = transact(state, message, merchant, version)
      const said = answer(state, transaction)
      changed(transaction)
      if (transaction.status !== 'pending') return said
      // The answer says pending; what the processor says a moment later is told by notification.
      settle(transaction)
      changed(transaction)
      return said
    }

  function end(id: unknown, merchant: Merchant, action: 'capture' | 'cancel'): Answered {
    const transaction = manage(state, id, merchant, action)
    changed(transaction)
    return managed(state, transaction)
  }

  function changed(transaction: Transaction): void {
    const { notification_url, status } = transaction
    if (notification_url === null || status === 'pending' || status === 'pending_async') return
    const { body, headers } = notification(state, transaction)
    notifier.send(notification_url, headers, JSON.stringify(body))
  }

  const old: Scheme = { version: '1.2' }
  const direct: Scheme = { version: '1.3', signed: DIRECT }
  return [
    post('/api/process', old, start('1.2')),
    post('/api/deposit-capture', old, ({ trace_id }, merchant) =>
      end(trace_id, merchant, 'capture'),
    ),
    post('/api/deposit-cancel', old, ({ trace_id }, merchant) => end(trace_id, merchant, 'cancel')),
    post('/api/direct-process', direct, start('1.3')),
    post('/direct/refund', direct, start('1.3')),
    post(
      '/agent/manage-transaction',
      { version: '1.3', signed: MANAGE },
      ({ intent, tid }, merchant) => {
        const action = /^(capture|cancel)-authorization$/.exec(String(intent))?.[1]
        if (!action) throw bad('Input validation failed: intent.')
        return end(tid, merchant, action === 'capture' ? 'capture' : 'cancel')
      },
    ),
    { method: 'GET', path: '/praxis/3ds/:page', handle: showPage(state) },
    { method: 'POST', path: '/praxis/3ds/:page', handle: answerPage(state, changed) },
  ]
}

/**
 * @module What the sandbox's Praxis remembers, in memory and bounded: transactions without their cards.
 */
import { randomBytes } from 'node:crypto'
import { Shelf } from '../stripe/state.ts'
import type { Ending } from './card.ts'
import type { Merchant } from './merchants.ts'

export type Status =
  'pending' | 'pending_async' | 'authorized' | 'approved' | 'rejected' | 'cancelled' | 'error'

export interface Transaction {
  /** `trace_id` in 1.2, `tid` in 1.3. */
  readonly id: number
  /** The processor's own id. */
  readonly processor_id: string
  readonly version: '1.2' | '1.3'
  readonly merchant: Merchant
  readonly type: 'sale' | 'authorize' | 'payout' | 'refund'
  readonly order_id: string
  readonly customer: string
  readonly amount: number
  readonly currency: string
  readonly return_url: string | null
  readonly notification_url: string | null
  /** Of a redirect's page; null where there is none. */
  readonly page: string | null
  /** What follows when the customer, or the processor, is done. */
  readonly then: Ending
  status: Status
  details: string
  refunded: number
}

export interface State {
  /** Seconds since 1970. */
  readonly now: () => number
  readonly url: () => string
  readonly transactions: Shelf<Transaction>
  /** By merchant and order: each order once. */
  readonly orders: Shelf<true>
  /** By the page's secret part. */
  readonly pages: Shelf<Transaction>
  add(given: Omit<Transaction, 'id' | 'processor_id' | 'page' | 'refunded'>): Transaction
}

/** @param clock milliseconds since 1970 */
export function createState(clock: () => number, url: () => string): State {
  let last = 1_000_000_000
  const state: State = {
    now: () => Math.floor(clock() / 1000),
    url,
    transactions: new Shelf(),
    orders: new Shelf(),
    pages: new Shelf(),
    add(given) {
      const page = given.status === 'pending_async' ? randomBytes(16).toString('hex') : null
      const id = ++last
      const transaction = { ...given, id, page, processor_id: `1560${id}`, refunded: 0 }
      state.transactions.set(String(id), transaction)
      if (page !== null) state.pages.set(page, transaction)
      return transaction
    },
  }
  return state
}

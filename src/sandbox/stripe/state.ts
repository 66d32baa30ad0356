/**
 * @module What the sandbox's Stripe remembers, in memory and bounded: payments, cards by their behaviour, never a number or a code.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { Charge } from './charge.ts'
import type { PaymentIntent } from './payment_intent.ts'
import type { PaymentMethod } from './payment_method.ts'
import type { Refund } from './refunds.ts'
import type { SetupIntent } from './setup_intents.ts'
import type { Challenge } from './challenge.ts'
import type { Token } from './tokens.ts'

const MOST = 10_000

/** A map that forgets its oldest entry when it is full. */
export class Shelf<T> extends Map<string, T> {
  override set(id: string, value: T): this {
    super.set(id, value)
    const oldest = this.size > MOST ? this.keys().next().value : undefined
    if (oldest !== undefined) this.delete(oldest)
    return this
  }
}

export interface State {
  /** Seconds since 1970. */
  readonly now: () => number
  /** The sandbox's own address, for pages that a cardholder is sent to. */
  readonly url: () => string
  /** The same text for the same card number, for as long as the process runs. */
  readonly fingerprint: (number: string) => string
  readonly methods: Shelf<PaymentMethod>
  readonly tokens: Shelf<Token>
  readonly charges: Shelf<Charge>
  readonly intents: Shelf<PaymentIntent>
  readonly setups: Shelf<SetupIntent>
  readonly refunds: Shelf<Refund>
  readonly challenges: Shelf<Challenge>
}

/** @param clock milliseconds since 1970 */
export function createState(clock: () => number, url: () => string): State {
  const key = randomBytes(32)
  return {
    now: () => Math.floor(clock() / 1000),
    url,
    fingerprint: (number) =>
      createHmac('sha256', key)
        .update(number)
        .digest('base64url')
        .replace(/[-_]/g, '')
        .slice(0, 16),
    methods: new Shelf(),
    tokens: new Shelf(),
    charges: new Shelf(),
    intents: new Shelf(),
    setups: new Shelf(),
    refunds: new Shelf(),
    challenges: new Shelf(),
  }
}

/** A new id such as `ch_3Sb..`: the prefix and 24 letters and digits. */
export function newId(prefix: string): string {
  let text = ''
  while (text.length < 24) text += randomBytes(24).toString('base64url').replace(/[-_]/g, '')
  return `${prefix}_${text.slice(0, 24)}`
}

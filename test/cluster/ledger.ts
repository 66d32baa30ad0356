/**
 * @module What merchants know: every attempt with what they were told, and what was wrong with it at once.
 */
import type { Told } from './client.ts'

/** An attempt to pay: `plain` without a key, `keyed` with one, `coded` with a security code, `erased` with a token that was erased. */
export interface Attempt extends Told {
  readonly kind: 'plain' | 'keyed' | 'coded' | 'erased'
  /** Which payment: the last part of the path at the PSP, and the idempotency key where it has one. `ONE.1` and `ONE.2` share a security code. */
  readonly op: string
  /** Of the card that was meant. */
  readonly last4: string
}

/** How long what was ended elsewhere was still used, at most, in milliseconds. */
export interface Longest {
  key: number
  token: number
}

export interface Ledger {
  readonly attempts: Attempt[]
  /** Payments of which more may come to be known. */
  readonly running: Set<string>
  /** Tokens that were acknowledged and never erased, with the last digits of their cards. */
  readonly tokens: Map<string, string>
  /** Payments whose token was erased too long before they began: none may arrive. */
  readonly forbidden: Set<string>
  readonly longest: Longest
  /** What may never be seen. */
  readonly violations: string[]
  /** Keeps an attempt, and looks at what was told. */
  add(attempt: Attempt): void
}

/** What a merchant may be told while something fails; anything else is a fault, or a lie. */
const USUAL = new Set([
  '',
  'lost',
  'storage_unavailable',
  'sessions_unavailable',
  'unready',
  'overloaded',
  'psp_unreachable',
  'psp_timeout',
  'psp_broken',
  'idempotency_running',
  'idempotency_unknown',
  'cvc_session_unknown',
])

export function openLedger(): Ledger {
  const ledger: Ledger = {
    attempts: [],
    running: new Set(),
    tokens: new Map(),
    forbidden: new Set(),
    longest: { key: 0, token: 0 },
    violations: [],
    add(attempt) {
      ledger.attempts.push(attempt)
      const { kind, op, code, status, text } = attempt
      const ofErased = kind === 'erased' && code === 'token_unknown'
      if (!USUAL.has(code) && !ofErased) {
        ledger.violations.push(`${op}: told ${status} ${text.slice(0, 300)}`)
      }
    },
  }
  return ledger
}

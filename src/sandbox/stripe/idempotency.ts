/**
 * @module Idempotency keys: the same call twice acts once. https://docs.stripe.com/api/idempotent_requests
 */
import { invalid, StripeError } from './error.ts'
import { Shelf } from './state.ts'

const DAY = 86_400

interface Kept {
  readonly fingerprint: string
  readonly at: number
  /** Of the first call, which replays name in `original-request`. */
  readonly request: string
  readonly status: number
  readonly body: string
}

export interface Idempotency {
  /**
   * @param scope the API key and the idempotency key
   * @param fingerprint the same for the same method, path and parameters
   * @returns the first answer, or null where there is none
   * @throws StripeError 400 where the key stands for another call
   */
  find(scope: readonly [apiKey: string, key: string], fingerprint: string): Kept | null
  keep(scope: readonly [apiKey: string, key: string], kept: Omit<Kept, 'at'>): void
}

/** @param now seconds since 1970; an answer is kept for a day */
export function createIdempotency(now: () => number): Idempotency {
  const shelf = new Shelf<Kept>()
  const name = (scope: readonly string[]) => JSON.stringify(scope)
  return {
    find(scope, fingerprint) {
      if (scope[1].length > 255) {
        throw invalid('Idempotency keys can be at most 255 characters long.', {
          code: 'idempotency_key_too_long',
        })
      }
      const kept = shelf.get(name(scope))
      if (!kept || kept.at + DAY <= now()) return null
      if (kept.fingerprint === fingerprint) return kept
      throw new StripeError(
        'idempotency_error',
        `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${scope[1]}' if you meant to execute a different request.`,
      )
    },
    keep(scope, kept) {
      shelf.set(name(scope), { ...kept, at: now() })
    },
  }
}

/**
 * @module What one request may take of this process: a place among those under way, room for its body, its caller's quota.
 */
import { GatewayError } from '../errors.ts'
import { TENANT_SHARE } from './destinations.ts'
import { quotaHeaders, type Quota, type QuotaOwner, type Quotas } from './quotas.ts'
import { openSlots } from './slots.ts'

/** One request, from its head to its answer. */
export interface Visit {
  /** Lets a known caller on. Throws `rate_limited`, or `overloaded` where its tenant has too many under way. */
  admit(owner: QuotaOwner): Promise<void>
  /** Takes room for that many more bytes of the body. Throws `overloaded`. */
  hold(bytes: number): void
  /** What the answer tells of the caller's quotas. */
  headers(): readonly (readonly [string, string])[]
  /** Gives everything back. */
  leave(): void
}

export interface Visits {
  /** Throws `overloaded` where as many are under way as may be. */
  enter(): Visit
  running(): number
}

export interface VisitRules {
  readonly concurrent_requests: number
  readonly body_bytes: number
}

/** Counts what is under way in this process. */
export function openVisits(rules: VisitRules, quotas: Quotas): Visits {
  const all = openSlots(rules.concurrent_requests)
  const own = openSlots(Math.ceil(rules.concurrent_requests * TENANT_SHARE))
  let held = 0

  return {
    running: () => all.running(''),
    enter() {
      const leaves = [entered(all.enter(''))]
      let bytes = 0
      let asked: readonly Quota[] = []
      return {
        async admit(owner) {
          leaves.push(entered(own.enter(owner.tenant)))
          const verdict = await quotas.take(owner)
          asked = verdict.quotas
          if (verdict.refused) throw verdict.refused
        },
        hold(more) {
          if (rules.body_bytes > 0 && held + more > rules.body_bytes) throw overloaded()
          held += more
          bytes += more
        },
        headers: () => quotaHeaders(asked),
        leave() {
          for (const leave of leaves.splice(0)) leave()
          held -= bytes
          bytes = 0
        },
      }
    },
  }
}

function entered(leave: (() => void) | null): () => void {
  if (leave) return leave
  throw overloaded()
}

function overloaded(): GatewayError {
  return new GatewayError('overloaded', 'The gateway has more requests than it can take.', {
    retry_after: 1,
  })
}

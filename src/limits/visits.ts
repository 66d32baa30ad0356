/**
 * @module What one request may take of this process: a place among those under way, room for its body, its caller's quota.
 */
import { GatewayError } from '../errors.ts'
import { quotaHeaders, type Quota, type QuotaOwner, type Quotas } from './quotas.ts'
import { openSlots, TENANT_SHARE } from './slots.ts'
import type { Waits } from './waits.ts'

/** One request, from its head to its answer. */
export interface Visit {
  /** Lets a known caller on. Throws `rate_limited`, or `overloaded` where its tenant has too many under way. */
  admit(owner: QuotaOwner): Promise<void>
  /** Takes room for that many more bytes of the body. Throws `overloaded`. */
  hold(bytes: number): void
  /** Waits for the caller's side: meanwhile this process has nothing to do for it. */
  wait<T>(run: () => Promise<T>): Promise<T>
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
  /** Requests under way, those too that wait for a PSP. */
  readonly concurrent_requests: number
  /** Requests that this process itself works on. */
  readonly concurrent_work: number
  readonly body_bytes: number
}

/** Everybody, beside tenants by their ids. */
const ALL = ''

/**
 * Counts what is under way in this process. How long a request takes here is how many are worked on before it, so that is
 * what is bounded: a clock that runs late only tells of it afterwards, and cannot tell work from a burst of refusals.
 */
export function openVisits(rules: VisitRules, quotas: Quotas, waits: Waits): Visits {
  const all = openSlots(rules.concurrent_requests)
  const own = openSlots(Math.ceil(rules.concurrent_requests * TENANT_SHARE))
  const most = rules.concurrent_work || Infinity
  let held = 0

  return {
    running: () => all.running(ALL),
    enter() {
      if (all.running(ALL) - waits.running(ALL) >= most) throw overloaded()
      const leaves = [entered(all.enter(ALL))]
      let tenant: string | null = null
      let bytes = 0
      let asked: readonly Quota[] = []
      return {
        async admit(owner) {
          tenant = owner.tenant
          const working = own.running(tenant) - waits.running(tenant)
          if (working >= Math.ceil(most * TENANT_SHARE)) throw overloaded()
          leaves.push(entered(own.enter(tenant)))
          const verdict = await quotas.take(owner)
          asked = verdict.quotas
          if (verdict.refused) throw verdict.refused
        },
        hold(more) {
          if (rules.body_bytes > 0 && held + more > rules.body_bytes) throw overloaded()
          held += more
          bytes += more
        },
        wait: (run) => waits.wait(tenant, run),
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

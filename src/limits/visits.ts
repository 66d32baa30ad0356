/**
 * @module What one request may take of this process: a place among those under way, room for its body, its caller's quota.
 */
import { GatewayError } from '../errors.ts'
import { openDoor } from './door.ts'
import { quotaHeaders, type Quota, type QuotaOwner, type Quotas } from './quotas.ts'
import { openSlots, TENANT_SHARE } from './slots.ts'
import { openWaits, type Waits } from './waits.ts'

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

/** Who comes. */
export interface Visitor {
  /** Whose request it is as far as it is known before any credential is looked at: its address. */
  readonly name: string
  /** What its body has; infinite where that was not declared. */
  readonly bytes: number
  /** Whether nobody is there any more to be answered. */
  readonly isGone: () => boolean
}

export interface Visits {
  /** Resolves when it may come in, at once as a rule. Throws `overloaded` where it may not. */
  enter(visitor: Visitor): Promise<Visit>
  /** Where those are counted that wait for somebody else. */
  readonly waits: Waits
  running(): number
}

export interface VisitRules {
  /** Requests under way, those too that wait for a PSP. */
  readonly concurrent_requests: number
  /** Requests that this process itself works on. */
  readonly concurrent_work: number
  /** Milliseconds that a request waits for others to be done. */
  readonly patience_ms: number
  readonly body_bytes: number
}

/** Everybody, beside tenants by their ids. */
const ALL = ''

/** Counts what is under way in this process. */
export function openVisits(rules: VisitRules, quotas: Quotas): Visits {
  const all = openSlots(rules.concurrent_requests)
  const own = openSlots(Math.ceil(rules.concurrent_requests * TENANT_SHARE))
  const waits = openWaits(() => door.left())
  const door = openDoor({
    most: rules.concurrent_work,
    patience_ms: rules.patience_ms,
    working: () => all.running(ALL) - waits.running(ALL),
  })
  let held = 0

  return {
    running: () => all.running(ALL),
    waits,
    async enter({ name, bytes: size, isGone }) {
      const admitted = door.enter(name, size)
      // Who went away while it waited has been told nothing, and is taken to have tried again.
      if (admitted && (!(await admitted) || isGone())) throw overloaded()
      if (!all.enter(ALL)) throw overloaded()
      let tenant: string | null = null
      let gone = false
      let bytes = 0
      let asked: readonly Quota[] = []
      return {
        async admit(owner) {
          if (!own.enter(owner.tenant)) throw overloaded()
          tenant = owner.tenant
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
          if (gone) return
          gone = true
          all.leave(ALL)
          if (tenant !== null) own.leave(tenant)
          door.left()
          held -= bytes
        },
      }
    },
  }
}

function overloaded(): GatewayError {
  return new GatewayError('overloaded', 'The gateway has more requests than it can take.', {
    retry_after: 1,
  })
}

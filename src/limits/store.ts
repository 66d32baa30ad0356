/**
 * @module How much of a quota is left: one interface, in memory, in Redis, or in the process that keeps it for others.
 */

/** So many in a time: `limit` at once, refilled evenly at `limit` per `window_ms`. */
export interface Rule {
  readonly limit: number
  readonly window_ms: number
}

/** What a quota says of one request. */
export interface Taken {
  readonly allowed: boolean
  readonly limit: number
  /** Whole requests that would still be allowed now. */
  readonly remaining: number
  /** Milliseconds until the quota is whole again. */
  readonly reset_ms: number
  /** Milliseconds until this request would be allowed; 0 where it is. */
  readonly retry_ms: number
}

/** Keeps quotas. */
export interface LimitStore {
  /**
   * Takes `cost` (by default 1) of the quota of `key`, or nothing where it is not allowed. A cost of 0 looks and takes
   * nothing: `allowed` then says whether 1 would be. Keys are `kind:name`. May reject: then the caller decides.
   */
  take(key: string, rule: Rule, cost?: number): Promise<Taken>
  /** Takes one of each, in turn, until one is not allowed: gives those that were asked. Absent where one question is as dear as many. */
  takeInTurn?(asked: readonly Asked[]): Promise<readonly Taken[]>
  close(): void
}

/** A quota to take one of. */
export interface Asked {
  readonly key: string
  readonly rule: Rule
}

/** {@link LimitStore.takeInTurn} by one question after the other. */
export async function takeInTurn(
  store: Pick<LimitStore, 'take'>,
  asked: readonly Asked[],
): Promise<readonly Taken[]> {
  const all: Taken[] = []
  for (const { key, rule } of asked) {
    const taken = await store.take(key, rule)
    all.push(taken)
    if (!taken.allowed) break
  }
  return all
}

/** Half a microsecond: what sums of fractions may be off by. */
const EPSILON = 0.0005

/**
 * The generic cell rate algorithm (ITU-T I.371), a leaky bucket in one number: `full_at`, the time when the quota is
 * whole again; null for one that was never used. All times in milliseconds. Gives the number to keep.
 *
 * One number a key, where a sliding window needs one a request; it can be kept by one atomic step anywhere; and it lets
 * through an even rate, where a fixed window lets through twice its limit at the seam.
 */
export function gcra(
  full_at: number | null,
  now: number,
  { limit, window_ms }: Rule,
  cost: number,
): { readonly taken: Taken; readonly full_at: number } {
  const each = window_ms / limit
  // Never further away than a window, wherever the clock jumped.
  const start = Math.min(Math.max(full_at ?? now, now), now + window_ms)
  const over = start + Math.max(cost, 1) * each - (now + window_ms)
  const allowed = over <= EPSILON
  const next = allowed ? start + cost * each : start
  return {
    full_at: next,
    taken: {
      allowed,
      limit,
      remaining: Math.max(0, Math.floor((now + window_ms - next) / each + EPSILON)),
      reset_ms: Math.ceil(next - now),
      retry_ms: allowed ? 0 : Math.ceil(over),
    },
  }
}

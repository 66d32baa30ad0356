/**
 * @module What a caller may do in a time: by its own key, and with all others of its tenant; and what strangers may try.
 */
import { GatewayError } from '../errors.ts'
import { fault, type Log } from '../telemetry/log.ts'
import { addressKey } from './address.ts'
import { takeInTurn, type Asked, type LimitStore, type Rule, type Taken } from './store.ts'

/** Whose quota is taken. */
export interface QuotaOwner {
  readonly tenant: string
  readonly id: string
  /** Its own rule, in place of the one for all; null has none. */
  readonly rate?: Rule | null
}

export interface QuotaRules {
  readonly key_rate: Rule | null
  readonly tenant_rate: Rule | null
  /** Failed attempts of an address. */
  readonly address_failures: Rule | null
}

/** A quota that was asked for, by the name that callers see. */
export interface Quota {
  readonly name: 'key' | 'tenant'
  readonly rule: Rule
  readonly taken: Taken
}

export interface Verdict {
  /** Those that there are, as far as they were asked. */
  readonly quotas: readonly Quota[]
  /** `rate_limited` where one is used up. */
  readonly refused: GatewayError | null
}

export interface Quotas {
  /** Takes one request of all quotas of a caller. */
  take(owner: QuotaOwner): Promise<Verdict>
  /**
   * Counts a failed attempt of an address, and where it is known of what: of one thing all addresses together may fail ten
   * times as often as one. Resolves to null, or to `rate_limited` where there were too many: to be told in place of what
   * was wrong. Whoever has what is asked for is let through before this is ever called.
   */
  failed(address: string, target?: string): Promise<GatewayError | null>
}

const NO_QUOTA: Verdict = { quotas: [], refused: null }

/** How many times as often as one all addresses together may fail at one thing. */
const ADDRESSES = 10
const FROM_ADDRESS = 'Too many attempts from this address failed.'
const AT_TARGET = 'Too many attempts failed.'

/** An address that is refused is told of in the log this often. */
const TOLD: Rule = { limit: 1, window_ms: 60_000 }

/** Quotas in a store. A store that fails limits nobody: a payment is worth more than a count. */
export function openQuotas(store: LimitStore, rules: QuotaRules, log: Log): Quotas {
  async function ask(key: string, rule: Rule): Promise<Taken | null> {
    try {
      return await store.take(key, rule)
    } catch (error) {
      log.warn('limits.unavailable', fault(error))
      return null
    }
  }

  async function askInTurn(asked: readonly Asked[]): Promise<readonly Taken[]> {
    try {
      return await (store.takeInTurn?.(asked) ?? takeInTurn(store, asked))
    } catch (error) {
      log.warn('limits.unavailable', fault(error))
      return []
    }
  }

  return {
    async take({ tenant, id, rate = rules.key_rate }) {
      const limiting: (Asked & Pick<Quota, 'name'>)[] = []
      if (rate) limiting.push({ name: 'key', key: `key:${tenant}:${id}`, rule: rate })
      const shared = rules.tenant_rate
      if (shared) limiting.push({ name: 'tenant', key: `tenant:${tenant}`, rule: shared })
      if (limiting.length === 0) return NO_QUOTA
      // In turn: what a key is refused is not taken from its tenant.
      const all = await askInTurn(limiting)
      const quotas = all.flatMap((taken, at): Quota[] => {
        const { name, rule } = limiting[at] ?? {}
        return name && rule ? [{ name, rule, taken }] : []
      })
      const used = quotas.find(({ taken }) => !taken.allowed)
      const refused = used ? limited(`The rate of this ${used.name} is used up.`, used.taken) : null
      return { quotas, refused }
    },
    async failed(address, target) {
      const rule = rules.address_failures
      if (!rule) return null
      const key = addressKey(address)
      const asked = [{ key: `address:${key}`, rule, message: FROM_ADDRESS }]
      if (target !== undefined) {
        const limit = rule.limit * ADDRESSES
        asked.push({ key: `target:${target}`, rule: { ...rule, limit }, message: AT_TARGET })
      }
      for (const { key, rule, message } of asked) {
        const taken = await ask(key, rule)
        if (!taken || taken.allowed) continue
        const first = await ask(`told:${key}`, TOLD)
        if (first?.allowed) log.warn('auth.failures', { address, count: rule.limit })
        return limited(message, taken)
      }
      return null
    },
  }
}

function limited(message: string, { retry_ms }: Taken): GatewayError {
  return new GatewayError('rate_limited', message, { retry_after: seconds(retry_ms) })
}

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/: `"key";q=400;w=2` and `"key";r=399;t=1`. */
export function quotaHeaders(quotas: readonly Quota[]): readonly (readonly [string, string])[] {
  if (quotas.length === 0) return []
  const policy = ({ name, rule }: Quota): string =>
    `"${name}";q=${rule.limit};w=${seconds(rule.window_ms)}`
  const state = ({ name, taken }: Quota): string =>
    `"${name}";r=${taken.remaining};t=${seconds(taken.allowed ? taken.reset_ms : taken.retry_ms)}`
  return [
    ['ratelimit-policy', quotas.map(policy).join(', ')],
    ['ratelimit', quotas.map(state).join(', ')],
  ]
}

/** Whole seconds, rounded up: who waits for them does not come too early. */
function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000))
}

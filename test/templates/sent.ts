/**
 * @module What a preset sends, through the core's own line: plan, holes, encoding, signature. Nothing is sent.
 */
import type { Intent, OperationName } from '../../src/adapter.ts'
import type { Job, Outgoing } from '../../src/forward/call.ts'
import { accountOf, callOf } from '../../src/conformance/trial.ts'
import { placeOf } from '../../src/forward/destination.ts'
import { cardOf } from '../../src/forward/fill.ts'
import { holesOf } from '../../src/forward/holes.ts'
import { planOf } from '../../src/forward/plan.ts'
import { render } from '../../src/forward/render.ts'
import { sign } from '../../src/forward/sign.ts'
import type { Adapter, Plan } from '../../src/adapter.ts'

/** The first part of a fixture: what is wanted, of whom, when. */
export interface Wanted {
  readonly operation: OperationName
  readonly credentials: Readonly<Record<string, string>>
  readonly options?: Readonly<Record<string, string>>
  readonly mode?: 'live' | 'sandbox'
  readonly intent: Partial<Intent>
  readonly card?: Partial<typeof CARD>
  readonly key?: string
  /** Seconds since 1970. */
  readonly now?: number
  readonly nonce?: string
  /** A caller's own request in place of the operation's: its body. */
  readonly body?: string
}

const CARD = {
  ...{ number: '4111111111111111', cvc: '123', exp_month: '09', exp_year: '2031' },
  ...{ holder: 'Longbob Longsen', expiry: '09/31', brand: 'visa', bin: '411111', last4: '1111' },
}
export const NOW = 1_700_000_000
export const NONCE = '9b2d4f60-1c3e-4a57-8b69-0d1e2f3a4b5c'

/** The request that an adapter makes of it. */
export async function sentBy(adapter: Adapter, wanted: Wanted): Promise<Outgoing> {
  const { credentials, options = {}, operation, now = NOW, nonce = NONCE } = wanted
  const intent = { extra: {}, ...wanted.intent }
  const trial = {
    operation,
    intent,
    options,
    mode: wanted.mode ?? 'sandbox',
    key: wanted.key ?? 'key-1',
  } as const
  const account = accountOf(adapter, credentials, trial)
  const call = callOf(trial, CARD.cvc)
  const own: Plan | null =
    wanted.body === undefined
      ? null
      : {
          method: 'POST',
          path: '/own',
          headers: { 'content-type': 'application/json' },
          body: { template: [wanted.body] },
        }
  const wants =
    own && ({ kind: 'request', origin: new URL(adapter.hosts.sandbox).origin, plan: own } as const)
  const {
    plan,
    origin,
    intent: full,
  } = planOf(wants ? { ...call, wants } : call, account, 'fwd_1', now * 1000)
  const job: Job = {
    ...{ id: 'fwd_1', call, account, plan, origin, intent: full, holes: holesOf(plan) },
    ...{ place: placeOf(origin), wanted: [], started: now * 1000, deadline: now * 1000 + 60_000 },
    began: performance.now(),
  }
  const tokens = new Map([['', { card: { ...CARD, ...wanted.card } }]])
  const opened = full && { card: cardOf(tokens.get('')), credentials, intent: full }
  const values = {
    ...{ tokens, rows: new Map(), credentials, session: {} },
    derive: (name: string) => (opened && adapter.derive?.[name]?.(opened)) ?? null,
  }
  const scope = {
    ...values,
    derived: new Map<string, string>(),
    signing: opened && { credentials, intent: opened.intent },
    identity: null,
    leaving: () => undefined,
  }
  return sign(job, scope, render(job, scope), nonce)
}

/** The request as text: first line, headers by name, body as it is. */
export function asText({ method, origin, target, headers, body }: Outgoing): string {
  const lines = headers
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .filter((line) => !line.startsWith('user-agent: '))
    .toSorted()
  return [`${method} ${origin}${target}`, ...lines, '', body.toString('utf8')].join('\n')
}

/**
 * @module The plan of a call: the caller's own, or the one its account's adapter makes.
 */
import type { Intent, Plan, Text } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { asHole } from '../hole.ts'
import { baseOf } from './account.ts'
import type { Account, Call, Wish } from './call.ts'
import { placeOf } from './destination.ts'
import { operationOf } from './needs.ts'

export interface Planned {
  readonly plan: Plan
  readonly origin: string
  /** Present where there is an account. */
  readonly intent: Intent | null
}

/** The plan. Throws `missing_fields`, `operation_unsupported` or `adapter_failed`. `id` and `now` are the forward's. */
export function planOf(call: Call, account: Account | null, id: string, now: number): Planned {
  const { wants } = call
  if (wants.kind === 'intent') {
    if (account) return planWish(call, wants, account, id, now)
    throw new GatewayError('missing_fields', 'A forward by operation needs an account.', {
      param: 'account',
    })
  }
  if (!account) return { plan: wants.plan, origin: wants.origin, intent: null }
  requireOwnHost(account, wants.origin)
  // The caller's own words win over the adapter's.
  const headers = { ...account.adapter.headers, ...wants.plan.headers }
  const intent = intentOf(call, account, id, now, 'request', { extra: {} })
  return { plan: { ...wants.plan, headers }, origin: wants.origin, intent }
}

/** An account's credentials go to its PSP and nowhere else, whatever else is listed. */
function requireOwnHost(account: Account, origin: string): void {
  const [own, asked] = [placeOf(baseOf(account)), placeOf(origin)]
  if (own.host === asked.host && own.port === asked.port) return
  throw new GatewayError('destination_denied', 'The account does not belong to this host.', {
    param: 'account',
    hint: `Requests with this account go to ${own.host}; leave the account out for other hosts.`,
  })
}

function intentOf(
  call: Call,
  { mode, options, adapter }: Account,
  id: string,
  now: number,
  operation: Intent['operation'],
  wish: Wish['intent'],
): Intent {
  const defaults = Object.entries(adapter.options ?? {}).map(([name, { choices }]) => [
    name,
    choices[0],
  ])
  return {
    ...wish,
    operation,
    idempotency_key: call.idempotency_key ?? id,
    now: Math.floor(now / 1000),
    mode,
    options: { ...Object.fromEntries(defaults), ...options },
  }
}

function planWish(call: Call, wish: Wish, account: Account, id: string, now: number): Planned {
  const { adapter } = account
  const intent = intentOf(call, account, id, now, wish.operation, wish.intent)
  const operation = operationOf(adapter, call, wish, intent)
  const base = new URL(baseOf(account))
  const plan = withKey(
    build(() => operation.build(intent), adapter.name),
    account,
    intent,
  )
  return {
    plan: {
      ...plan,
      path: prefixed(base.pathname.replace(/\/$/, ''), plan.path),
      headers: { ...adapter.headers, ...plan.headers },
    },
    origin: base.origin,
    intent,
  }
}

function build(run: () => Plan, adapter: string): Plan {
  try {
    return run()
  } catch (cause) {
    // The contract lets an adapter explain itself: it has seen no card and no credential yet.
    const why = cause instanceof Error ? cause.message : 'no reason given'
    throw new GatewayError('adapter_failed', `${adapter} could not make the request: ${why}`, {
      cause,
    })
  }
}

/** Puts the idempotency key where this PSP takes it. */
function withKey(plan: Plan, { adapter }: Account, intent: Intent): Plan {
  const place = adapter.idempotency
  if (place === 'unsupported') return plan
  if ('header' in place) {
    return { ...plan, headers: { ...plan.headers, [place.header]: intent.idempotency_key } }
  }
  const { body } = plan
  if (!body || !('fields' in body)) return plan
  const fields = { ...body.fields, [place.field]: intent.idempotency_key }
  return { ...plan, body: { ...body, fields } }
}

function prefixed(prefix: string, path: Text<string>): Text<string> {
  if (prefix === '') return path
  if (typeof path === 'string') return prefix + path
  const hole = asHole(path)
  // Text is a string, a hole, or a list of both.
  return hole ? [prefix, path as never] : [prefix, ...(path as readonly string[])]
}

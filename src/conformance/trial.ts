/**
 * @module One run of an operation: the call and the account that the core is given for it.
 */
import type { Adapter, OperationName } from '../adapter.ts'
import type { Account, Call, Wish } from '../forward/call.ts'
import { Secret } from '../secret.ts'
import type { Card, Credentials } from './made_up.ts'

/** Far from any real clock, so that a time that does not come from the intent shows. In milliseconds since 1970. */
export const NOW = 1_234_567_890_000

/** One run of an operation. */
export interface Trial {
  readonly operation: OperationName
  readonly intent: Wish['intent']
  /** Choices of the account. */
  readonly options: Readonly<Record<string, string>>
  readonly mode?: 'live' | 'sandbox'
  /** None: the call names no token. */
  readonly card?: Card | null
  readonly cvc?: boolean
  readonly now?: number
  readonly key?: string
}

/** The call of a trial. */
export function callOf(trial: Trial, code: string): Call {
  const { operation, intent, card, cvc = card !== null, key = 'key-of-the-check' } = trial
  return {
    caller: { tenant: 'check', test: true, scopes: new Set(), id: 'check', request_id: 'check' },
    request_id: 'req_check',
    dialect: 'native',
    tokens: card === null ? new Map() : new Map([['', 'tok_check']]),
    cvc: cvc ? { code: new Secret(code) } : null,
    account: 'acct_check',
    wants: { kind: 'intent', operation, intent },
    idempotency_key: key,
    body: new Uint8Array(),
    timeout_ms: null,
    dry_run: true,
  }
}

/** The account of a trial: what is not secret stands among its options. */
export function accountOf(
  adapter: Adapter,
  credentials: Credentials,
  { mode = 'sandbox', options }: Pick<Trial, 'mode' | 'options'>,
): Account {
  const open = Object.entries(adapter.credentials).flatMap(([name, { secret }]) =>
    secret ? [] : [[name, credentials[name] ?? ''] as const],
  )
  return {
    id: 'acct_check',
    adapter,
    mode,
    options: { ...Object.fromEntries(open), ...options },
    base_url: null,
    sealed_tls: null,
    sealed_credentials: Buffer.alloc(0),
  }
}

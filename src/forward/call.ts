/**
 * @module What goes through the line: the call a dialect makes, the job it becomes, the result it ends in.
 */
import type { Adapter, Intent, Json, OperationName, Outcome, Plan } from '../adapter.ts'
import type { Caller } from '../auth/caller.ts'
import type { ErrorCode, Sent } from '../errors.ts'
import type { HoleValue } from '../hole.ts'
import type { Secret } from '../secret.ts'
import type { Wanted } from '../vault/token.ts'
import type { Place } from './destination.ts'

/** What a dialect makes of an HTTP request. */
export interface Call {
  readonly caller: Caller
  readonly request_id: string
  /** For the record: `native`, `ozura` .. */
  readonly dialect: string
  /** Token ids by the caller's names for them; `''` is the request's own. */
  readonly tokens: ReadonlyMap<string, string>
  /** Where the security code comes from, if there is one. */
  readonly cvc: { readonly session: string } | { readonly code: Secret } | null
  readonly account: string | null
  readonly wants: OwnRequest | Wish
  readonly idempotency_key: string | null
  /** The caller's request in full, for comparing two with the same key. */
  readonly body: Uint8Array
  readonly timeout_ms: number | null
  readonly dry_run: boolean
}

/** The caller's own request, with placeholders compiled to holes. */
export interface OwnRequest {
  readonly kind: 'request'
  /** `https://host[:port]`, as parsed. */
  readonly origin: string
  readonly plan: Plan
}

/** What the caller wants of an account; its adapter makes the plan. */
export interface Wish {
  readonly kind: 'intent'
  readonly operation: OperationName
  readonly intent: Pick<
    Intent,
    | 'amount'
    | 'reference'
    | 'return_url'
    | 'notification_url'
    | 'customer'
    | 'billing_address'
    | 'device'
    | 'extra'
  >
}

/** The account a job runs under. */
export interface Account {
  readonly id: string
  readonly adapter: Adapter
  readonly mode: 'live' | 'sandbox'
  readonly options: Readonly<Record<string, string>>
  readonly base_url: string | null
  readonly sealed_credentials: Buffer
  readonly sealed_tls: Buffer | null
}

/** A call that may be sent: everything it names exists and is allowed. Nothing was opened for it yet. */
export interface Job {
  readonly id: string
  readonly call: Call
  readonly origin: string
  /** The origin by its parts. */
  readonly place: Place
  readonly plan: Plan
  readonly account: Account | null
  /** Present where there is an account: what its adapter is told. */
  readonly intent: Intent | null
  readonly holes: readonly HoleValue[]
  readonly wanted: readonly Wanted[]
  readonly started: number
  /** The same by `performance.now()`, which no change of the clock moves. */
  readonly began: number
  /** When the PSP must have answered, in milliseconds since 1970. */
  readonly deadline: number
}

/** The request as bytes, ready to be sent. */
export interface Outgoing {
  readonly method: string
  readonly origin: string
  /** Path and query. */
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  /** The filled fields of a `FieldsBody`, for signatures over fields. */
  readonly fields: { readonly [name: string]: Json }
}

/** An answer as it came. Header names are lower-case. */
export interface RawAnswer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  readonly psp_ms: number
}

export interface Timing {
  readonly total_ms: number
  readonly psp_ms: number | null
}

/** What comes of a forward; the same again for a repeated idempotency key. */
export interface Result {
  readonly id: string
  readonly sent: Sent
  readonly outcome: Outcome | null
  readonly response: RawAnswer | null
  /** The masked request; present on a dry run only. */
  readonly request?: Transcript
  readonly timing: Timing
}

/** A request with names in place of values. */
export interface Transcript {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** A failed forward as it is kept and told again. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly param: string | null
  readonly hint: string
  readonly sent: Sent
  readonly request_id: string
}

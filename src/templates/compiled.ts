/**
 * @module A template document after it was checked: placeholders and selectors are parsed, and nothing is left to look up. Types only.
 */
import type {
  Credential,
  DeclineCode,
  Declared,
  Hash,
  Json,
  Method,
  Need,
  OperationName,
  Option,
  Output,
  RsaPadding,
} from '../adapter.ts'

/** `{{card.exp_year | yy}}`, parsed. */
export interface Placeholder {
  readonly from:
    | 'card'
    | 'credential'
    | 'session'
    | 'derived'
    | 'intent'
    | 'option'
    /** A part of a reference that is made of several. */
    | 'reference'
    | 'now'
    | 'id'
  /** What follows the first dot: `amount.minor`. */
  readonly name: string
  readonly filters: readonly FilterName[]
  /** Left out where it is missing, with the field that holds it. */
  readonly optional: boolean
  /** What stands for it where it is missing. */
  readonly fallback?: string | number | boolean
}

export type FilterName = 'text' | 'number' | 'lower' | 'upper' | 'mm' | 'yy' | 'yyyy' | 'length'

export type Part = string | Placeholder

/** A value of a request's body. */
export type Value =
  | { readonly kind: 'plain'; readonly value: Json }
  /** A whole-string placeholder keeps the type of its value. */
  | { readonly kind: 'one'; readonly placeholder: Placeholder }
  | { readonly kind: 'text'; readonly parts: readonly Part[] }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | RecordValue
  /** One of several, by the operation or by an option of the account. */
  | { readonly kind: 'case'; readonly by: string; readonly cases: Readonly<Record<string, Value>> }

export interface RecordValue {
  readonly kind: 'record'
  readonly entries: readonly (readonly [name: string, value: Value])[]
}

export interface Request {
  readonly method: Method
  readonly path: readonly Part[]
  readonly query: readonly Part[] | null
  readonly headers: readonly (readonly [name: string, parts: readonly Part[]])[]
  readonly body: { readonly encoding: 'json' | 'form' | 'xml'; readonly fields: RecordValue } | null
  /** Names of `extra` that have a place of their own, and are not merged in at the end. */
  readonly named: readonly string[]
}

/** One step into an answer. An index picks from a list; a filter picks the first of a list whose member has that value. */
export type Step =
  | { readonly name: string }
  | { readonly index: number }
  | { readonly where: string; readonly is: string }
  /** The first of that name anywhere below. */
  | { readonly below: string }

/** Where in an answer a value is. */
export interface Selector {
  readonly from: 'body' | 'header' | 'text' | 'request'
  readonly steps: readonly Step[]
  /** A header's name, a regular expression over the text whose first group is the value, or a field of the intent. */
  readonly name: string
  /** The value is itself a document in this form, and the next selector reads in it. */
  readonly then: { readonly format: Format; readonly steps: readonly Step[] } | null
}

export type Format = 'json' | 'xml' | 'form'

export interface Condition {
  readonly at: Selector
  readonly is: readonly (string | boolean | null)[]
  /** A regular expression that the whole value matches, as text. */
  readonly matches: string | null
}

export interface Rule {
  /** Ranges of HTTP statuses, ends included. */
  readonly status: readonly (readonly [from: number, to: number])[]
  readonly when: readonly Condition[]
  readonly exists: readonly Selector[]
  readonly absent: readonly Selector[]
  /** Null: for all, and for notifications. */
  readonly for: readonly (OperationName | 'notification')[] | null
  readonly kind: 'approved' | 'pending' | 'action_required' | 'declined' | 'refused'
  readonly code: 'credentials' | 'request' | 'rate' | 'unavailable' | DeclineCode | null
}

/** How answers are read. */
export interface Answers {
  readonly format: Format
  /** For each part the places where it may be; joined with `|` where there are several parts. */
  readonly reference: readonly (readonly Selector[])[]
  readonly code: readonly Selector[]
  readonly message: readonly Selector[]
  readonly url: readonly Selector[]
  /** The fields that are posted to the URL; null where it is a link. */
  readonly form: Selector | null
  readonly declines: Readonly<Record<string, DeclineCode>>
  readonly rules: readonly Rule[]
}

export interface Operation {
  readonly needs: readonly Need[]
  readonly request: Request
  readonly sign: readonly Declared[] | null
  readonly answers: Answers
  /** Names of intent fields that become a part of the path. */
  readonly inPath: readonly string[]
}

/** A value computed from the card. */
export interface Derived {
  readonly text: readonly Part[]
  readonly how:
    | { readonly kind: 'text' }
    | { readonly kind: 'hash'; readonly algorithm: Hash; readonly output: Output }
    | {
        readonly kind: 'hmac'
        readonly algorithm: Hash
        readonly key: string
        readonly key_encoding: KeyEncoding
        readonly output: Output
      }
    | {
        readonly kind: 'rsa'
        readonly padding: RsaPadding
        readonly key: string
        readonly output: Output
      }
    | {
        readonly kind: 'aes'
        readonly algorithm: 'aes-cbc' | 'aes-gcm'
        readonly key: string
        readonly key_encoding: KeyEncoding
        readonly output: Output
      }
}

export type KeyEncoding = 'utf8' | 'hex' | 'base64' | 'base64url'

export interface Session {
  readonly request: Request
  readonly values: readonly (readonly [name: string, at: Selector])[]
  readonly seconds: number | Selector
  readonly format: Format
}

export interface Notification {
  readonly verify: Declared
  readonly answers: Answers
  readonly merchant_reference: readonly Selector[]
  readonly accepted: Acknowledgement
  readonly refused: Acknowledgement
}

export interface Acknowledgement {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The whole document. */
export interface Template {
  readonly id: string
  readonly name: string
  readonly docs: string
  readonly api_version: string
  readonly hosts: Readonly<Record<'live' | 'sandbox', `https://${string}`>>
  readonly credentials: Readonly<Record<string, Credential>>
  readonly options: Readonly<Record<string, Option>>
  readonly idempotency: { readonly header: string } | { readonly field: string } | 'unsupported'
  readonly headers: readonly (readonly [name: string, parts: readonly Part[]])[]
  readonly private_in_answer: readonly string[]
  /** Decimals of currencies in which the PSP differs from ISO 4217. */
  readonly decimals: Readonly<Record<string, number>>
  /** Currencies it takes, or the credential that names the account's; null for all. */
  readonly currencies: readonly string[] | { readonly credential: string } | null
  /** Names of the parts of a reference; none where it is one value. */
  readonly parts: readonly string[]
  readonly sign: readonly Declared[] | null
  readonly derived: readonly (readonly [name: string, derived: Derived])[]
  readonly session: Session | null
  readonly operations: readonly (readonly [name: OperationName, operation: Operation])[]
  readonly answers: Answers
  /** How signed answers are checked; null where they are not signed. */
  readonly verify: Declared | null
  readonly notification: Notification | null
}

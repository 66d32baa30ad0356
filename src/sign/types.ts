/**
 * @module What is signed, what comes of it, and what is needed for it: the shapes that schemes and webhook checks share.
 */
import type { Json } from '../adapter.ts'
import type { Secret } from '../secret.ts'

/** Text, which is taken as UTF-8, or bytes. */
export type Data = string | Uint8Array

/** A request as it is sent or was received. A `Rendered` of the adapter contract is one. */
export interface SignRequest {
  readonly method: string
  /** Absolute, in the spelling that goes over the wire. */
  readonly url: string
  /** Names in any case; a header that occurs several times is a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** The exact body. */
  readonly bytes: Uint8Array
  /** The fields of the body, where it has some: for signatures over values. */
  readonly fields?: Readonly<Record<string, Json>>
}

/** What a scheme adds to a request. Headers replace those of the same name in any case. */
export interface Signed {
  readonly headers: Readonly<Record<string, string>>
  /** The body to send instead, for schemes that encrypt or wrap it. */
  readonly bytes?: Uint8Array
  /** Fields to add before the body is encoded, for signatures inside the body. */
  readonly fields?: Readonly<Record<string, string>>
}

/** By name, as an account holds them. */
export type Credentials = Readonly<Record<string, string | Secret>>

/** What a scheme cannot know by itself. */
export interface Moment {
  /** Seconds since 1970. */
  readonly now: number
  /** Printable ASCII that was never used before and cannot be guessed, such as a version 4 UUID. */
  readonly nonce: string
}

/** All that a scheme sees when it runs. */
export interface SchemeInput {
  readonly request: SignRequest
  readonly credentials: Credentials
  readonly moment: Moment
}

/** Whether a webhook is genuine, and if not, why: a sentence for the operator that holds nothing of the message. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/**
 * @module What is kept of a forward's end, sealed: enough to tell a repeated call the same again, byte for byte.
 */
import type { Outcome } from '../adapter.ts'
import type { Sent } from '../errors.ts'
import type { Keyring } from '../vault/keyring.ts'
import { textOf } from '../vault/seal.ts'
import type { Failure, Result, Timing, Transcript } from './call.ts'

/** A result, or the failure in its place. */
export type Kept = { readonly result: Result } | { readonly failure: Failure }

interface KeptResult {
  readonly id: string
  readonly sent: Sent
  readonly outcome: Outcome | null
  readonly timing: Timing
  readonly status: number | null
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly psp_ms: number
}

/** Seals the end of a forward. */
export async function sealKept(
  keyring: Keyring,
  tenant: string,
  id: string,
  kept: Kept,
): Promise<Buffer> {
  const plain = 'failure' in kept ? kept : { result: flat(kept.result) }
  return keyring.seal(tenant, JSON.stringify(plain), [tenant, id, 'result'])
}

/** Opens what {@link sealKept} sealed. */
export async function openKept(
  keyring: Keyring,
  tenant: string,
  id: string,
  sealed: Buffer,
): Promise<Kept> {
  const plain = textOf(await keyring.unseal(tenant, sealed, [tenant, id, 'result']))
  // Sealed by sealKept above, so one of the two.
  const kept = JSON.parse(plain) as { result: KeptResult } | { failure: Failure }
  return 'failure' in kept ? kept : { result: full(kept.result) }
}

/** Seals the request with names in place of values. */
export async function sealTranscript(
  keyring: Keyring,
  tenant: string,
  id: string,
  request: Transcript,
): Promise<Buffer> {
  return keyring.seal(tenant, JSON.stringify(request), [tenant, id, 'request'])
}

/** Opens what {@link sealTranscript} sealed. */
export async function openTranscript(
  keyring: Keyring,
  tenant: string,
  id: string,
  sealed: Buffer,
): Promise<Transcript> {
  const plain = textOf(await keyring.unseal(tenant, sealed, [tenant, id, 'request']))
  // Sealed by sealTranscript above.
  return JSON.parse(plain) as Transcript
}

function flat({ id, sent, outcome, timing, response }: Result): KeptResult {
  return {
    id,
    sent,
    outcome,
    timing,
    status: response?.status ?? null,
    headers: response?.headers ?? [],
    // Latin-1 maps bytes to characters and back, whatever the body is.
    body: response?.body.toString('latin1') ?? '',
    psp_ms: response?.psp_ms ?? 0,
  }
}

function full(kept: KeptResult): Result {
  const { id, sent, outcome, timing, status, headers, body, psp_ms } = kept
  const response =
    status === null ? null : { status, headers, body: Buffer.from(body, 'latin1'), psp_ms }
  return { id, sent, outcome, timing, response }
}

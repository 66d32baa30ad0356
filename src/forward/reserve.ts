/**
 * @module Writes down that a forward is about to be sent, before a byte leaves, and lets one of several with the same key through.
 */
import { createHmac } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import { forwardByKey, insertForward, type ForwardRow } from '../store/forwards.ts'
import type { Call, Failure, Job, Result } from './call.ts'
import type { Core } from './core.ts'
import { placeOf } from './destination.ts'
import { openKept, sealTranscript } from './kept.ts'
import { transcript } from './transcript.ts'

/** A row that says `sending` for longer than its deadline and this is no longer being sent. */
const GRACE_MS = 5_000

/**
 * Null when the forward may go on; the earlier result where the same request was made under the same key.
 * Throws `idempotency_mismatch`, `idempotency_running`, `idempotency_unknown`, or the earlier failure again.
 */
export async function reserve(core: Core, job: Job): Promise<Result | null> {
  const { call } = job
  const { tenant } = call.caller
  const request_hash = call.idempotency_key === null ? null : await hashOf(core, call)
  const written = await insertForward(core.store, {
    id: job.id,
    tenant_id: tenant,
    test: call.caller.test,
    dialect: call.dialect,
    state: 'sending',
    token_ids: job.wanted.map(({ row }) => row.id),
    account_id: job.account?.id ?? null,
    operation: call.wants.kind === 'intent' ? call.wants.operation : null,
    method: job.plan.method,
    host: placeOf(job.origin).host,
    idempotency_key: call.idempotency_key,
    request_hash,
    deadline_at: job.deadline + GRACE_MS,
    created_at: job.started,
    sealed_request: await sealTranscript(core.keyring, tenant, job.id, transcript(job)),
  })
  if (written) return null
  const key = call.idempotency_key ?? ''
  const earlier = await forwardByKey(core.store, call.caller, key)
  // Released in the meantime: the one before was not sent.
  if (!earlier) return reserve(core, job)
  if (earlier.request_hash !== request_hash) {
    throw new GatewayError(
      'idempotency_mismatch',
      'The idempotency key was used for another request.',
      {
        param: 'Idempotency-Key',
      },
    )
  }
  return again(core, earlier)
}

async function again(core: Core, earlier: ForwardRow): Promise<Result> {
  if (earlier.state === 'sending' && core.clock() < earlier.deadline_at) {
    throw new GatewayError('idempotency_running', `The forward ${earlier.id} is still running.`, {
      sent: 'unknown',
    })
  }
  if (!earlier.sealed_result) {
    throw new GatewayError(
      'idempotency_unknown',
      `The forward ${earlier.id} was interrupted; the PSP may have received it.`,
      { sent: 'unknown' },
    )
  }
  const kept = await openKept(core.keyring, earlier.tenant_id, earlier.id, earlier.sealed_result)
  if ('result' in kept) return kept.result
  throw failureAgain(kept.failure, earlier.id)
}

/** The failure of an earlier forward, told in the same words. */
function failureAgain(failure: Failure, forward: string): GatewayError {
  const { code, message, param, hint, sent, request_id } = failure
  return new GatewayError(code, message, {
    hint,
    sent,
    forward: { id: forward, request_id },
    ...(param !== null && { param }),
  })
}

/** Keyed, because a body may hold a security code and three digits are soon guessed from a plain hash. */
async function hashOf(core: Core, call: Call): Promise<string> {
  const keys = await core.keyring.keys(call.caller.tenant, 'fingerprint')
  return createHmac('sha256', keys.current.key)
    .update(`request:${call.dialect}:`)
    .update(call.body)
    .digest('base64url')
}

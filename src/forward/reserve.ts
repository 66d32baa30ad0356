/**
 * @module Writes down that a forward is about to be sent, before a byte leaves, and lets one of several with the same key through.
 */
import { createHmac } from 'node:crypto'
import { auditEntry } from '../audit/entry.ts'
import { Receipt } from '../audit/receipt.ts'
import { byCaller } from '../auth/caller.ts'
import { GatewayError } from '../errors.ts'
import { forwardByKey, insertForward, withdrawForward, type ForwardRow } from '../store/forwards.ts'
import { InDoubt } from '../store/in_doubt.ts'
import type { Call, Failure, Job, Result } from './call.ts'
import type { Core } from './core.ts'
import { openingOf } from './opening.ts'
import { openKept, sealTranscript } from './kept.ts'
import { transcript } from './transcript.ts'

/** A row that says `sending` for longer than its deadline and this is no longer being sent. */
const GRACE_MS = 5_000

/** The forward may go on, or an earlier one with the same key has its result already. */
export type Reserved = { readonly receipt: Receipt } | { readonly result: Result }

/**
 * Written down together: the forward, and that the vault may open for it. Where the same request was made under the same
 * key, its result. Throws `idempotency_mismatch`, `idempotency_running`, `idempotency_unknown`, or the earlier failure again.
 */
export async function reserve(core: Core, job: Job): Promise<Reserved> {
  const { call } = job
  const { tenant } = call.caller
  const request_hash = call.idempotency_key === null ? null : await hashOf(core, call)
  const row = insertForward(core.store, {
    id: job.id,
    tenant_id: tenant,
    test: call.caller.test,
    dialect: call.dialect,
    node: core.node,
    state: 'sending',
    token_ids: job.wanted.map(({ row }) => row.id),
    account_id: job.account?.id ?? null,
    operation: call.wants.kind === 'intent' ? call.wants.operation : null,
    method: job.plan.method,
    host: job.place.host,
    idempotency_key: call.idempotency_key,
    request_hash,
    deadline_at: job.deadline + GRACE_MS,
    created_at: job.started,
    sealed_request: await sealTranscript(core.keyring, tenant, job.id, transcript(job)),
  })
  // So that nobody takes the line of an opening for one.
  const kept = auditEntry('vault.kept', byCaller(call.caller, job.started), {
    tenant,
    subject: job.id,
  })
  const { receipt, written } = await Receipt.write(core.store, openingOf(core, job), row).catch(
    (error: unknown) => {
      // Nothing is sent, and the row may be there all the same.
      if (error instanceof InDoubt) {
        core.later.add(job.id, withdrawForward(core.store, call.caller, job.id), kept)
      }
      throw error
    },
  )
  if ((written[0]?.rowsAffected ?? 0) > 0) return { receipt }
  await core.store.write(kept)
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
  return { result: await again(core, earlier) }
}

/**
 * What came of the first of two equal calls under one key, where the second cannot begin: its token may have been erased
 * since, and who repeats it asks about a payment that was made. Throws as {@link reserve}, and `error` where this is no
 * repetition.
 */
export async function repeated(core: Core, call: Call, error: unknown): Promise<Result> {
  const { caller, idempotency_key, dry_run } = call
  if (idempotency_key === null || dry_run) throw error
  const earlier = await forwardByKey(core.store, caller, idempotency_key)
  if (!earlier || earlier.request_hash !== (await hashOf(core, call))) throw error
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

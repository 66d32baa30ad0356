/**
 * @module Writes down what came of a forward, durably, before anybody is told.
 */
import type { Outcome } from '../adapter.ts'
import { maskError } from '../card.ts'
import { GatewayError, type Sent } from '../errors.ts'
import { finishForward } from '../store/forwards.ts'
import type { Query } from '../store/write.ts'
import { fault } from '../telemetry/log.ts'
import type { Job, RawAnswer, Result, Timing } from './call.ts'
import type { Core } from './core.ts'
import { sealKept } from './kept.ts'
import { timeTaken } from './time.ts'

/** The state of a forward that failed, by whether it was sent. */
const STATES = { no: 'not_sent', unknown: 'unknown', yes: 'done' } as const satisfies Record<
  Sent,
  string
>

/** Records an answer and gives the result. Throws `storage_unavailable` with `sent: yes` when it cannot be written. */
export async function recordResult(
  core: Core,
  job: Job,
  answer: RawAnswer,
  outcome: Outcome | null,
): Promise<Result> {
  const timing: Timing = { total_ms: timeTaken(job), psp_ms: answer.psp_ms }
  const result: Result = { id: job.id, sent: 'yes', outcome, response: answer, timing }
  try {
    const end = finishForward(core.store, job.call.caller, job.id, 'done', {
      psp_status: answer.status,
      outcome: outcome?.kind ?? null,
      error_code: null,
      total_ms: timing.total_ms,
      psp_ms: timing.psp_ms,
      sealed_result: await sealKept(core.keyring, job.call.caller.tenant, job.id, { result }),
    })
    await writeEnd(core, job, end)
  } catch (cause) {
    throw new GatewayError(
      'storage_unavailable',
      `The PSP answered with status ${answer.status}, but the answer could not be recorded.`,
      { sent: 'yes', cause, hint: 'The payment was made or refused at the PSP: look it up there.' },
    )
  }
  log(core, job, {
    status: answer.status,
    sent: 'yes',
    ...(outcome && { outcome: outcome.kind }),
    ms: timing.total_ms,
    psp_ms: answer.psp_ms,
  })
  return result
}

/** Records a failure and gives the error to tell. What was not sent frees its idempotency key. */
export async function recordFailure(core: Core, job: Job, error: unknown): Promise<GatewayError> {
  const told = tell(core, job, error)
  const { code, message, param, hint, sent } = told
  const { tenant } = job.call.caller
  const total_ms = timeTaken(job)
  const failure = { code, message, param, hint, sent, request_id: job.call.request_id }
  try {
    const end = finishForward(core.store, job.call.caller, job.id, STATES[sent], {
      psp_status: null,
      outcome: null,
      error_code: code,
      total_ms,
      psp_ms: null,
      sealed_result: await sealKept(core.keyring, tenant, job.id, { failure }),
    })
    await writeEnd(core, job, end)
  } catch (unwritten) {
    // The row still says `sending`, which becomes `unknown` where it is not written later either: never more than is known.
    core.log.error('forward.unrecorded', { forward: job.id, ...fault(unwritten) })
  }
  log(core, job, { code, sent, ms: total_ms })
  return told
}

/** The caller is told that it could not be written; the record is to say what came of it all the same. */
async function writeEnd(core: Core, job: Job, end: Query): Promise<void> {
  try {
    await core.store.write(end)
  } catch (error) {
    core.later.add(job.id, end)
    throw error
  }
}

function tell(core: Core, job: Job, error: unknown): GatewayError {
  const forward = { id: job.id, request_id: job.call.request_id }
  if (error instanceof GatewayError) return maskError(error).of(forward)
  core.log.error('forward.fault', { forward: job.id, ...fault(error) })
  return new GatewayError('internal', 'The forward failed by a fault of ours.', {
    sent: 'unknown',
    forward,
  })
}

function log(core: Core, job: Job, fields: Parameters<Core['log']['info']>[1]): void {
  const { call } = job
  core.log.info('forward', {
    request_id: call.request_id,
    tenant: call.caller.tenant,
    forward: job.id,
    host: job.place.host,
    ...fields,
  })
}

/**
 * @module The straight line: what happens to every request with a card in it, one call per step, top to bottom; each is timed.
 */
import { admit } from './admit.ts'
import type { Call, Result } from './call.ts'
import type { Core } from './core.ts'
import { openJob } from './open.ts'
import { parse } from './parse.ts'
import { preview } from './preview.ts'
import { recordFailure, recordResult } from './record.ts'
import { render } from './render.ts'
import { repeated, reserve } from './reserve.ts'
import { resolve } from './resolve.ts'
import { scrub } from './scrub.ts'
import { send } from './send.ts'
import { forgetSession } from './session.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/**
 * Forwards one call. Durable before it resolves.
 * Throws GatewayError; its `sent` says whether the PSP can have received the request.
 */
export async function forward(core: Core, call: Call): Promise<Result> {
  const { done, failed } = core.steps.line(call.request_id)
  const resolved = await resolve(core, call).catch((error: unknown) => repeated(core, call, error))
  const job = done('resolve', resolved)
  if ('sent' in job) return job
  if (call.dry_run) return done('render', await preview(core, job))
  return admit(core, job, async (core) => {
    const reserved = done('reserve', await reserve(core, job))
    if ('result' in reserved) return reserved.result
    try {
      const scoped = await openJob(core, job, reserved.receipt, async (scope) => {
        const opened = done('vault', scope)
        const rendered = done('render', render(job, opened))
        const signed = done('sign', await sign(job, opened, rendered))
        const raw = done('transport', await send(core, job, opened, signed))
        forgetSession(core, job, raw.status)
        const genuine = verify(job, opened, signed, raw)
        return done('scrub', { genuine, answer: scrub(job, opened, raw) })
      })
      const { answer, genuine } = done('vault', scoped)
      const outcome = done('parse', parse(job, answer, genuine))
      return done('record', await recordResult(core, job, answer, outcome))
    } catch (error) {
      failed()
      throw done('record', await recordFailure(core, job, error))
    }
  })
}

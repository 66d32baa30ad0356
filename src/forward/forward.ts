/**
 * @module The straight line: what happens to every request with a card in it, one call per step, top to bottom.
 */
import type { Call, Result } from './call.ts'
import type { Core } from './core.ts'
import { openJob } from './open.ts'
import { parse } from './parse.ts'
import { preview } from './preview.ts'
import { recordFailure, recordResult } from './record.ts'
import { render } from './render.ts'
import { reserve } from './reserve.ts'
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
  const job = await resolve(core, call)
  if (call.dry_run) return preview(core, job)
  const earlier = await reserve(core, job)
  if (earlier) return earlier
  try {
    const { answer, genuine } = await openJob(core, job, async (opened) => {
      const rendered = render(job, opened)
      const signed = await sign(job, opened, rendered)
      const raw = await send(core, job, signed, opened.leaving)
      forgetSession(core, job, raw.status)
      return { genuine: verify(job, opened, raw), answer: scrub(job, opened, raw) }
    })
    const outcome = parse(job, answer, genuine)
    return await recordResult(core, job, answer, outcome)
  } catch (error) {
    throw await recordFailure(core, job, error)
  }
}

/**
 * @module A dry run: everything but sending. The request comes back with names in place of values.
 */
import { Receipt } from '../audit/receipt.ts'
import type { Job, Result } from './call.ts'
import type { Core } from './core.ts'
import { openJob } from './open.ts'
import { openingOf } from './opening.ts'
import { render } from './render.ts'
import { sign } from './sign.ts'
import { timeTaken } from './time.ts'
import { transcript } from './transcript.ts'

/** Renders and signs for real, so that what would fail fails, and gives the transcript. A CVC session is not consumed. */
export async function preview(core: Core, job: Job): Promise<Result> {
  const { receipt } = await Receipt.write(core.store, openingOf(core, job))
  await openJob(core, job, receipt, (opened) => sign(job, opened, render(job, opened)))
  return {
    id: job.id,
    sent: 'no',
    outcome: null,
    response: null,
    request: transcript(job),
    timing: { total_ms: timeTaken(job), psp_ms: null },
  }
}

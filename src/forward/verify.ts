/**
 * @module Whether an answer is the PSP's own: asked of the adapter before anything in it is believed.
 */
import type { Job, RawAnswer } from './call.ts'
import type { OpenedJob } from './open.ts'
import { readable } from './parse.ts'

/** True where the adapter's PSP signs no answers; false where it does and the signature is wrong, or the check fails. */
export function verify(job: Job, opened: OpenedJob, answer: RawAnswer): boolean {
  const check = job.account?.adapter.verify
  if (!check || !opened.signing || job.call.wants.kind === 'request') return true
  try {
    // Over the answer as it came: a signature does not hold over one that was scrubbed. Only yes or no comes out.
    return check(readable(answer), opened.signing) === true
  } catch {
    return false
  }
}

/**
 * @module Whether an answer is the PSP's own: asked of the adapter before anything in it is believed.
 */
import type { Job, Outgoing, RawAnswer } from './call.ts'
import { isGenuine } from './genuine.ts'
import type { OpenedJob } from './open.ts'
import { readable } from './parse.ts'

/** True where the adapter's PSP signs no answers; false where it does and the signature is wrong, or the check fails. */
export function verify(job: Job, opened: OpenedJob, asked: Outgoing, answer: RawAnswer): boolean {
  const check = job.account?.adapter.verify
  if (!check || !opened.signing || job.call.wants.kind === 'request') return true
  // Over the answer as it came: a signature does not hold over one that was scrubbed. Only yes or no comes out.
  const { method, origin, target } = asked
  return isGenuine(check, readable(answer), opened.signing, { method, url: `${origin}${target}` })
}

/**
 * @module Whether an answer is the PSP's own: asked of the adapter before anything in it is believed.
 */
import type { Job, Outgoing, RawAnswer } from './call.ts'
import type { Genuine } from '../sign/answer.ts'
import { genuineness } from './genuine.ts'
import type { OpenedJob } from './open.ts'
import { readable } from './parse.ts'

/** `genuine` also where the adapter's PSP signs no answers; `forged` where the signature is wrong, or the check fails. */
export function verify(job: Job, opened: OpenedJob, asked: Outgoing, answer: RawAnswer): Genuine {
  const check = job.account?.adapter.verify
  if (!check || !opened.signing || job.call.wants.kind === 'request') return 'genuine'
  // Over the answer as it came: a signature does not hold over one that was scrubbed. Nothing of it comes out.
  const { method, origin, target } = asked
  return genuineness(check, readable(answer), opened.signing, {
    method,
    url: `${origin}${target}`,
  })
}

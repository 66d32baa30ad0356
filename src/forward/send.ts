/**
 * @module Sends the request, once, within what is left of its time.
 */
import type { Job, Outgoing, RawAnswer } from './call.ts'
import type { Core } from './core.ts'
import type { OpenedJob } from './open.ts'

/**
 * The PSP's answer as it came. `leaving` is called before the first byte leaves. Throws GatewayError with a truthful `sent`.
 * The request's bytes are overwritten when it ends, however it ends.
 */
export async function send(
  core: Core,
  job: Job,
  { leaving, identity }: Pick<OpenedJob, 'leaving' | 'identity'>,
  request: Outgoing,
): Promise<RawAnswer> {
  const { transport, clock } = core
  try {
    return await transport.send(request, job.deadline - clock(), leaving, identity)
  } finally {
    request.body.fill(0)
  }
}

/**
 * @module Sends the request, once, within what is left of its time.
 */
import type { Job, Outgoing, RawAnswer } from './call.ts'
import type { Core } from './core.ts'
import type { OpenedJob } from './open.ts'
import { timeLeft } from './time.ts'

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
  try {
    return await core.transport.send(request, timeLeft(job), leaving, identity)
  } finally {
    request.body.fill(0)
  }
}

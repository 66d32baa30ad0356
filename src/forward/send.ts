/**
 * @module Sends the request, once, within what is left of its time.
 */
import type { Job, Outgoing, RawAnswer } from './call.ts'
import type { Core } from './core.ts'

/** The PSP's answer as it came. `leaving` is called before the first byte leaves. Throws GatewayError with a truthful `sent`. */
export function send(
  core: Core,
  job: Job,
  request: Outgoing,
  leaving: () => void,
): Promise<RawAnswer> {
  return core.transport.send(request, job.deadline - core.clock(), leaving)
}

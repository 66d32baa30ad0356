/**
 * @module Fills the holes: the moment a request has a card in it.
 */
import { GatewayError } from '../errors.ts'
import type { Job, Outgoing } from './call.ts'
import { fillFrom } from './fill.ts'
import type { OpenedJob } from './open.ts'
import { write } from './write.ts'

/** The request as bytes. Throws `credential_missing`, `invalid_template` or `adapter_failed`; nothing was sent then. */
export function render(job: Job, opened: OpenedJob): Outgoing {
  try {
    return write(job.plan, job.origin, fillFrom(opened))
  } catch (error) {
    if (error instanceof GatewayError) throw error
    // What an adapter throws in here may hold what it saw, so its words go no further.
    const name = job.account?.adapter.name ?? 'The request'
    throw new GatewayError('adapter_failed', `${name} could not be rendered.`)
  }
}

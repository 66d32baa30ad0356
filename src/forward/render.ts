/**
 * @module Fills the holes: the moment a request has a card in it.
 */
import type { Json } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import type { Job, Outgoing } from './call.ts'
import type { Filled } from './encode.ts'
import { fillFrom } from './fill.ts'
import type { OpenedJob } from './open.ts'
import { write } from './write.ts'

/** The request as bytes. Throws `credential_missing`, `invalid_template` or `adapter_failed`; nothing was sent then. */
export function render(job: Job, opened: OpenedJob): Outgoing {
  try {
    return write(job.plan, job.origin, fillFrom(opened), (fields) => added(job, opened, fields))
  } catch (error) {
    if (error instanceof GatewayError) throw error
    // What an adapter throws in here may hold what it saw, so its words go no further.
    const name = job.account?.adapter.name ?? 'The request'
    throw new GatewayError('adapter_failed', `${name} could not be rendered.`)
  }
}

/** The adapter's own fields, each computed from those of the plan. */
function added({ account }: Job, { signing }: OpenedJob, fields: Filled): Filled {
  const own = account?.adapter.fields
  if (!own || !signing) return fields
  const more: [string, Json][] = []
  for (const [name, compute] of Object.entries(own)) {
    const value = compute(fields, signing)
    if (value !== undefined) more.push([name, value])
  }
  return { ...fields, ...Object.fromEntries(more) }
}

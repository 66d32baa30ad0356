/**
 * @module Adds the headers that prove to the PSP who sent the request, over the exact bytes that are sent.
 */
import type { Rendered } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import type { Job, Outgoing } from './call.ts'
import { headerRecord, outgoingHeaders } from './headers.ts'
import type { OpenedJob } from './open.ts'

/** The request with its signature; unchanged where the adapter has none. */
export function sign(job: Job, { signing }: OpenedJob, request: Outgoing): Outgoing {
  const scheme = job.account?.adapter.sign
  if (!scheme || !signing) return request
  const rendered: Rendered = {
    method: job.plan.method,
    url: request.origin + request.target,
    headers: headerRecord(request.headers),
    bytes: Uint8Array.from(request.body),
    fields: request.fields,
  }
  const added = Object.entries(attempt(job, () => scheme(rendered, signing)))
  return { ...request, headers: outgoingHeaders([...request.headers, ...added], null) }
}

function attempt<T>(job: Job, run: () => T): T {
  try {
    return run()
  } catch {
    // Its words may hold a credential, so they go no further.
    const name = job.account?.adapter.name ?? 'the adapter'
    throw new GatewayError('adapter_failed', `${name} could not sign the request.`)
  }
}

/**
 * @module Adds the headers that prove to the PSP who sent the request, over the exact bytes that are sent.
 */
import { GatewayError } from '../errors.ts'
import type { Job, Outgoing } from './call.ts'
import { headerRecord, outgoingHeaders } from './headers.ts'
import type { OpenedJob } from './open.ts'

/** The request with its signature; unchanged where the adapter has none. */
export function sign(job: Job, opened: OpenedJob, request: Outgoing): Outgoing {
  const scheme = job.account?.adapter.sign
  if (!scheme || !opened.signing) return request
  const added = attempt(job, () =>
    scheme(
      {
        method: job.plan.method,
        url: request.origin + request.target,
        headers: headerRecord(request.headers),
        bytes: Uint8Array.from(request.body),
        fields: request.fields,
      },
      // Checked above.
      opened.signing as NonNullable<typeof opened.signing>,
    ),
  )
  return {
    ...request,
    headers: outgoingHeaders([...request.headers, ...Object.entries(added)], null),
  }
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

/**
 * @module Adds what proves to the PSP who sent the request, over the exact bytes that are sent.
 */
import { randomUUID } from 'node:crypto'
import type { Adapter, Declared, Rendered } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { schemeOf } from '../sign/index.ts'
import type { Prepared } from '../sign/scheme.ts'
import type { Job, Outgoing } from './call.ts'
import { encode, withFields } from './encode.ts'
import { headerRecord, outgoingHeaders, withoutHeaders } from './headers.ts'
import type { OpenedJob } from './open.ts'

type Signing = NonNullable<OpenedJob['signing']>

/** The request with its signature; unchanged where there is none. Throws `adapter_failed`; nothing was sent then. */
export async function sign(
  job: Job,
  { signing }: Pick<OpenedJob, 'signing'>,
  request: Outgoing,
  nonce?: string,
): Promise<Outgoing> {
  const how = signatureOf(job)
  if (!how || !signing) return request
  try {
    if (typeof how === 'function') return withAdded(request, how(rendered(request), signing))
    const own = nonce ?? randomUUID()
    let signed = request
    for (const declared of listOf(how)) {
      signed = await apply(job, declared, signing, signed, own)
    }
    return signed
  } catch {
    // Its words may hold a credential, so they go no further.
    const name = job.account?.adapter.name ?? 'the adapter'
    throw new GatewayError('adapter_failed', `${name} could not sign the request.`)
  }
}

/** How the job is signed: as its operation says, else as its adapter does. */
export function signatureOf({ account, intent }: Job): Adapter['sign'] {
  if (!account) return undefined
  const { adapter } = account
  const operation = intent && intent.operation !== 'request' && adapter.operations[intent.operation]
  return (operation && operation.sign) || adapter.sign
}

/** One scheme or several, as a list. */
export function listOf(how: Declared | readonly Declared[]): readonly Declared[] {
  // Array.isArray does not narrow readonly arrays.
  return Array.isArray(how) ? (how as readonly Declared[]) : [how as Declared]
}

/** Parameters are read once for each adapter, not for each request. */
const PREPARED = new WeakMap<Declared, Prepared>()

function prepared(declared: Declared): Prepared {
  const known = PREPARED.get(declared)
  if (known) return known
  const { scheme, ...parameters } = declared
  const made = schemeOf(scheme).prepare(parameters)
  PREPARED.set(declared, made)
  return made
}

async function apply(
  job: Job,
  declared: Declared,
  { credentials, intent }: Signing,
  request: Outgoing,
  nonce: string,
): Promise<Outgoing> {
  const { apply: run } = prepared(declared)
  const moment = { now: intent.now, nonce }
  const signed = await run({ request: rendered(request), credentials, moment })
  const added = withAdded(request, signed.headers)
  if (signed.bytes) return { ...added, body: Buffer.from(signed.bytes) }
  if (!signed.fields) return added
  const { body } = job.plan
  if (!body || !('fields' in body)) throw new TypeError('the body has no fields to add to')
  const fields = withFields(request.fields, signed.fields)
  return { ...added, fields, body: Buffer.from(encode(body.encoding, fields)) }
}

/** Headers set by a signature take the place of those with the same name. */
function withAdded(request: Outgoing, headers: { readonly [name: string]: string }): Outgoing {
  const kept = withoutHeaders(request.headers, Object.keys(headers))
  return { ...request, headers: outgoingHeaders([...kept, ...Object.entries(headers)], null) }
}

function rendered({ method, origin, target, headers, body, fields }: Outgoing): Rendered {
  return {
    // The method of a plan, which is one of these.
    method: method as Rendered['method'],
    url: origin + target,
    headers: headerRecord(headers),
    bytes: new Uint8Array(body),
    fields,
  }
}

/**
 * @module Turns a call into a job: everything it names exists, is allowed and is complete. Nothing is opened, nothing is sent.
 */
import { GatewayError } from '../errors.ts'
import type { HoleValue } from '../hole.ts'
import { newId } from '../id.ts'
import type { Wanted } from '../vault/token.ts'
import { accountOf } from './account.ts'
import type { Call, Job } from './call.ts'
import { refuseClearNumbers } from './clear_numbers.ts'
import type { Core } from './core.ts'
import { checkDestination, checkTokenHost, placeOf } from './destination.ts'
import { cvcReaders, holesOf, instrumentsOf } from './holes.ts'
import { planOf } from './plan.ts'

/** Throws GatewayError with `sent: no` for whatever is missing, unknown or not allowed. */
export async function resolve(core: Core, call: Call): Promise<Job> {
  refuseClearNumbers(core.clear_numbers, call)
  const started = core.clock()
  const began = performance.now()
  const id = newId('fwd', started)
  const account = await accountOf(core, call)
  const { plan, origin, intent } = planOf(call, account, id, started)
  const place = placeOf(origin)
  // An adapter's own host is allowed by the account, which an administrator made; all others must be listed.
  if (call.wants.kind === 'request' || account?.base_url) {
    await checkDestination(core.store, call.caller.tenant, place, plan.method, plan.path)
  }
  const holes = holesOf(plan)
  const wanted = await wantedTokens(core, call, holes)
  for (const { row } of wanted) checkTokenHost(row.allowed_hosts, place)
  if (call.wants.kind === 'request') await requireCvc(core, call, holes, wanted)
  const deadline = started + (call.timeout_ms ?? core.timeout_ms)
  return { id, call, origin, place, plan, account, intent, holes, wanted, started, began, deadline }
}

/** The tokens the plan reads; one that the call names in vain must exist too, because that is a mistake worth telling. */
async function wantedTokens(
  core: Core,
  call: Call,
  holes: readonly HoleValue[],
): Promise<readonly Wanted[]> {
  const instruments = instrumentsOf(holes)
  const wanted: Wanted[] = []
  const unknown: string[] = []
  for (const [name, token] of call.tokens) {
    const row = await core.vault.find(call.caller, token).catch((error: unknown) => {
      const isUnknown = error instanceof GatewayError && error.code === 'token_unknown'
      if (name === '' || !isUnknown) throw error
      unknown.push(`tokens.${name}`)
    })
    if (row) wanted.push({ name, row, instruments: instruments.get(name) ?? new Set() })
  }
  if (unknown.length > 0) {
    const message = 'There are no such tokens as those named in `param`.'
    throw new GatewayError('token_unknown', message, { param: unknown.join(',') })
  }
  for (const name of instruments.keys()) {
    if (call.tokens.has(name)) continue
    throw new GatewayError(
      'missing_fields',
      'The request has placeholders, but no token was given.',
      {
        param: name === '' ? 'token' : `tokens.${name}`,
      },
    )
  }
  return wanted
}

async function requireCvc(
  core: Core,
  call: Call,
  holes: readonly HoleValue[],
  wanted: readonly Wanted[],
): Promise<void> {
  if (call.cvc !== null) return
  const readers = cvcReaders(holes)
  const without: Wanted[] = []
  for (const one of wanted) {
    if (!readers.has(one.name)) continue
    if (!(await core.sessions.readValue(one.row.id, 'card.cvc'))) without.push(one)
  }
  if (without.length === 0) return
  throw new GatewayError(
    'credential_missing',
    'The request has a placeholder for the security code, but no CVC session was given.',
    { param: 'cvc_session', hint: 'Send cvc_session, or leave the placeholder out.' },
  )
}

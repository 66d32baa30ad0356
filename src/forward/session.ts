/**
 * @module A PSP's own session token: fetched before the payment that needs it, and used again until it is old.
 */
import type { Intent } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { baseOf } from './account.ts'
import type { Account, Job } from './call.ts'
import type { Core } from './core.ts'
import { fillFrom } from './fill.ts'
import { sessionNames } from './holes.ts'
import { readable } from './parse.ts'
import { timeLeft } from './time.ts'
import type { Identity } from './tls.ts'
import { write } from './write.ts'

type Values = Readonly<Record<string, string>>

interface Fetched {
  readonly values: Values
  readonly seconds: number
}

/** One account's session, in memory alone; the promise is shared by all who wait for it. */
export interface PspSession {
  readonly fetched: Promise<Fetched>
  /** When it was asked for, in milliseconds since 1970. */
  readonly since: number
  /** Until when it is used, in milliseconds since 1970. */
  until: number
}

/** Fetched again this long before the PSP ends it, so that none ends on the way. */
const MARGIN_MS = 30_000

/**
 * The values of the account's session; none where the plan needs none.
 * Throws `psp_session_failed`: nothing of the payment was sent.
 */
export async function sessionFor(
  core: Core,
  job: Job,
  credentials: Values,
  identity: Identity | null,
): Promise<Values> {
  const { account, intent } = job
  const names = sessionNames(job.holes)
  if (!account || !intent || names.length === 0) return {}
  // A dry run sends nothing at all, and the request that it shows has names in place of values.
  if (job.call.dry_run) return Object.fromEntries(names.map((name) => [name, 'session']))
  const kept = core.pspSessions.get(account.id)
  const now = core.clock()
  // One from the future was fetched before the clock was put back: how old it is, nobody knows.
  if (kept && kept.since <= now && now < kept.until) return (await kept.fetched).values
  const fetched = fetchSession(core, job, account, intent, credentials, identity)
  const session: PspSession = { fetched, since: now, until: job.deadline }
  core.pspSessions.set(account.id, session)
  try {
    const { values, seconds } = await fetched
    session.until = core.clock() + seconds * 1000 - MARGIN_MS
    return values
  } catch (error) {
    core.pspSessions.delete(account.id)
    throw error
  }
}

/** Called when the PSP says that it does not know the caller: the next forward fetches a new session. */
export function forgetSession(core: Core, job: Job, status: number): void {
  if (job.account && (status === 401 || status === 403)) core.pspSessions.delete(job.account.id)
}

async function fetchSession(
  core: Core,
  job: Job,
  account: Account,
  intent: Intent,
  credentials: Values,
  identity: Identity | null,
): Promise<Fetched> {
  const step = account.adapter.session
  const nothing = {
    tokens: new Map(),
    rows: new Map(),
    session: {},
    credentials,
    derive: () => null,
  }
  try {
    if (!step) throw new TypeError('the adapter has no session step')
    const request = write(step.plan(intent), new URL(baseOf(account)).origin, fillFrom(nothing))
    const answer = await core.transport.send(request, timeLeft(job), () => undefined, identity)
    const session = step.parse(readable(answer))
    if (session) return session
    throw failed(account, `answered with status ${answer.status} and no session`)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'psp_session_failed') throw error
    // What is in doubt is the session, not the payment, of which nothing was sent.
    if (error instanceof GatewayError)
      throw failed(account, `failed: ${error.message.replace(/\.$/, '')}`)
    throw failed(account, 'could not be asked')
  }
}

function failed({ adapter }: Account, how: string): GatewayError {
  return new GatewayError('psp_session_failed', `The session step of ${adapter.name} ${how}.`)
}

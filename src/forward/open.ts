/**
 * @module Opens for one job what it needs and no more: its tokens, its security code, its account's credentials.
 */
import type { Signing } from '../adapter.ts'
import type { Receipt } from '../audit/receipt.ts'
import { GatewayError } from '../errors.ts'
import type { Claim } from '../sessions/sessions.ts'
import { isStorageFailure } from '../store/failure.ts'
import type { TokenValues } from '../vault/token.ts'
import { openTls } from '../vault/account_tls.ts'
import { openCredentials } from '../vault/credentials.ts'
import { withCvc } from '../vault/data.ts'
import type { Account, Call, Job } from './call.ts'
import type { Core } from './core.ts'
import { fault } from '../telemetry/log.ts'
import { cardOf, type OpenValues } from './fill.ts'
import { cvcReaders, cvcTakers } from './holes.ts'
import { sessionFor } from './session.ts'
import type { Identity } from './tls.ts'

export interface OpenedJob extends OpenValues {
  /** What `fields`, `sign` and `verify` may see; null where there is no account. */
  readonly signing: Signing | null
  /** What the adapter has computed from the card so far. */
  readonly derived: ReadonlyMap<string, string>
  /** By which the PSP knows the account, beside its credentials; null where it has no TLS of its own. */
  readonly identity: Identity | null
  /** Called when the first byte is about to leave: from here on the security code counts as used. */
  leaving(): void
}

/** Runs `use` in the vault's scope. The CVC session is consumed when bytes left for the PSP, and given back when none did. */
export async function openJob<T>(
  core: Core,
  job: Job,
  receipt: Receipt,
  use: (opened: OpenedJob) => Promise<T>,
): Promise<T> {
  const claim = job.call.cvc === null ? null : await claimCvc(core, job, job.call.cvc)
  let left = false
  try {
    const { tenant } = job.call.caller
    const { account, intent } = job
    const { credentials, identity, session } = account
      ? await openAccount(core, job, receipt, account)
      : NO_ACCOUNT
    return await core.vault.open(receipt, tenant, job.wanted, async (tokens) => {
      await addShortLived(core, job, tokens, claim)
      const derived = new Map<string, string>()
      const opened = intent && { card: cardOf(tokens.get('')), credentials, intent }
      return use({
        tokens,
        rows: new Map(job.wanted.map(({ name, row }) => [name, row])),
        credentials,
        session,
        identity,
        derived,
        // Once for each name, so that a value by chance is the same wherever it stands.
        derive: (name) => {
          const known = derived.get(name) ?? (opened && account?.adapter.derive?.[name]?.(opened))
          if (typeof known === 'string') derived.set(name, known)
          return known ?? null
        },
        signing: opened && { credentials: opened.credentials, intent: opened.intent },
        leaving: () => {
          left = true
        },
      })
    })
  } catch (error) {
    if (error instanceof GatewayError) throw error
    core.log.error('forward.fault', { forward: job.id, ...fault(error) })
    // Nobody knows what was going on, but whether a byte had left is known.
    const sent = left ? 'unknown' : 'no'
    throw isStorageFailure(error)
      ? new GatewayError('storage_unavailable', 'The database did not answer.', { sent })
      : new GatewayError('internal', 'The forward failed by a fault of ours.', { sent })
  } finally {
    if (claim) await settle(core, job, left ? claim.consume() : claim.release())
  }
}

/** A session store that fails now must not take away the PSP's answer: the session is lost, which is the safe side. */
async function settle(core: Core, job: Job, settled: Promise<void>): Promise<void> {
  try {
    await settled
  } catch (error) {
    core.log.warn('sessions.unsettled', { forward: job.id, ...fault(error) })
  }
}

type OfAccount = Pick<OpenedJob, 'credentials' | 'identity' | 'session'>

const NO_ACCOUNT: OfAccount = { credentials: {}, identity: null, session: {} }

async function openAccount(
  core: Core,
  job: Job,
  receipt: Receipt,
  account: Account,
): Promise<OfAccount> {
  const { tenant } = job.call.caller
  const credentials = await openCredentials(core.keyring, receipt, tenant, account)
  const tls = await openTls(core.keyring, receipt, tenant, account)
  const identity = tls && { id: account.id, ...tls }
  return { credentials, identity, session: await sessionFor(core, job, credentials, identity) }
}

async function claimCvc(
  core: Core,
  job: Job,
  cvc: NonNullable<Call['cvc']>,
): Promise<Claim | null> {
  const { caller } = job.call
  if (!cvcReaders(job.holes).has('')) return null
  // Its own id: the caller may have named it by another.
  const token = job.wanted.find(({ name }) => name === '')?.row.id
  if (token === undefined) {
    throw new GatewayError('missing_fields', 'A security code needs the token of its card.', {
      param: 'token',
    })
  }
  if ('session' in cvc) return core.sessions.claim(caller, cvc.session, token)
  return { cvc: cvc.code, release: async () => {}, consume: async () => {} }
}

/** Puts in what is kept outside the database: security codes and cryptograms. */
async function addShortLived(
  core: Core,
  job: Job,
  tokens: ReadonlyMap<string, TokenValues>,
  claim: Claim | null,
): Promise<void> {
  const card = tokens.get('')?.card
  if (card && claim) card.cvc = claim.cvc.reveal()
  const takers = cvcTakers(job.holes)
  for (const { name, row } of job.wanted) {
    const values = tokens.get(name)
    // A code that was stored with its card, as some dialects do, and not in a session of its own.
    if (values?.card && takers.has(name)) {
      const cvc = values.card.cvc ?? (await core.sessions.readValue(row.id, 'card.cvc'))?.reveal()
      values.card.cvc = cvc ?? null
      if (values.data) values.data = { value: withCvc(values.data.value ?? null, cvc ?? null) }
    }
    if (values?.data && values.card) {
      values.data.value = withCvc(values.data.value ?? null, values.card.cvc ?? null)
    }
    if (values?.virtual_card) {
      const cvc = await core.sessions.readValue(row.id, 'virtual_card.cvc')
      values.virtual_card.cvc = cvc?.reveal() ?? null
    }
    if (values?.network_token) {
      const cryptogram = await core.sessions.readValue(row.id, 'network_token.cryptogram')
      values.network_token.cryptogram = cryptogram?.reveal() ?? null
    }
  }
}

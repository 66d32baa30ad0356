/**
 * @module The account a call names, with its adapter.
 */
import { GatewayError } from '../errors.ts'
import { findAccount } from '../store/accounts.ts'
import type { Account, Call } from './call.ts'
import type { Core } from './core.ts'

/** The account, or null where the call names none. Throws `account_unknown`, also for a live account under a test key. */
export async function accountOf(core: Core, call: Call): Promise<Account | null> {
  if (call.account === null) return null
  const row = await findAccount(core.store, call.caller.tenant, call.account)
  if (!row || (call.caller.test && row.mode === 'live')) {
    throw new GatewayError('account_unknown', 'There is no such account.', { param: 'account' })
  }
  return {
    id: row.id,
    adapter: core.registry.get(row.adapter),
    mode: row.mode,
    options: row.options,
    base_url: row.base_url,
    sealed_credentials: row.sealed_credentials,
    sealed_tls: row.sealed_tls,
  }
}

/** Where requests of this account go: its own base URL, else the adapter's host for its mode, with the account's name in it. */
export function baseOf({ base_url, adapter, mode, options }: Account): string {
  return (
    base_url ?? adapter.hosts[mode].replace(/\{(\w+)\}/, (_, name: string) => label(options[name]))
  )
}

/** A credential as a part of a host name: what could be more than one label is none. */
function label(value: string | undefined): string {
  if (value !== undefined && isLabel(value)) return value
  throw new GatewayError('adapter_failed', "The account's own part of the host is no name.", {
    hint: 'Make the account again with the name that the PSP gave you.',
  })
}

/** Whether a text is one label of a host name, with nothing that leads elsewhere (RFC 1123, section 2.1). */
export function isLabel(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)
}

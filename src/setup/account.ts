/**
 * @module A new account, checked against what its adapter wants and sealed: shared by the API and the command line.
 */
import type { Adapter } from '../adapter.ts'
import type { By } from '../audit/entry.ts'
import { GatewayError } from '../errors.ts'
import { isLabel } from '../forward/account.ts'
import { checkDestination, placeOf } from '../forward/destination.ts'
import { newId } from '../id.ts'
import type { Registry } from '../registry.ts'
import { addAccount, type AccountRow } from '../store/accounts.ts'
import type { Store } from '../store/open.ts'
import { sealTls } from '../vault/account_tls.ts'
import { sealCredentials } from '../vault/credentials.ts'
import type { Keyring } from '../vault/keyring.ts'
import { checkTls, type TlsInput } from './account_tls.ts'

export interface AccountInput {
  readonly adapter: string
  readonly mode: 'live' | 'sandbox'
  readonly name: string
  readonly credentials: Readonly<Record<string, string>>
  readonly options?: Readonly<Record<string, string>> | undefined
  readonly base_url?: string | null | undefined
  readonly tls?: TlsInput | null | undefined
}

interface Stores {
  readonly store: Store
  readonly keyring: Keyring
  readonly registry: Registry
}

/** Makes an account. Throws `invalid_request` naming every credential that is missing or unknown, or what is wrong with its TLS; `destination_denied` for a base URL that is not listed. */
export async function createAccount(
  { store, keyring, registry }: Stores,
  tenant: string,
  input: AccountInput,
  by: By,
): Promise<AccountRow> {
  const adapter = registry.get(input.adapter)
  checkNames(adapter, input)
  checkOptions(adapter, input.options ?? {})
  const base_url = input.base_url ? checkBase(input.base_url) : null
  if (base_url) {
    const { pathname } = new URL(base_url)
    await checkDestination(store, tenant, placeOf(base_url), 'POST', pathname)
  }
  const tls = checkTls(input.tls, by.at)
  const isSecret = (name: string): boolean => adapter.credentials[name]?.secret !== false
  const entries = Object.entries(input.credentials)
  const id = newId('acct', by.at)
  const row: AccountRow = {
    id,
    tenant_id: tenant,
    adapter: adapter.id,
    mode: input.mode,
    name: input.name,
    options: {
      ...input.options,
      ...Object.fromEntries(entries.filter(([name]) => !isSecret(name))),
    },
    sealed_credentials: await sealCredentials(
      keyring,
      tenant,
      id,
      Object.fromEntries(entries.filter(([name]) => isSecret(name))),
    ),
    sealed_tls: tls && (await sealTls(keyring, tenant, id, tls)),
    base_url,
    created_at: by.at,
  }
  await addAccount(store, row, by)
  return row
}

function checkNames(adapter: Adapter, { credentials, mode, base_url }: AccountInput): void {
  const wanted = Object.entries(adapter.credentials)
  const missing = wanted
    .filter(([name, { optional }]) => !optional && !credentials[name])
    .map(([name, { label }]) => `${name} (${label})`)
  const unknown = Object.keys(credentials).filter(
    (name) => !Object.hasOwn(adapter.credentials, name),
  )
  const tooLong = wanted.filter(
    ([name, { max_bytes }]) => Buffer.byteLength(credentials[name] ?? '') > (max_bytes ?? Infinity),
  )
  // The name in the adapter's host, which a base URL stands in place of.
  const inHost = base_url ? undefined : /\{(\w+)\}/.exec(adapter.hosts[mode])?.[1]
  const noLabel = inHost !== undefined && credentials[inHost] && !isLabel(credentials[inHost])
  const complaints = [
    ...(noLabel ? [`${inHost} must be one part of a host name, such as acme-1`] : []),
    ...tooLong.map(([name, { max_bytes }]) => `${name} is over ${max_bytes} bytes`),
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`not known: ${unknown.join(', ')}`] : []),
  ]
  if (complaints.length === 0) return
  throw new GatewayError(
    'invalid_request',
    `Credentials of ${adapter.name}: ${complaints.join('; ')}.`,
    {
      param: 'credentials',
      hint: `${adapter.name} wants: ${wanted.map(([name]) => name).join(', ')}.`,
    },
  )
}

/** An account chooses among what the adapter offers. */
function checkOptions(adapter: Adapter, options: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(options)) {
    const option = Object.hasOwn(adapter.options ?? {}, name) ? adapter.options?.[name] : undefined
    if (option?.choices.includes(value)) continue
    throw new GatewayError(
      'invalid_request',
      option
        ? `options.${name} must be one of ${option.choices.join(', ')}.`
        : `${adapter.name} has no option ${name}.`,
      { param: `options.${name}` },
    )
  }
}

function checkBase(text: string): string {
  const url = URL.parse(text)
  if (url?.protocol === 'https:' && !url.username && !url.password && !url.search && !url.hash) {
    return url.href.replace(/\/$/, '')
  }
  throw new GatewayError('invalid_request', 'base_url must be an https URL without query.', {
    param: 'base_url',
  })
}

/**
 * @module What `pangate dev` puts into its database, and finds there again: tenant, key, client, card, destination, account.
 */
import { createCredential, type CredentialKind } from '../auth/credentials.ts'
import { SCOPES } from '../auth/scopes.ts'
import { hashSecret } from '../auth/secret_text.ts'
import { checkCard } from '../card.ts'
import { GatewayError } from '../errors.ts'
import { placeOf } from '../forward/destination.ts'
import type { Gateway } from '../gateway.ts'
import { MERCHANTS } from '../sandbox/praxis/merchants.ts'
import { Secret } from '../secret.ts'
import { createAccount, type AccountInput } from '../setup/account.ts'
import { newDestination } from '../setup/destination.ts'
import { listAccounts, removeAccount } from '../store/accounts.ts'
import { addDestination, destinationsAt } from '../store/destinations.ts'
import { clientById, keyByHash } from '../store/keys.ts'
import { createTenant, listTenants } from '../store/tenants.ts'
import { storeToken } from '../tokens/store.ts'
import type { Kept } from './dev_file.ts'
import { byOperator } from './operator.ts'

interface Seeded extends Omit<Kept, 'sandbox_port' | 'pid'> {
  readonly accounts: { readonly [N in keyof typeof ACCOUNTS]: string }
}

const TENANT = 'dev'
/** Credentials at the sandbox, by adapter. An account is called as its adapter is. */
const ACCOUNTS = { stripe: { api_key: 'sk_test_pangate' }, praxis: praxisCredentials() }
/** https://docs.stripe.com/testing#cards */
export const TEST_CARD = '4242424242424242'

/** Everything that trying needs; what exists and still works stays as it is. */
export async function seed(
  gateway: Gateway,
  kept: Kept | null,
  sandboxUrl: string,
): Promise<Seeded> {
  const { store, keyring } = gateway
  const tenant =
    (await listTenants(store)).find(({ name }) => name === TENANT) ??
    (await createTenant(store, keyring, TENANT, byOperator()))
  await allowSandbox(gateway, tenant.id, sandboxUrl)
  const accounts = {
    stripe: await accountOf(gateway, tenant.id, 'stripe', sandboxUrl),
    praxis: await accountOf(gateway, tenant.id, 'praxis', sandboxUrl),
  }
  return {
    tenant: tenant.id,
    api_key: await keyOf(gateway, tenant.id, kept),
    oauth_client: await clientOf(gateway, tenant.id, kept),
    token: await tokenOf(gateway, tenant.id, kept),
    account: accounts.stripe,
    accounts,
  }
}

async function keyOf(gateway: Gateway, tenant: string, kept: Kept | null): Promise<string> {
  const row = kept && (await keyByHash(gateway.store, hashSecret(new Secret(kept.api_key))))
  if (kept && row?.tenant_id === tenant) return kept.api_key
  return (await make(gateway, 'key', tenant)).secret
}

async function clientOf(
  gateway: Gateway,
  tenant: string,
  kept: Kept | null,
): Promise<Kept['oauth_client']> {
  const row = kept && (await clientById(gateway.store, kept.oauth_client.id))
  if (kept && row?.tenant_id === tenant) return kept.oauth_client
  return make(gateway, 'client', tenant)
}

/** A credential that can do all but read card numbers in the clear. */
async function make(
  { store }: Gateway,
  kind: CredentialKind,
  tenant: string,
): Promise<{ id: string; secret: string }> {
  const scopes = Object.keys(SCOPES).filter((scope) => scope !== 'tokens:reveal')
  const { row, secret } = await createCredential(
    store,
    kind,
    { tenant, name: TENANT, scopes, test: true },
    byOperator(),
  )
  return { id: row.id, secret: secret.reveal() }
}

async function tokenOf(gateway: Gateway, tenant: string, kept: Kept | null): Promise<string> {
  const owner = { tenant, test: true, scopes: new Set<never>(), id: 'pangate dev', request_id: '' }
  if (kept && (await isUsable(gateway, owner, kept.token))) return kept.token
  const now = new Date(gateway.clock())
  const input = { number: TEST_CARD, exp_month: 12, exp_year: now.getUTCFullYear() + 3 }
  const { token } = await storeToken(gateway, owner, {
    instrument: { card: checkCard(input, now) },
    cvc: null,
    virtual_card: null,
    network_token: null,
    metadata: {},
    allowed_hosts: null,
    expires_at: null,
  })
  return token.id
}

async function isUsable(
  { vault }: Gateway,
  owner: { readonly tenant: string; readonly test: boolean },
  id: string,
): Promise<boolean> {
  try {
    await vault.find(owner, id)
    return true
  } catch (error) {
    if (error instanceof GatewayError && /^token_/.test(error.code)) return false
    throw error
  }
}

async function allowSandbox({ store }: Gateway, tenant: string, url: string): Promise<void> {
  const { host, port } = placeOf(url)
  if ((await destinationsAt(store, tenant, host, port)).length > 0) return
  const by = byOperator()
  await addDestination(store, newDestination(tenant, { host, port }, by.at), by)
}

/** The account at the sandbox; a new one where the sandbox has moved to another port. */
async function accountOf(
  gateway: Gateway,
  tenant: string,
  adapter: keyof typeof ACCOUNTS,
  base_url: string,
): Promise<string> {
  const { store } = gateway
  const found = (await listAccounts(store, tenant)).find(({ name }) => name === adapter)
  if (found?.base_url === base_url) return found.id
  if (found) await removeAccount(store, tenant, found.id, byOperator())
  const credentials: AccountInput['credentials'] = ACCOUNTS[adapter]
  const input = { adapter, mode: 'sandbox', name: adapter, credentials, base_url } as const
  return (await createAccount(gateway, tenant, input, byOperator())).id
}

function praxisCredentials() {
  const [{ merchant_id, application_key, secret }] = MERCHANTS
  return { merchant_id, application_key, merchant_secret: secret }
}

/**
 * @module The checks of `pangate doctor` over what tenants have: keys, destinations, accounts.
 */
import type { Adapter } from '../adapter.ts'
import type { Config } from '../config.ts'
import { contains } from '../cidr.ts'
import { classifyAddress } from '../forward/address.ts'
import { placeOf } from '../forward/destination.ts'
import { listAccounts } from '../store/accounts.ts'
import { destinationsAt, listDestinations } from '../store/destinations.ts'
import { listClients, listKeys } from '../store/keys.ts'
import type { Store } from '../store/open.ts'
import { listTenants, type Tenant } from '../store/tenants.ts'
import { tryCredentials } from '../vault/credentials.ts'
import type { Keyring } from '../vault/keyring.ts'
import { finding, refused, type Finding } from './doctor_finding.ts'

const RESOLVE_MS = 3000

/** Everything of every tenant. */
export async function checkTenants(
  config: Config,
  store: Store,
  keyring: Keyring,
  adapters: readonly Adapter[],
): Promise<readonly Finding[]> {
  const tenants = await listTenants(store)
  if (tenants.length === 0) {
    return [finding('note', 'tenants', 'there is none yet', 'pangate tenant create NAME')]
  }
  const found: Finding[] = []
  for (const tenant of tenants) {
    found.push(...(await checkKeys(store, keyring, tenant)))
    found.push(...(await checkAccounts(store, keyring, tenant, adapters)))
    found.push(...(await checkDestinations(config, store, tenant)))
  }
  return found
}

async function checkKeys(
  store: Store,
  keyring: Keyring,
  { id, name }: Tenant,
): Promise<readonly Finding[]> {
  const check = `tenant ${name}`
  try {
    await keyring.keys(id, 'data')
    await keyring.keys(id, 'fingerprint')
  } catch (error) {
    return [refused(check, error)]
  }
  const callers = [...(await listKeys(store, id)), ...(await listClients(store, id))]
  if (callers.some(({ revoked_at }) => revoked_at === null)) {
    return [finding('ok', check, 'its data keys open')]
  }
  return [
    finding(
      'note',
      check,
      'it has no API key and no OAuth client',
      `pangate key create --tenant ${name} --scope forward,tokens:write`,
    ),
  ]
}

async function checkAccounts(
  store: Store,
  keyring: Keyring,
  { id, name }: Tenant,
  adapters: readonly Adapter[],
): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const account of await listAccounts(store, id)) {
    const check = `account ${account.name} of ${name}`
    const adapter = adapters.find(({ id: known }) => known === account.adapter)
    if (!adapter) {
      found.push(
        finding('warning', check, `there is no adapter ${account.adapter}`, 'pangate adapter list'),
      )
      continue
    }
    try {
      await tryCredentials(keyring, id, account)
    } catch (error) {
      found.push(refused(check, error))
    }
    const { host, port } = placeOf(account.base_url ?? adapter.hosts[account.mode])
    if ((await destinationsAt(store, id, host, port)).length > 0) continue
    const further = port === 443 ? '' : ` --port ${port}`
    found.push(
      finding(
        'warning',
        check,
        `its host ${host}:${port} is not among the destinations`,
        `pangate destination add ${host}${further} --tenant ${name}`,
      ),
    )
  }
  return found
}

/** Where a name leads to, and whether it would be sent to. */
async function checkDestinations(
  config: Config,
  store: Store,
  { id, name }: Tenant,
): Promise<readonly Finding[]> {
  const hosts = new Set((await listDestinations(store, id)).map(({ host }) => host))
  const found = await Promise.all(
    [...hosts].map(async (host): Promise<Finding | null> => {
      const check = `destination ${host} of ${name}`
      const addresses = await resolve(host.replace(/^\[|\]$/g, ''))
      if (addresses.length === 0) {
        return finding('warning', check, 'the name does not resolve here', `getent hosts ${host}`)
      }
      const { private_networks } = config.egress
      const closed = addresses.filter(
        (address) =>
          classifyAddress(address) !== 'public' &&
          !private_networks.some((range) => contains(range, address)),
      )
      if (closed.length === 0) return null
      return finding(
        'warning',
        check,
        `it leads to ${closed.join(', ')}, which is not public: nothing is sent there`,
        'list the range in [egress] private_networks, if that is what you want',
      )
    }),
  )
  return found.filter((one) => one !== null)
}

/** All addresses; none where the name has none or the resolver does not answer in time. */
async function resolve(host: string): Promise<readonly string[]> {
  const late = Promise.withResolvers<readonly string[]>()
  const timer = setTimeout(() => late.resolve([]), RESOLVE_MS)
  const found = Bun.dns.lookup(host).then(
    (all) => all.map(({ address }) => address),
    () => [],
  )
  try {
    return await Promise.race([found, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * @module What commands that set things up work on: the configured database, opened under its master key.
 */
import { existsSync } from 'node:fs'
import { readConfig, type Config, type ReadConfig } from '../config.ts'
import { askMaster } from '../custody/open_master.ts'
import { OperatorError } from '../errors.ts'
import { openAdapters } from '../gateway.ts'
import { openRegistry, type Registry } from '../registry.ts'
import { openStore, type Store } from '../store/open.ts'
import { openLog } from '../telemetry/log.ts'
import { listTenants, tenantNamed, type Tenant } from '../store/tenants.ts'
import { attachAudit } from '../vault/audit_chain.ts'
import { openKeyring, type Keyring } from '../vault/keyring.ts'
import { askShare } from './ask_share.ts'
import type { Input } from './command.ts'
import type { Terminal } from './terminal.ts'

export interface Installation {
  readonly config: Config
  readonly store: Store
  readonly keyring: Keyring
  readonly registry: Registry
}

const DEFAULT_FILE = 'pangate.toml'

/** The configuration file's path; null where the environment alone holds the configuration. Throws OperatorError where there is neither. */
export function configFile(input: Input, env: Terminal['env']): string | null {
  const named = input.text('config') ?? env['PANGATE_CONFIG']
  if (named !== undefined && named !== '') return named
  if (existsSync(DEFAULT_FILE)) return DEFAULT_FILE
  if (Object.keys(env).some((name) => name.startsWith('PANGATE_VAULT_'))) return null
  throw new OperatorError(
    `there is no ${DEFAULT_FILE} here`,
    'pangate init, or name a configuration by --config FILE',
  )
}

/** Reads the configuration that a command was given. */
export function configOf(input: Input, env: Terminal['env']): ReadConfig {
  return readConfig(configFile(input, env), env)
}

/** Opens the installation for `use`, and closes it. */
export async function withInstallation<T>(
  input: Input,
  terminal: Terminal,
  use: (installation: Installation) => Promise<T>,
): Promise<T> {
  const { env, err } = terminal
  const { config } = configOf(input, env)
  const master = await askMaster(config, askShare(terminal))
  const store = await openStore(config.database)
  try {
    const keyring = await openKeyring(store, master)
    await attachAudit(store, keyring, Date.now)
    const log = openLog({ ...config.log, clock: Date.now, write: err, level: 'warn' })
    const folder = await openAdapters(config.adapters, log, false)
    const registry = openRegistry(undefined, folder?.adapters)
    return await use({ config, store, keyring, registry })
  } finally {
    await store.close()
  }
}

/** The tenants a command is about: the one it names, or all. */
async function tenantsOf(input: Input, store: Store): Promise<readonly Tenant[]> {
  const name = input.text('tenant')
  return name === undefined ? listTenants(store) : [await tenantNamed(store, name)]
}

/** What the tenants of a command have, one list after another, each with the tenant it belongs to. */
export async function listOf<Row, Shown>(
  input: Input,
  store: Store,
  list: (store: Store, tenant: string) => Promise<readonly Row[]>,
  view: (row: Row) => Shown,
): Promise<readonly (Shown & { readonly tenant: string; readonly tenant_name: string })[]> {
  const tenants = await tenantsOf(input, store)
  const lists = await Promise.all(tenants.map(({ id }) => list(store, id)))
  return tenants.flatMap(({ id, name }, at) =>
    (lists[at] ?? []).map((row) => ({ ...view(row), tenant: id, tenant_name: name })),
  )
}

/** Takes something of an id away from the tenant that has it. Throws OperatorError where none has. */
export async function takeAway(
  input: Input,
  store: Store,
  noun: string,
  command: string,
  take: (tenant: string, id: string) => Promise<boolean>,
): Promise<void> {
  for (const tenant of await tenantsOf(input, store)) {
    if (await take(tenant.id, input.argument)) return
  }
  throw new OperatorError(`there is no ${noun} with the id ${input.argument}`, command)
}

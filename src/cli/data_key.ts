/**
 * @module `pangate data-key`: the tenants' keys, and new ones for old.
 */
import { attachAudit } from '../vault/audit_chain.ts'
import { rfc3339 } from '../clock.ts'
import { askMaster } from '../custody/open_master.ts'
import { openStore } from '../store/open.ts'
import { listTenants, tenantNamed } from '../store/tenants.ts'
import { listDataKeys } from '../vault/data_keys.ts'
import { openKeyring } from '../vault/keyring.ts'
import { openMasters } from '../vault/masters.ts'
import { rotateDataKey } from '../vault/rotate_data.ts'
import { askShare } from './ask_share.ts'
import type { Input } from './command.ts'
import { configOf, withInstallation } from './installation.ts'
import { columns } from './print.ts'
import { rotationRun } from './rotation.ts'
import type { Terminal } from './terminal.ts'

/** `pangate data-key rotate --tenant T | --all`. */
export async function rotate(input: Input, terminal: Terminal): Promise<number> {
  const name = input.text('tenant')
  if ((name === undefined) !== input.flag('all')) {
    throw input.refuse('name one tenant with --tenant, or all with --all')
  }
  const { config } = configOf(input, terminal.env)
  const master = await askMaster(config, askShare(terminal))
  const store = await openStore(config.database)
  try {
    const keyring = await openKeyring(store, master)
    await attachAudit(store, keyring, Date.now)
    const tenants = name === undefined ? await listTenants(store) : [await tenantNamed(store, name)]
    for (const tenant of tenants) {
      const run = rotationRun(input, terminal, 'data_key.rotate', `${tenant.name}: values sealed`)
      // As they are now: another rotation may have changed the master key meanwhile.
      const { current } = await openMasters(store, master)
      const count = await rotateDataKey(store, keyring, current, tenant.id, run)
      terminal.out(`${tenant.name}: ${count} values sealed under a new key, the old one is gone`)
    }
    await keyring.close()
    return 0
  } finally {
    await store.close()
  }
}

/** `pangate data-key list`. */
export function list(input: Input, terminal: Terminal): Promise<number> {
  return withInstallation(input, terminal, async ({ store }) => {
    const names = new Map((await listTenants(store)).map(({ id, name }) => [id, name]))
    const rows = (await listDataKeys(store)).map((row) => ({
      tenant: names.get(row.tenant_id) ?? row.tenant_id,
      purpose: row.purpose,
      version: row.version,
      created_at: rfc3339(row.created_at),
      sealed: row.sealed,
      master_key: row.master_key_id,
    }))
    terminal.out(input.flag('json') ? JSON.stringify(rows) : columns(rows, 'There is no key yet.'))
    return 0
  })
}

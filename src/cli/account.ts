/**
 * @module `pangate account`: credentials at PSPs.
 */
import { readFileSync } from 'node:fs'
import { view } from '../api/accounts.ts'
import { GatewayError, OperatorError } from '../errors.ts'
import { placeOf } from '../forward/destination.ts'
import { createAccount } from '../setup/account.ts'
import type { TlsInput } from '../setup/account_tls.ts'
import { listAccounts, removeAccount } from '../store/accounts.ts'
import { destinationsAt } from '../store/destinations.ts'
import { tenantNamed } from '../store/tenants.ts'
import type { Input } from './command.ts'
import { readCredentials } from './credential_input.ts'
import { listOf, takeAway, withInstallation } from './installation.ts'
import { byOperator } from './operator.ts'
import { columns } from './print.ts'
import type { Terminal } from './terminal.ts'

/** `pangate account add`. */
export function add(input: Input, terminal: Terminal): Promise<number> {
  const mode = input.choice('mode', ['live', 'sandbox'])
  const options = Object.fromEntries(input.list('option').map((text) => pair(text, input)))
  return withInstallation(input, terminal, async (installation) => {
    const { store, registry } = installation
    const tenant = await tenantNamed(store, input.required('tenant'))
    const adapter = registry.get(input.required('adapter'))
    const base_url = input.text('base-url')
    const row = await createAccount(
      installation,
      tenant.id,
      {
        adapter: adapter.id,
        mode,
        name: input.required('name'),
        credentials: await readCredentials(input, terminal, adapter),
        options,
        base_url,
        tls: readTls(input),
      },
      byOperator(),
    ).catch((error: unknown) => {
      throw told(error, input, tenant.name)
    })
    if (input.flag('json')) terminal.out(JSON.stringify(view(row, adapter)))
    else {
      terminal.out(row.id)
      const { host, port } = placeOf(row.base_url ?? adapter.hosts[mode])
      if ((await destinationsAt(store, tenant.id, host, port)).length === 0) {
        terminal.err(`  next: ${allow(host, port, tenant.name)}`)
      }
    }
    return 0
  })
}

/** `pangate account list`. */
export function list(input: Input, terminal: Terminal): Promise<number> {
  return withInstallation(input, terminal, async ({ store, registry }) => {
    const rows = await listOf(input, store, listAccounts, (row) =>
      view(row, registry.find(row.adapter)),
    )
    const shown = rows.map(({ id, tenant_name, name, adapter, mode, base_url }) => ({
      id,
      tenant: tenant_name,
      name,
      adapter,
      mode,
      base_url,
    }))
    const none = 'There is none yet: pangate account add --help'
    terminal.out(input.flag('json') ? JSON.stringify(rows) : columns(shown, none))
    return 0
  })
}

/** `pangate account remove ID`. */
export function remove(input: Input, terminal: Terminal): Promise<number> {
  return withInstallation(input, terminal, async ({ store }) => {
    const take = (tenant: string, id: string) => removeAccount(store, tenant, id, byOperator())
    await takeAway(input, store, 'account', 'pangate account list', take)
    await store.scrubDeleted()
    terminal.out(`removed ${input.argument}`)
    return 0
  })
}

function readTls(input: Input): TlsInput {
  return {
    client_certificate: textOf(input, 'client-certificate'),
    client_key: textOf(input, 'client-key'),
    pins: input.list('pin'),
  }
}

function textOf(input: Input, name: string): string | undefined {
  const path = input.text(name)
  if (!path) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new OperatorError(
      `the file ${path} cannot be read`,
      `check --${name} and its permissions`,
    )
  }
}

function pair(text: string, input: Input): readonly [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw input.refuse('--option must be NAME=VALUE')
}

/** The same error with the command that mends it. */
function told(error: unknown, input: Input, tenant: string): unknown {
  if (!(error instanceof GatewayError)) return error
  if (error.code === 'conflict') {
    return new OperatorError(
      `${tenant} has an account called ${input.required('name')} already`,
      `pangate account list --tenant ${tenant}`,
    )
  }
  const url = URL.parse(input.text('base-url') ?? '')
  if (error.code !== 'destination_denied' || !url) return error
  const { host, port } = placeOf(url.href)
  return new OperatorError(error.message.replace(/\.$/, ''), allow(host, port, tenant))
}

function allow(host: string, port: number, tenant: string): string {
  const further = port === 443 ? '' : ` --port ${port}`
  return `pangate destination add ${host}${further} --tenant ${tenant}`
}

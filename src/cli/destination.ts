/**
 * @module `pangate destination`: where a tenant may send to.
 */
import { view } from '../api/destinations.ts'
import { GatewayError, OperatorError } from '../errors.ts'
import { newDestination } from '../setup/destination.ts'
import { addDestination, listDestinations, removeDestination } from '../store/destinations.ts'
import { tenantNamed } from '../store/tenants.ts'
import type { Input } from './command.ts'
import { listOf, takeAway, withInstallation } from './installation.ts'
import { byOperator } from './operator.ts'
import { columns } from './print.ts'
import type { Terminal } from './terminal.ts'

/** `pangate destination add HOST`. */
export function add(input: Input, terminal: Terminal): Promise<number> {
  const port = input.integer('port', 1, 65_535)
  const methods = input.list('method').flatMap((text) => text.toUpperCase().split(','))
  return withInstallation(input, terminal, async ({ store }) => {
    const tenant = await tenantNamed(store, input.required('tenant'))
    const by = byOperator()
    const row = newDestination(
      tenant.id,
      {
        host: input.argument,
        port,
        path_prefix: input.text('path-prefix'),
        methods: methods.length > 0 ? methods : null,
      },
      by.at,
    )
    await addDestination(store, row, by).catch((error: unknown) => {
      if (!(error instanceof GatewayError) || error.code !== 'conflict') throw error
      throw new OperatorError(
        `${tenant.name} may send to ${row.host}:${row.port}${row.path_prefix} already`,
        `pangate destination list --tenant ${tenant.name}`,
      )
    })
    terminal.out(input.flag('json') ? JSON.stringify(view(row)) : row.id)
    return 0
  })
}

/** `pangate destination list`. */
export function list(input: Input, terminal: Terminal): Promise<number> {
  return withInstallation(input, terminal, async ({ store }) => {
    const rows = await listOf(input, store, listDestinations, view)
    const shown = rows.map(({ id, tenant_name, host, port, path_prefix, methods }) => ({
      id,
      tenant: tenant_name,
      host,
      port,
      path_prefix,
      methods: methods?.join(' ') ?? 'all',
    }))
    const none = 'There is none yet: pangate destination add HOST --tenant T'
    terminal.out(input.flag('json') ? JSON.stringify(rows) : columns(shown, none))
    return 0
  })
}

/** `pangate destination remove ID`. */
export function remove(input: Input, terminal: Terminal): Promise<number> {
  return withInstallation(input, terminal, async ({ store }) => {
    const take = (tenant: string, id: string) => removeDestination(store, tenant, id, byOperator())
    await takeAway(input, store, 'destination', 'pangate destination list', take)
    terminal.out(`removed ${input.argument}`)
    return 0
  })
}

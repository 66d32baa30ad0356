/**
 * @module `pangate tenant`: makes and lists tenants.
 */
import { rfc3339 } from '../clock.ts'
import { GatewayError, OperatorError } from '../errors.ts'
import { createTenant, listTenants, type Tenant } from '../store/tenants.ts'
import type { Input } from './command.ts'
import { withInstallation } from './installation.ts'
import { byOperator } from './operator.ts'
import { columns } from './print.ts'
import type { Terminal } from './terminal.ts'

/** Letters that need no quotes in a shell, and cannot be taken for an option or an id. */
const NAME = /^(?!-|ten_)[\p{L}\p{N}._-]{1,64}$/u

/** `pangate tenant create NAME`. */
export function create(input: Input, terminal: Terminal): Promise<number> {
  const name = input.argument
  if (!NAME.test(name)) {
    throw input.refuse('the name must be 1 to 64 letters, digits, dots, dashes and underscores')
  }
  return withInstallation(input, terminal, async ({ store, keyring }) => {
    const tenant = await createTenant(store, keyring, name, byOperator()).catch(
      (error: unknown) => {
        if (!(error instanceof GatewayError) || error.code !== 'conflict') throw error
        throw new OperatorError(`there is a tenant called ${name} already`, 'pangate tenant list')
      },
    )
    if (input.flag('json')) terminal.out(JSON.stringify(view(tenant)))
    else {
      terminal.out(`${tenant.id}  ${name}`)
      terminal.err(`  next: pangate key create --tenant ${name} --scope forward,tokens:write`)
    }
    return 0
  })
}

/** `pangate tenant list`. */
export function list(input: Input, terminal: Terminal): Promise<number> {
  return withInstallation(input, terminal, async ({ store }) => {
    const rows = (await listTenants(store)).map(view)
    const none = 'There is no tenant yet: pangate tenant create NAME'
    terminal.out(input.flag('json') ? JSON.stringify(rows) : columns(rows, none))
    return 0
  })
}

function view({ id, name, created_at }: Tenant) {
  return { id, name, created_at: rfc3339(created_at) }
}

/**
 * @module `pangate key` and `pangate client`: credentials of callers.
 */
import { createCredential, type CredentialKind } from '../auth/credentials.ts'
import { isScope, SCOPES } from '../auth/scopes.ts'
import { rfc3339 } from '../clock.ts'
import { nearest } from '../config/nearest.ts'
import {
  listClients,
  listKeys,
  revokeClient,
  revokeKey,
  type ClientRow,
  type KeyRow,
} from '../store/keys.ts'
import { parseRate, RATE_FORM } from '../limits/rate.ts'
import type { Store } from '../store/open.ts'
import { tenantNamed } from '../store/tenants.ts'
import type { Input } from './command.ts'
import { listOf, takeAway, withInstallation } from './installation.ts'
import { byOperator } from './operator.ts'
import { columns } from './print.ts'
import type { Terminal } from './terminal.ts'

const KINDS = {
  key: { list: listKeys, revoke: revokeKey, field: 'key', noun: 'living API key' },
  client: { list: listClients, revoke: revokeClient, field: 'secret', noun: 'living OAuth client' },
} as const

/** `pangate key create`, `pangate client create`. The secret is printed here and never again. */
export function create(kind: CredentialKind, input: Input, terminal: Terminal): Promise<number> {
  const scopes = scopesOf(input)
  const rate = input.text('rate')
  if (rate !== undefined && parseRate(rate) === undefined) {
    throw input.refuse(`--rate must be ${RATE_FORM}`)
  }
  return withInstallation(input, terminal, async ({ store }) => {
    const tenant = await tenantNamed(store, input.required('tenant'))
    const { row, secret } = await createCredential(
      store,
      kind,
      {
        tenant: tenant.id,
        name: input.text('name') ?? '',
        scopes,
        test: input.flag('test'),
        ...(rate !== undefined && { rate }),
      },
      byOperator(),
    )
    const { field } = KINDS[kind]
    if (input.flag('json')) {
      terminal.out(JSON.stringify({ ...view(row), [field]: secret.reveal() }))
    } else {
      terminal.out(`id      ${row.id}\n${field.padEnd(6)}  ${secret.reveal()}`)
      terminal.err(`  This is the only time that the ${field} is shown.`)
    }
    return 0
  })
}

/** `pangate key list`, `pangate client list`. */
export function list(kind: CredentialKind, input: Input, terminal: Terminal): Promise<number> {
  return withInstallation(input, terminal, async ({ store }) => {
    const all: (store: Store, tenant: string) => Promise<readonly (KeyRow | ClientRow)[]> =
      KINDS[kind].list
    const rows = await listOf(input, store, all, view)
    const shown = rows.map(({ id, tenant_name, name, scopes, test, revoked_at }) => ({
      id,
      tenant: tenant_name,
      name,
      test,
      revoked_at,
      scopes: scopes.join(' '),
    }))
    const none = `There is none yet: pangate ${kind} create --help`
    terminal.out(input.flag('json') ? JSON.stringify(rows) : columns(shown, none))
    return 0
  })
}

/** `pangate key revoke ID`, `pangate client revoke ID`. */
export function revoke(kind: CredentialKind, input: Input, terminal: Terminal): Promise<number> {
  return withInstallation(input, terminal, async ({ store }) => {
    const kinds = KINDS[kind]
    const take = (tenant: string, id: string) => kinds.revoke(store, tenant, id, byOperator())
    await takeAway(input, store, kinds.noun, `pangate ${kind} list`, take)
    terminal.out(`revoked ${input.argument}`)
    return 0
  })
}

/** Scopes given one by one, or several with commas or spaces between. */
function scopesOf(input: Input): readonly string[] {
  const scopes = input.list('scope').flatMap((text) => text.split(/[\s,]+/).filter(Boolean))
  const all = Object.keys(SCOPES)
  for (const scope of scopes) {
    if (isScope(scope)) continue
    const meant = nearest(scope, all)
    const hint = meant === null ? `use some of ${all.join(', ')}` : `did you mean ${meant}?`
    throw input.refuse(`there is no scope ${scope}; ${hint}`)
  }
  if (scopes.length === 0) throw input.refuse(`--scope needs some of ${all.join(', ')}`)
  return scopes
}

function view(row: KeyRow | ClientRow) {
  const { id, tenant_id, name, scopes, test, rate, created_at, revoked_at } = row
  return {
    id,
    tenant: tenant_id,
    name,
    scopes,
    test,
    rate,
    created_at: rfc3339(created_at),
    revoked_at: revoked_at === null ? null : rfc3339(revoked_at),
  }
}

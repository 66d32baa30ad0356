/**
 * @module `/v1/accounts`: credentials at PSPs; secret ones go in and never come out.
 */
import type { Static } from '@sinclair/typebox'
import type { Adapter } from '../adapter.ts'
import { byCaller, type Caller } from '../auth/caller.ts'
import { rfc3339 } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import { json, nothing } from '../respond.ts'
import type { Route } from '../route.ts'
import { createAccount } from '../setup/account.ts'
import { findAccount, listAccounts, removeAccount, type AccountRow } from '../store/accounts.ts'
import { refuseCardNumbers } from './clear_text.ts'
import * as schemas from './schemas.ts'

/** The routes of accounts. */
export function accountRoutes(gateway: Gateway): readonly Route[] {
  const { store, registry, clock } = gateway
  const tag = 'Accounts'
  const scope = 'admin'
  const show = (row: AccountRow) => view(row, registry.find(row.adapter))
  /** A test key does not see live accounts. */
  const sees = ({ test }: Caller, { mode }: Pick<AccountRow, 'mode'>): boolean =>
    !test || mode === 'sandbox'

  async function find(caller: Caller, id = ''): Promise<AccountRow> {
    const row = await findAccount(store, caller.tenant, id)
    if (row && sees(caller, row)) return row
    throw new GatewayError('account_unknown', 'There is no such account.')
  }
  return [
    {
      method: 'POST',
      path: '/v1/accounts',
      tag,
      scope,
      summary: "Store a PSP's credentials",
      body: schemas.CreateAccount,
      answer: { status: 201, schema: schemas.Account },
      async handle({ json: { value } }, caller) {
        // The edge has checked the body against this schema.
        const input = value as Static<typeof schemas.CreateAccount>
        if (!sees(caller, input)) {
          throw new GatewayError('forbidden', 'A test key cannot make a live account.', {
            param: 'mode',
          })
        }
        refuseCardNumbers([input.name], 'name')
        refuseCardNumbers(Object.entries(input.options ?? {}).flat(), 'options')
        refuseCardNumbers([input.base_url], 'base_url')
        return json(
          201,
          show(await createAccount(gateway, caller.tenant, input, byCaller(caller, clock()))),
        )
      },
    },
    {
      method: 'GET',
      path: '/v1/accounts',
      tag,
      scope,
      summary: 'List accounts',
      answer: { status: 200, schema: schemas.AccountPage },
      async handle(_, caller) {
        const rows = await listAccounts(store, caller.tenant)
        const seen = rows.filter((row) => sees(caller, row))
        return json(200, { data: seen.map(show), next_cursor: null })
      },
    },
    {
      method: 'GET',
      path: '/v1/accounts/:id',
      tag,
      scope,
      summary: 'Read one',
      answer: { status: 200, schema: schemas.Account },
      handle: async ({ params }, caller) => json(200, show(await find(caller, params['id']))),
    },
    {
      method: 'DELETE',
      path: '/v1/accounts/:id',
      tag,
      scope,
      summary: 'Forget an account with its credentials',
      answer: { status: 204 },
      async handle({ params }, caller) {
        const { id } = await find(caller, params['id'])
        await removeAccount(store, caller.tenant, id, byCaller(caller, clock()))
        await store.scrubDeleted()
        return nothing()
      },
    },
  ]
}

/** An account as the API and the command line show it; without its adapter, nobody knows which of its credentials are what. */
export function view(row: AccountRow, adapter: Adapter | null) {
  const { id, mode, name, base_url } = row
  const known = adapter?.credentials ?? {}
  const isCredential = (key: string): boolean => Object.hasOwn(known, key)
  const options = Object.entries(row.options)
  return {
    id,
    adapter: row.adapter,
    mode,
    name,
    credentials: {
      ...Object.fromEntries(
        Object.entries(known)
          .filter(([, { secret }]) => secret)
          .map(([key]) => [key, '[secret]']),
      ),
      ...Object.fromEntries(options.filter(([key]) => isCredential(key))),
    },
    options: Object.fromEntries(options.filter(([key]) => !isCredential(key))),
    base_url,
    tls: row.sealed_tls !== null,
    created_at: rfc3339(row.created_at),
  }
}

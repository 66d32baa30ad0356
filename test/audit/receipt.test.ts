/**
 * @module The vault opens by the receipt for a line of the audit log, and by nothing else.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { byItself } from '../../src/audit/entry.ts'
import { Receipt } from '../../src/audit/receipt.ts'
import { findAccount } from '../../src/store/accounts.ts'
import { openCredentials } from '../../src/vault/credentials.ts'
import { filesIn, read } from '../house/source.ts'
import { canaryCard } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let shop: TestGateway
let token: string
let other: string
beforeAll(async () => {
  shop = await startGateway()
  const store = async (): Promise<string> => {
    const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
    return (await shop.call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
  }
  token = await store()
  other = await store()
})
afterAll(() => shop.close())

async function receiptFor(tokens: readonly string[], account: string | null = null) {
  const { store } = shop.gateway
  const opening = { purpose: 'reveal', by: byItself(0), tenant: shop.tenant, tokens } as const
  return (await Receipt.write(store, { ...opening, account })).receipt
}

/** The number as the vault gives it; null where it does not open. */
async function opened(receipt: Receipt, id: string, tenant = shop.tenant): Promise<string | null> {
  const { vault } = shop.gateway
  const row = await vault.find({ tenant: shop.tenant, test: false }, id)
  const wanted = [{ name: '', row, instruments: new Set(['card'] as const) }]
  try {
    return await vault.open(receipt, tenant, wanted, async (values) =>
      String(values.get('')?.card?.number),
    )
  } catch (error) {
    expect(String(error)).toContain('what was not written down')
    return null
  }
}

test('it opens the tokens of the line, and no others', async () => {
  const receipt = await receiptFor([token])
  expect(await opened(receipt, token)).toMatch(/^\d{13,19}$/)
  expect(await opened(receipt, other)).toBeNull()
  expect(await opened(receipt, token, 'ten_of_another')).toBeNull()
  expect(await opened(await receiptFor([]), token)).toBeNull()
})

test('it opens the account of the line, and no other', async () => {
  const { store, keyring } = shop.gateway
  const made = await shop.call('POST', '/v1/accounts', {
    adapter: 'stripe',
    mode: 'live',
    name: 'a',
    credentials: { api_key: 'sk_test_receipt' },
  })
  const row = await findAccount(store, shop.tenant, made.textAt('id'))
  if (!row) throw new Error('the account is not there')
  const open = (receipt: Receipt) => openCredentials(keyring, receipt, shop.tenant, row)
  expect(await open(await receiptFor([], row.id))).toEqual({ api_key: 'sk_test_receipt' })
  const refused = await open(await receiptFor([token])).catch((error: unknown) => String(error))
  expect(refused).toContain('what was not written down')
})

test('there is no receipt where the line is not written', async () => {
  const { store } = shop.gateway
  const bad = { sql: 'insert into nothing values (1)', params: [] }
  const opening = { purpose: 'reveal', by: byItself(0), tenant: shop.tenant, tokens: [token] }
  const made = await Receipt.write(store, { ...opening, purpose: 'reveal' }, bad).catch(
    (error: unknown) => String(error),
  )
  expect(made).toContain('did not take the write')
})

test('what is sealed is touched by the vault, and by those alone who hand it on', () => {
  const others = filesIn('src')
    .filter((path) => path.endsWith('.ts') && !/^src\/vault\/|^src\/store\/schema/.test(path))
    .filter((path) =>
      /sealed_(?:number|holder|data|credentials)|openScope|openField/.test(read(path)),
    )
  expect(others.toSorted()).toEqual([
    // Puts the account's credentials, sealed, before `openCredentials`.
    'src/conformance/trial.ts',
    'src/forward/account.ts',
    'src/forward/call.ts',
    // Seals new ones.
    'src/setup/account.ts',
  ])
})

/**
 * @module What is deleted is in no file any more; and a security code never was in one.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createClient, type Client } from '@libsql/client'
import { join } from 'node:path'
import { unseal } from '../../src/vault/seal.ts'
import { canaryAccountNumber, canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { filesWith } from '../support/files.ts'
import { startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

const number = canaryCard()
const [cvc, virtualCvc] = [canaryCvc(), canaryCvc()]
const cryptogram = canarySecret()
const expiry = { exp_month: 1, exp_year: 2040 }
let psp: FakePsp
let shop: TestGateway
let database: Client
let count = 0

beforeAll(async () => {
  psp = await startPsp()
  shop = await startGateway({ psp })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  database = createClient({ url: `file:${join(shop.folder, 'pangate.db')}` })
})
afterAll(async () => {
  database.close()
  await shop.close()
  await psp.stop()
})

function store(): Promise<Answered> {
  return shop.call('POST', '/v1/tokens', {
    type: 'card',
    card: { number, ...expiry, holder: 'Ada' },
    cvc,
    credentials: {
      virtual_card: { number: canaryCard(), ...expiry, cvc: virtualCvc },
      network_token: { number: canaryCard(), ...expiry, cryptogram },
    },
    metadata: { order: `order number ${++count}` },
  })
}

/** Every blob in the rows that belong to an id, as the database has it. */
async function blobs(sql: string, id: string): Promise<readonly Uint8Array[]> {
  const { rows } = await database.execute({ sql, args: [id] })
  return rows.flatMap((row) =>
    Object.values(row).flatMap((value) =>
      value instanceof ArrayBuffer ? [new Uint8Array(value)] : [],
    ),
  )
}

/** Each is in a file before, and in none after. */
async function expectErased(
  found: readonly (Uint8Array | string)[],
  erase: () => Promise<unknown>,
): Promise<void> {
  expect(found.length).toBeGreaterThan(0)
  for (const one of found) expect(filesWith(shop.folder, one)).not.toEqual([])
  await erase()
  for (const one of found) expect(filesWith(shop.folder, one)).toEqual([])
}

describe('after DELETE no file has', () => {
  test('what was sealed for a token, nor its metadata', async () => {
    const [made, kept] = [await store(), await store()]
    const id = made.textAt('id')
    const sealed = [
      ...(await blobs('select * from tokens where id = ?', id)),
      ...(await blobs('select * from credentials where token_id = ?', id)),
    ]
    expect(sealed.length).toBeGreaterThanOrEqual(4)
    await expectErased([...sealed, made.textAt('metadata', 'order')], () =>
      shop.call('DELETE', `/v1/tokens/${id}`),
    )
    const reveal = await shop.call('POST', `/v1/tokens/${kept.textAt('id')}/reveal`)
    expect(reveal.at('card', 'number')).toBe(number)
    expect(
      (await blobs('select * from credentials where token_id = ?', kept.textAt('id'))).length,
    ).toBe(2)
  })

  test('a bank account', async () => {
    const bank_account = { account_number: canaryAccountNumber(), holder: 'B' }
    const made = await shop.call('POST', '/v1/tokens', { type: 'bank_account', bank_account })
    const sealed = await blobs('select * from tokens where id = ?', made.textAt('id'))
    await expectErased(sealed, () => shop.call('DELETE', `/v1/tokens/${made.textAt('id')}`))
  })

  test("an account's credentials", async () => {
    const credentials = { api_key: canarySecret() }
    const body = { adapter: 'stripe', mode: 'live', name: 'erased', credentials }
    const made = await shop.call('POST', '/v1/accounts', body)
    const sealed = await blobs('select * from accounts where id = ?', made.textAt('id'))
    await expectErased(sealed, () => shop.call('DELETE', `/v1/accounts/${made.textAt('id')}`))
  })

  test('any of many tokens deleted at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, store))
    const sealed = await Promise.all(
      all.map((made) => blobs('select * from tokens where id = ?', made.textAt('id'))),
    )
    await expectErased(sealed.flat(), () =>
      Promise.all(all.map((made) => shop.call('DELETE', `/v1/tokens/${made.textAt('id')}`))),
    )
  })

  test('the cryptogram and the security code of its credentials, in the sessions neither', async () => {
    const id = (await store()).textAt('id')
    await shop.call('DELETE', `/v1/tokens/${id}`)
    for (const name of ['virtual_card.cvc', 'network_token.cryptogram']) {
      expect(await shop.gateway.sessions.readValue(id, name)).toBeNull()
    }
  })
})

describe('a security code', () => {
  /** Every row of every table, but for those that tests of nothing else write. */
  async function dump(): Promise<string> {
    const { rows } = await database.execute("select name from sqlite_master where type = 'table'")
    const tables = await Promise.all(
      rows.map(
        async ({ name }) => (await database.execute(`select * from "${String(name)}"`)).rows,
      ),
    )
    return JSON.stringify(tables, (_, value: unknown) =>
      value instanceof ArrayBuffer ? Buffer.from(value).toString('hex') : value,
    )
  }

  test('in a session changes nothing in the database', async () => {
    const before = await dump()
    const made = await shop.call('POST', '/v1/cvc-sessions', { cvc })
    expect(made.status).toBe(201)
    expect(await dump()).toBe(before)
    await shop.call('DELETE', `/v1/cvc-sessions/${made.textAt('id')}`)
    expect(await dump()).toBe(before)
  })

  test('is in nothing that is sealed in the database, when it was stored and when it was used', async () => {
    psp.reply = ({ body }) => ({ body })
    const made = await store()
    const id = made.textAt('id')
    const body = {
      a: '{{ card.number }}',
      cvc: '{{ card.cvc }}',
      v: { cvc: '{{ virtual_card.cvc }}', n: '{{ network_token.cryptogram }}' },
    }
    const cvc_session = made.textAt('cvc_session', 'id')
    const request = { url: `${psp.url}/pay`, body }
    const answer = await shop.call('POST', '/v1/forward', { token: id, cvc_session, request })
    expect(answer.status).toBe(200)
    expect(JSON.parse(psp.arrivals.at(-1)?.body ?? '')).toMatchObject({
      cvc,
      v: { cvc: virtualCvc },
    })
    const { keyOf } = await shop.gateway.keyring.keys(shop.tenant, 'data')
    const forward = answer.textAt('id')
    const places = [
      ['tokens', 'id', id, { sealed_number: 'number', sealed_holder: 'holder' }],
      ['forwards', 'id', forward, { sealed_request: 'request', sealed_result: 'result' }],
    ] as const
    const opened: string[] = []
    for (const [table, key, row, columns] of places) {
      const { rows } = await database.execute({
        sql: `select * from ${table} where ${key} = ?`,
        args: [row],
      })
      for (const [column, field] of Object.entries(columns)) {
        const sealed = rows[0]?.[column]
        if (!(sealed instanceof ArrayBuffer)) throw new Error(`no ${table}.${column}`)
        opened.push(unseal(keyOf, new Uint8Array(sealed), [shop.tenant, row, field]).toString())
      }
    }
    expect(opened).toHaveLength(4)
    expect(opened[0]).toBe(number)
    for (const text of opened.slice(1)) {
      expect(text).not.toContain(number)
      expect(text).not.toContain(cryptogram)
      expect(text).not.toMatch(new RegExp(`(?<!\\d)(${cvc}|${virtualCvc})(?!\\d)`))
    }
  })
})

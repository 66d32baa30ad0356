/** @module Basis Theory's tokens over time and on disk: what is kept, for how long, and what is in no file. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createClient } from '@libsql/client'
import { join } from 'node:path'
import { eraseExpired } from '../../src/tokens/expire.ts'
import { canaryAccountNumber, canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { filesWith } from '../support/files.ts'
import { startGateway, type Answered, type TestGateway } from '../support/gateway.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let now = Date.UTC(2030, 0, 1)
let shop: TestGateway

beforeAll(async () => {
  shop = await startGateway({ clock: () => now })
})
afterAll(() => shop.close())

function bt(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return shop.call(method, path, body, { 'bt-api-key': shop.key, 'content-type': type, ...headers })
}

/** Whether the card still has a security code; the code itself is in no answer. */
async function hasCvc(id: string): Promise<boolean> {
  const answer = await bt('POST', '/detokenize', { a: `{{ ${id} | json: '$.cvc' | size }}` })
  return answer.at('a') !== 0
}

describe('on disk', () => {
  test('nothing of the data is in any file, nor of what it is found by', async () => {
    const [number, cvc, secret] = [canaryCard(), canaryCvc(), canarySecret()]
    const account = canaryAccountNumber()
    const made = [
      await bt('POST', '/tokens', {
        type: 'card',
        data: { number, expiration_month: 1, expiration_year: 2040, cvc, nickname: secret },
        search_indexes: ['{{ data.number }}', '{{ data.nickname | upcase }}'],
        fingerprint_expression: '{{ data.nickname }}',
      }),
      await bt('POST', '/tokens', { type: 'token', data: { deep: [secret, number] } }),
      await bt('POST', '/tokens', {
        type: 'bank',
        data: { routing_number: '110000000', account_number: account },
      }),
      await bt('POST', '/tokenize', { a: secret, b: { type: 'card_number', data: number } }),
    ]
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 200])
    for (const value of [number, secret, secret.toUpperCase(), account]) {
      expect(filesWith(shop.folder, value)).toEqual([])
    }
    const found = await bt('POST', '/v2/tokens/search', { query: `data:${secret.toUpperCase()}` })
    expect(found.at('data', 0, 'id')).toBe(made[0]?.textAt('id') ?? '')
  })

  test('what a change replaced is gone from the files', async () => {
    const first = `first ${canarySecret()}`
    const made = await bt('POST', '/tokens', { type: 'token', data: first })
    const database = createClient({ url: `file:${join(shop.folder, 'pangate.db')}` })
    const { rows } = await database.execute({
      sql: 'select sealed_data from tokens where alias = ?',
      args: [made.textAt('id')],
    })
    database.close()
    const sealed = rows[0]?.['sealed_data']
    if (!(sealed instanceof ArrayBuffer)) throw new TypeError('the data is not sealed')
    const bytes = new Uint8Array(sealed)
    expect(filesWith(shop.folder, bytes)).not.toEqual([])
    await bt('PATCH', `/tokens/${made.textAt('id')}`, { data: 'second' })
    expect(filesWith(shop.folder, bytes)).toEqual([])
  })

  test('an answer that is kept is erased with its token', async () => {
    const key = { 'bt-idempotency-key': 'erased' }
    const body = { type: 'token', data: 'a', metadata: { n: 'kept' } }
    const made = await bt('POST', '/tokens', body, key)
    await bt('DELETE', `/tokens/${made.textAt('id')}`)
    const again = await bt('POST', '/tokens', body, key)
    expect(again.status).toBe(201)
    expect(again.textAt('id')).not.toBe(made.textAt('id'))
  })
})

describe('over time', () => {
  test('a security code is forgotten after an hour, and a change does not lengthen that', async () => {
    const made = await bt('POST', '/tokens', {
      type: 'card',
      data: { number: '4242424242424242', cvc: canaryCvc() },
    })
    const id = made.textAt('id')
    expect(await hasCvc(id)).toBe(true)
    now += 59 * MINUTE
    await bt('PATCH', `/tokens/${id}`, { data: { expiration_month: 2 } })
    expect(await hasCvc(id)).toBe(true)
    now += 2 * MINUTE
    expect(await hasCvc(id)).toBe(false)
  })

  test('an expired token is not found, and then erased; one of the native API stays', async () => {
    const expires_at = new Date(now + HOUR).toISOString().replace('.000Z', 'Z')
    const made = await bt('POST', '/tokens', { type: 'token', data: 'short', expires_at })
    const native = await shop.call('POST', '/v1/tokens', {
      type: 'card',
      card: { number: '4242424242424242', exp_month: 1, exp_year: 2040 },
      expires_at,
    })
    const query = { query: `id:${made.textAt('id')}` }
    expect((await bt('POST', '/tokens/search', query)).at('pagination', 'total_items')).toBe(1)
    expect(await eraseExpired(shop.gateway)).toBe(0)
    now += HOUR
    expect((await bt('GET', `/tokens/${made.textAt('id')}`)).status).toBe(404)
    expect((await bt('POST', '/tokens/search', query)).at('pagination', 'total_items')).toBe(0)
    expect((await shop.call('GET', `/v1/tokens/${made.textAt('id')}`)).status).toBe(200)
    expect(await eraseExpired(shop.gateway)).toBe(1)
    expect((await shop.call('GET', `/v1/tokens/${made.textAt('id')}`)).status).toBe(404)
    expect((await shop.call('GET', `/v1/tokens/${native.textAt('id')}`)).status).toBe(200)
  })

  test('an idempotency key is forgotten after a day', async () => {
    const create = () =>
      bt('POST', '/tokens', { type: 'token', data: 1 }, { 'bt-idempotency-key': 'a-day' })
    const first = await create()
    now += 24 * HOUR - 1
    expect((await create()).text).toBe(first.text)
    now += 2
    expect((await create()).textAt('id')).not.toBe(first.textAt('id'))
  })

  test('of several requests at once under one key one is done', async () => {
    const headers = { 'bt-idempotency-key': 'at-once' }
    const body = { type: 'token', data: 1, metadata: { at: 'once' } }
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => bt('POST', '/tokens', body, headers)),
    )
    const done = answers.filter(({ status }) => status === 201)
    expect(new Set(done.map((one) => one.textAt('id'))).size).toBe(1)
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([])
    const list = await bt('GET', '/tokens?metadata.at=once')
    expect(list.at('pagination', 'total_items')).toBe(1)
  })

  test('a request that was lost with its process is done anew after a minute', async () => {
    const { replies } = shop.gateway
    const owner = { tenant: shop.tenant, test: false }
    const reply = { status: 200, body: 'late', token_ids: [] }
    const lost = Promise.withResolvers<typeof reply>()
    const first = replies.once(owner, 'lost', 'request', () => lost.promise)
    // Whoever asks meanwhile is told that it runs.
    const meanwhile = replies.once(owner, 'lost', 'request', () => Promise.resolve(reply))
    await expect(meanwhile).rejects.toMatchObject({ code: 'idempotency_running' })
    now += MINUTE
    const second = { ...reply, body: 'second' }
    expect(await replies.once(owner, 'lost', 'request', () => Promise.resolve(second))).toEqual(
      second,
    )
    lost.resolve(reply)
    await first
    // The first came too late to be the one that is remembered.
    expect(await replies.once(owner, 'lost', 'request', () => lost.promise)).toEqual(second)
  })
})

describe('a mask', () => {
  test('that is taken away by a change goes back to that of the type', async () => {
    const made = await bt('POST', '/tokens', {
      type: 'card',
      data: { number: '4242424242424242' },
      mask: { all: '{{ data.number | card_mask: true, true }}' },
    })
    expect(made.at('data')).toEqual({ all: '42424242XXXX4242' })
    const changed = await bt('PATCH', `/tokens/${made.textAt('id')}`, { mask: null })
    expect(changed.at('data')).toEqual({ number: 'XXXXXXXXXXXX4242' })
  })

  test('that applies no longer hides everything', async () => {
    const made = await bt('POST', '/tokens', {
      type: 'token',
      data: { n: '12' },
      mask: '{{ data.n | to_number }}',
    })
    expect(made.at('data')).toBe(12)
    const changed = await bt('PATCH', `/tokens/${made.textAt('id')}`, { data: { n: 'twelve' } })
    expect(changed.status).toBe(400)
    expect(changed.at('errors', 'mask')).toBeArray()
  })
})

/**
 * @module Basis Theory's earlier client for JavaScript, unmodified: every token call it makes.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { BasisTheory } from '@basis-theory/basis-theory-js'
import { stopAll } from '../support/binary.ts'
import { openShop, type Shop } from './support.ts'

let shop: Shop
let bt: Awaited<ReturnType<typeof connect>>

/** Without its telemetry, which would leave the machine. */
const connect = async (apiKey: string, apiBaseUrl: string) =>
  new BasisTheory().init(apiKey, { apiBaseUrl, disableTelemetry: true })

beforeAll(async () => {
  shop = await openShop()
  bt = await connect(shop.key, shop.url)
})
afterAll(stopAll)

const DATA = { number: '4242424242424242', expiration_month: 12, expiration_year: 2034 }
const MASKED = { ...DATA, number: 'XXXXXXXXXXXX4242' }

test('create, retrieve, update, delete', async () => {
  const made = await bt.tokens.create(
    {
      type: 'card',
      data: { ...DATA, cvc: '123' },
      metadata: { order_id: '17', cartId: 'b' },
      searchIndexes: ['{{ data.number | last4 }}'],
      fingerprintExpression: '{{ data.number }}',
      expiresAt: '2034-08-26T19:23:57-07:00',
    },
    { correlationId: 'trace-1' },
  )
  expect(made).toMatchObject({
    type: 'card',
    data: MASKED,
    metadata: { order_id: '17', cartId: 'b' },
    searchIndexes: ['{{ data.number | last4 }}'],
    containers: ['/pci/high/'],
    expiresAt: '2034-08-27T02:23:57+00:00',
  })
  expect((await bt.tokens.retrieve(made.id)).data).toEqual({ ...DATA, cvc: '123' })
  const changed = await bt.tokens.update(made.id, {
    data: { expiration_year: 2035 },
    metadata: { order_id: '18' },
  })
  expect(changed).toMatchObject({
    data: { ...MASKED, expiration_year: 2035 },
    metadata: { order_id: '18', cartId: 'b' },
  })
  await bt.tokens.delete(made.id)
  await expect(bt.tokens.retrieve(made.id)).rejects.toMatchObject({
    status: 404,
    data: { title: 'Not Found', status: 404 },
  })
})

test('the same idempotency key gives the same token', async () => {
  const create = () =>
    bt.tokens.create({ type: 'token', data: 'once' }, { idempotencyKey: 'legacy-1' })
  const [first, second] = [await create(), await create()]
  expect(second).toEqual(first)
})

test('a list by ids and by metadata, in pages', async () => {
  const ids: string[] = []
  for (const n of ['1', '2', '3']) {
    const token = await bt.tokens.create({ type: 'token', data: n, metadata: { batch: 'list', n } })
    ids.push(token.id)
  }
  const page = await bt.tokens.list({ metadata: { batch: 'list' }, page: 2, size: 2 })
  expect(page.pagination).toEqual({ totalItems: 3, pageNumber: 2, pageSize: 2, totalPages: 2 })
  expect(page.data.map(({ id }) => id)).toEqual(ids.slice(0, 1))
  const some = await bt.tokens.list({ id: ids.slice(1) })
  expect(some.data.map(({ id }) => id)).toEqual(ids.slice(1).toReversed())
})

test('a search', async () => {
  const { id } = await bt.tokens.create({
    type: 'social_security_number',
    data: '123-45-6789',
    metadata: { user: 'u1' },
  })
  const found = await bt.tokens.search({
    query: 'data:6789 AND metadata.user:U1',
    page: 1,
    size: 20,
  })
  expect(found.data).toMatchObject([{ id, data: 'XXX-XX-6789' }])
  await expect(bt.tokens.search({ query: 'colour:red' })).rejects.toMatchObject({ status: 400 })
})

test('tokenize keeps the shape of a document', async () => {
  const tokens = await bt.tokenize({
    first_name: 'John',
    primary_card: { type: 'card', data: DATA },
    sensitive_tags: ['preferred', { type: 'token', data: 'vip' }],
  })
  expect(tokens).toMatchObject({
    first_name: expect.stringMatching(/^[0-9a-f-]{36}$/),
    primary_card: { type: 'card', data: MASKED, fingerprint_expression: '{{ data.number }}' },
    sensitive_tags: [expect.stringMatching(/^[0-9a-f-]{36}$/), { type: 'token' }],
  })
})

test('errors carry what was wrong by its field', async () => {
  const data = { ...DATA, number: '4242424242424241' }
  await expect(bt.tokens.create({ type: 'card', data })).rejects.toMatchObject({
    status: 400,
    // The client writes `data.number` so.
    data: { errors: { dataNumber: [expect.any(String)] } },
  })
  const nobody = await connect('key_nobody', shop.url)
  await expect(nobody.tokens.retrieve('x')).rejects.toMatchObject({ status: 401 })
})

/**
 * @module Basis Theory's own client for Node, unmodified: every token call it makes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { BasisTheory, BasisTheoryClient } from '@basis-theory/node-sdk'
import { stopAll } from '../support/binary.ts'
import { openShop, type Shop } from './support.ts'

let shop: Shop
let bt: BasisTheoryClient

const clientOf = (apiKey: string): BasisTheoryClient =>
  new BasisTheoryClient({ apiKey, environment: shop.url, maxRetries: 0 })

beforeAll(async () => {
  shop = await openShop()
  bt = clientOf(shop.key)
})
afterAll(stopAll)

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const DATA = { number: '4242424242424242', expiration_month: 12, expiration_year: 2034 }
const MASKED = { number: 'XXXXXXXXXXXX4242', expiration_month: 12, expiration_year: 2034 }

/** The id of a new card. */
async function card(more: Partial<BasisTheory.CreateTokenRequest> = {}): Promise<string> {
  const { id = '' } = await bt.tokens.create({ type: 'card', data: DATA, ...more })
  return id
}

/** What the client throws. */
async function failure(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await call.then(() => null)
  } catch (error) {
    return error
  }
}

describe('create', () => {
  test('a card comes back masked, with the defaults of its type', async () => {
    const token = await bt.tokens.create({ type: 'card', data: { ...DATA, cvc: '123' } })
    expect(token).toMatchObject({
      type: 'card',
      data: MASKED,
      containers: ['/pci/high/'],
      fingerprintExpression: '{{ data.number }}',
      card: { bin: '424242', last4: '4242', brand: 'visa', expirationMonth: 12 },
      extras: { deduplicated: false },
    })
    expect(token.id).toMatch(UUID)
    expect(token.createdAt).toBeInstanceOf(Date)
    expect(token.expiresAt).toBeUndefined()
  })

  test('everything beside the data goes in and comes out', async () => {
    const token = await bt.tokens.create({
      id: 'order 17: Zoë',
      type: 'token',
      data: { name: { first: 'Zoë', last: 'Martin' }, ssn: '123-45-6789' },
      mask: {
        name: { first: '{{ data.name.first }}' },
        ssn: "{{ data.ssn | reveal_last: 4, '#' }}",
      },
      containers: ['/pii/customers/'],
      metadata: { order: '17' },
      searchIndexes: ['{{ data.ssn | last4 }}'],
      fingerprintExpression: '{{ data.ssn }}',
      expiresAt: '8/26/2034 7:23:57 PM -07:00',
    })
    expect(token).toMatchObject({
      id: 'order 17: Zoë',
      data: { name: { first: 'Zoë' }, ssn: '###-##-6789' },
      containers: ['/pii/customers/'],
      metadata: { order: '17' },
      searchIndexes: ['{{ data.ssn | last4 }}'],
      fingerprintExpression: '{{ data.ssn }}',
    })
    expect(token.expiresAt?.toISOString()).toBe('2034-08-27T02:23:57.000Z')
    const read = await bt.tokens.get('order 17: Zoë')
    expect(read.data).toEqual({ name: { first: 'Zoë', last: 'Martin' }, ssn: '123-45-6789' })
  })

  test('the same card again is given again where that is asked for', async () => {
    const data = { ...DATA, number: '378282246310005' }
    const first = await bt.tokens.create({ type: 'card', data })
    const second = await bt.tokens.create({ type: 'card', data, deduplicateToken: true })
    const third = await bt.tokens.create({ type: 'card', data })
    expect([second.id, second.extras]).toEqual([first.id, { deduplicated: true }])
    expect(third.id).not.toBe(first.id)
    expect(third.fingerprint).toBe(first.fingerprint)
  })

  test('an id that is taken is a conflict', async () => {
    await card({ id: 'taken' })
    expect(await failure(card({ id: 'taken' }))).toBeInstanceOf(BasisTheory.ConflictError)
  })

  test('a mistyped number is a bad request that names its field and not itself', async () => {
    const data = { ...DATA, number: '4242424242424241' }
    const error = await failure(bt.tokens.create({ type: 'card', data }))
    expect(error).toBeInstanceOf(BasisTheory.BadRequestError)
    expect(error).toMatchObject({
      body: { status: 400, errors: { 'data.number': [expect.any(String)] } },
    })
    expect(JSON.stringify(error)).not.toContain(data.number)
  })

  test('the same idempotency key gives the same token', async () => {
    const request = { type: 'token', data: 'once' }
    const [first, second] = [
      await bt.tokens.create(request, { idempotencyKey: 'one' }),
      await bt.tokens.create(request, { idempotencyKey: 'one' }),
    ]
    expect(second).toEqual(first)
    const other = await failure(
      bt.tokens.create({ type: 'token', data: 'twice' }, { idempotencyKey: 'one' }),
    )
    expect(other).toMatchObject({ statusCode: 422 })
  })

  test('the correlation id comes back', async () => {
    const call = bt.tokens.create({ type: 'token', data: 1 }, { correlationId: 'trace-7' })
    const { rawResponse } = await call.withRawResponse()
    expect(rawResponse.headers.get('bt-trace-id')).toBe('trace-7')
  })
})

describe('get, update, delete', () => {
  test('a key that may reveal gets the data, with its security code; another its mask', async () => {
    const id = await card({ data: { ...DATA, cvc: '123' } })
    expect((await bt.tokens.get(id)).data).toEqual({ ...DATA, cvc: '123' })
    const reader = clientOf(await shop.newKey('tokens:read'))
    expect((await reader.tokens.get(id)).data).toEqual(MASKED)
  })

  test('an update merges data, mask and metadata, and keeps the rest', async () => {
    const id = await card({ metadata: { a: '1', b: '2' } })
    const token = await bt.tokens.update(id, {
      data: { expiration_year: 2035, cvc: '987' },
      metadata: { b: '3' },
      mask: { last: '{{ data.number | last4 }}' },
    })
    expect(token).toMatchObject({
      data: { ...MASKED, expiration_year: 2035, last: '4242' },
      metadata: { a: '1', b: '3' },
    })
    expect(token.modifiedAt).toBeInstanceOf(Date)
    expect((await bt.tokens.get(id)).data).toEqual({ ...DATA, expiration_year: 2035, cvc: '987' })
  })

  test('a key that may not reveal cannot change what is shown', async () => {
    const id = await card()
    const writer = clientOf(await shop.newKey('tokens:write', 'tokens:read'))
    const error = await failure(writer.tokens.update(id, { mask: '{{ data.number }}' }))
    expect(error).toBeInstanceOf(BasisTheory.ForbiddenError)
    expect((await writer.tokens.get(id)).data).toEqual(MASKED)
  })

  test('what is deleted is not found', async () => {
    const id = await card()
    await bt.tokens.delete(id)
    expect(await failure(bt.tokens.get(id))).toBeInstanceOf(BasisTheory.NotFoundError)
    expect(await failure(bt.tokens.delete(id))).toBeInstanceOf(BasisTheory.NotFoundError)
  })

  test('a wrong key is unauthorized, one without the scope forbidden', async () => {
    const wrong = clientOf('key_nobody').tokens.get('x')
    expect(await failure(wrong)).toBeInstanceOf(BasisTheory.UnauthorizedError)
    const narrow = clientOf(await shop.newKey('forward')).tokens.get('x')
    expect(await failure(narrow)).toBeInstanceOf(BasisTheory.ForbiddenError)
  })
})

describe('tokenize and detokenize', () => {
  test('a document keeps its shape', async () => {
    const tokens = await bt.tokens.tokenize({
      first_name: 'John',
      card: { type: 'card', data: DATA },
      tags: ['preferred', { type: 'token', data: 'vip' }],
    })
    // It has the shape that went in. Read here, because the comparison puts its matchers in.
    const { first_name, card } = tokens as { first_name: string; card: { id: string } }
    expect(tokens).toMatchObject({
      first_name: expect.stringMatching(UUID),
      card: { type: 'card', data: MASKED },
      tags: [expect.stringMatching(UUID), { type: 'token' }],
    })
    const values = await bt.tokens.detokenize({
      name: `{{ ${first_name} }}`,
      card: `{{ ${card.id} }}`,
      number: `{{ ${card.id} | json: '$.number' | slice: 0, 6 }}`,
      both: `{{ ${first_name} | upcase }} {{ ${card.id} | json: '$.expiration_year' }}`,
      token: `{{ token: ${card.id} | json: '$.type' }}`,
      kept: ['as', 'it', 1.5],
    })
    expect(values).toEqual({
      name: 'John',
      card: DATA,
      number: '424242',
      both: 'JOHN 2034',
      token: 'card',
      kept: ['as', 'it', 1.5],
    })
  })

  test('a token that there is not is a bad request, and so is an expression that is none', async () => {
    const unknown = await failure(bt.tokens.detokenize({ a: '{{ nobody }}' }))
    expect(unknown).toBeInstanceOf(BasisTheory.BadRequestError)
    const broken = await failure(bt.tokens.detokenize({ a: '{{ nobody | nothing }}' }))
    expect(broken).toMatchObject({ statusCode: 400, body: { errors: { a: [expect.any(String)] } } })
  })
})

describe('lists and searches', () => {
  test('a list goes on over its pages', async () => {
    const ids: string[] = []
    for (const n of [1, 2, 3]) ids.push(await card({ metadata: { batch: 'a b', n: String(n) } }))
    const found: (string | undefined)[] = []
    const page = await bt.tokens.listV2({ metadata: { batch: 'a b' }, size: 2 })
    expect(page.data).toHaveLength(2)
    for await (const token of page) found.push(token.id)
    expect(found).toEqual(ids.toReversed())
    const none = await bt.tokens.listV2({ type: 'bank', container: '/pci/' })
    expect(none.data).toEqual([])
  })

  test('a search finds what was indexed, by its exact value', async () => {
    const id = await card({
      data: { ...DATA, number: '5555555555554444' },
      searchIndexes: ['{{ data.number }}', '{{ data.number | last4 }}'],
      metadata: { customer: 'Seven' },
    })
    const search = async (query: string) => {
      const page = await bt.tokens.searchV2({ query })
      return page.data.map((token) => token.id)
    }
    expect(await search('data:5555555555554444')).toEqual([id])
    expect(await search('data:4444 AND metadata.customer:seven')).toEqual([id])
    expect(await search('data:444')).toEqual([])
    expect(await search(`(id:${id} OR type:bank) AND NOT data:5555`)).toEqual([id])
    const broken = await failure(bt.tokens.searchV2({ query: 'data:5555*' }))
    expect(broken).toBeInstanceOf(BasisTheory.BadRequestError)
  })
})

test('a card stored here is a card to every other API', async () => {
  const id = await card({ data: { ...DATA, cvc: '123' } })
  const native = await shop.server.call('GET', `/v1/tokens/${id}`)
  expect(native.status).toBe(200)
  expect(native.at('card')).toMatchObject({ brand: 'visa', last4: '4242', exp_year: '2034' })
  expect(native.at('alias')).toBe(id)
  const read = await bt.tokens.get(native.textAt('id'))
  expect(read.id).toBe(id)
})

test('a card of the native API is a card to this client', async () => {
  const made = await shop.server.call('POST', '/v1/tokens', {
    type: 'card',
    card: { number: '4000056655665556', exp_month: 1, exp_year: 2033, holder: 'Ann' },
  })
  const token = await bt.tokens.get(made.textAt('id'))
  expect(token).toMatchObject({
    id: made.textAt('id'),
    type: 'card',
    data: { number: '4000056655665556', expiration_month: 1, expiration_year: 2033 },
    containers: ['/pci/high/'],
    fingerprint: made.textAt('fingerprint'),
  })
})

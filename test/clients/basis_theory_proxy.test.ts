/**
 * @module Both of Basis Theory's proxies under clients that know nothing of us: its own for JavaScript, and Stripe's.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { BasisTheory } from '@basis-theory/basis-theory-js'
// The Node build by its file: under Bun the package would give the one made for workers.
import { Stripe } from '../../node_modules/stripe/esm/stripe.esm.node.js'
import { stopAll } from '../support/binary.ts'
import {
  install,
  startSandboxProgram,
  type SandboxProgram,
  type Served,
} from '../support/installed.ts'

let sandbox: SandboxProgram
let server: Served
let impatient: Served
let key: string
let url: string
let card: string
let method: string

beforeAll(async () => {
  sandbox = await startSandboxProgram()
  const shop = await install(sandbox)
  key = shop.key
  server = await shop.serve()
  // The earlier client speaks http to no other name than this.
  url = `http://localhost:${new URL(server.url).port}`
  card = await stored({ number: '4242424242424242', exp_month: 12, exp_year: 2034 })
  method = await stored(
    { number: '4000000000000002', exp_month: 1, exp_year: 2035 },
    { virtual_card: { number: '5555555555554444', exp_month: 8, exp_year: 2031, cvc: '987' } },
  )
  const other = await install(sandbox)
  const slow = await other.serve({ PANGATE_EGRESS_TIMEOUT_MS: '1000' })
  impatient = {
    ...slow,
    call: (verb, path, body, headers) => slow.call(verb, path, body, withKey(other.key, headers)),
  }
}, 60_000)
afterAll(stopAll)

const withKey = (own: string, headers: Readonly<Record<string, string>> = {}) => ({
  'bt-api-key': own,
  'bt-authorization': `Bearer ${own}`,
  ...headers,
})

/** The id of a new token of the native API. */
async function stored(of: object, credentials?: object): Promise<string> {
  const made = await server.call('POST', '/v1/tokens', { type: 'card', card: of, credentials })
  expect(made.status).toBe(201)
  return made.textAt('id')
}

/** Stripe's client, whose requests go another way: the one thing a merchant changes. */
function stripeBy(way: (target: URL) => readonly [url: string, headers: Record<string, string>]) {
  const through: typeof fetch = Object.assign(
    (input: string | URL | Request, init?: RequestInit) => {
      const [where, ours] = way(new URL(input instanceof Request ? input.url : input))
      return fetch(where, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), ...ours },
      })
    },
    { preconnect: fetch.preconnect },
  )
  const httpClient = Stripe.createFetchHttpClient(through)
  return new Stripe('sk_test_pangate', { httpClient, maxNetworkRetries: 0, telemetry: false })
}

const classic = () =>
  stripeBy(({ pathname, search }) => [
    `${url}/proxy${pathname}${search}`,
    { 'BT-API-KEY': key, 'BT-PROXY-URL': sandbox.url },
  ])

const ai = () =>
  stripeBy(({ pathname, search }) => [
    `${url}/tenants/shop/proxy`,
    { 'BT-Authorization': `Bearer ${key}`, 'BT-Target-URL': `${sandbox.url}${pathname}${search}` },
  ])

/** A payment with a card by name; the client encodes whatever it is given as a form. */
function payment(number: string, month: string, year: string, cvc?: string) {
  return {
    amount: 2000,
    currency: 'usd',
    confirm: true,
    return_url: 'https://shop.example/back',
    metadata: { order: 'A & B = "C" {5}' },
    payment_method_data: {
      type: 'card' as const,
      card: {
        number,
        // Its types want numbers; a placeholder is a text.
        exp_month: month as unknown as number,
        exp_year: year as unknown as number, // Likewise.
        ...(cvc !== undefined && { cvc }),
      },
    },
    expand: ['latest_charge'],
  }
}

const token = (path: string, filters = '') => `{{ token: ${card} | json: '${path}'${filters} }}`

describe("Stripe's client through the classic proxy", () => {
  test('pays with a stored card, and reads the payment', async () => {
    const stripe = classic()
    const made = await stripe.paymentIntents.create(
      payment(
        token('$.data.number'),
        token('$.data.expiration_month'),
        token('$.data.expiration_year'),
      ),
      { idempotencyKey: 'classic-1' },
    )
    expect(made.status).toBe('succeeded')
    expect(made.metadata).toEqual({ order: 'A & B = "C" {5}' })
    expect(made.latest_charge).toMatchObject({
      payment_method_details: { card: { last4: '4242', exp_month: 12, exp_year: 2034 } },
    })
    const again = await stripe.paymentIntents.retrieve(made.id, { expand: ['latest_charge'] })
    expect(again).toEqual(made)
  })

  test('is told of a decline as Stripe tells it', async () => {
    const number = `{{ ${method} | json: '$.number' }}`
    const refused = await classic()
      .paymentIntents.create(payment(number, '1', '2035'))
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Stripe.errors.StripeCardError)
    expect(refused).toMatchObject({ statusCode: 402, code: 'card_declined' })
  })
})

describe("Stripe's client through the AI proxy", () => {
  const virtual = (path: string) =>
    `{{ paymentMethod: ${method} | type: 'virtualCard' | json: '${path}' }}`

  test('pays with a virtual card and its code, and reads the payment', async () => {
    const stripe = ai()
    const made = await stripe.paymentIntents.create(
      payment(
        virtual('$.number'),
        virtual('$.expirationMonth'),
        virtual('$.card.expirationYear'),
        virtual('$.cvc'),
      ),
    )
    expect(made.status).toBe('succeeded')
    expect(made.latest_charge).toMatchObject({
      payment_method_details: { card: { brand: 'mastercard', last4: '4444', exp_month: 8 } },
    })
    expect((await stripe.paymentIntents.retrieve(made.id)).id).toBe(made.id)
  })

  test('is told of a decline as Stripe tells it', async () => {
    const pan = `{{ paymentMethod: ${method} | type: 'pan' | json: '$..number' }}`
    const refused = await ai()
      .paymentIntents.create(payment(pan, '1', '2035'))
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ statusCode: 402, code: 'card_declined' })
  })
})

describe("Basis Theory's client", () => {
  /** Without its telemetry, which would leave the machine. */
  const connect = () => new BasisTheory().init(key, { apiBaseUrl: url, disableTelemetry: true })
  const to = (path = '') => ({ 'BT-PROXY-URL': `${sandbox.url}${path}` })

  test('proxy.post: JSON, with the headers of the answer', async () => {
    const bt = await connect()
    const { data, headers } = await bt.proxy.post({
      path: '/echo',
      query: { a: 'b c' },
      headers: { ...to(), 'X-Own': '1', 'Content-Type': 'application/json' },
      body: {
        exp: token('$.data.expiration_month', " | pad_left: 2, '0'"),
        last4: token('$.data.number', ' | last4'),
      },
      includeResponseHeaders: true,
      correlationId: 'trace-9',
    })
    const seen: unknown = typeof data === 'string' ? JSON.parse(data) : data
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/echo',
      body: { exp: '12', last4: '4242' },
      headers: { 'x-own': '1' },
    })
    expect(JSON.stringify(seen)).not.toContain('bt-')
    expect(headers).toMatchObject({
      'bt-proxy-destination-status': '200',
      'bt-trace-id': 'trace-9',
    })
  })

  test.each(['get', 'put', 'patch', 'delete'] as const)('proxy.%s', async (verb) => {
    const bt = await connect()
    const answer: unknown = await bt.proxy[verb]({ path: '/echo', headers: to('/') })
    const seen: unknown = typeof answer === 'string' ? JSON.parse(answer) : answer
    expect(seen).toMatchObject({ method: verb.toUpperCase(), path: '/echo' })
  })

  test('an error of the destination, and one of the proxy', async () => {
    const bt = await connect()
    const failure = (path: string, body: object) =>
      bt.proxy.post({ path, headers: to(), body }).catch((error: unknown) => error)
    expect(await failure('/status/422', {})).toMatchObject({ status: 422 })
    expect(await failure('/echo', { a: '{{ unknown_token_id }}' })).toMatchObject({
      status: 400,
      data: {
        proxy_error: {
          errors: {},
          title: 'Invalid proxy request',
          status: 400,
          detail: 'Failed to detokenize some tokens: unknown_token_id',
        },
      },
    })
  })
})

describe('a destination that takes too long', () => {
  test('classic: 408, and no status of the destination', async () => {
    const answer = await impatient.call(
      'POST',
      '/proxy/slow?ms=60000',
      {},
      { 'bt-proxy-url': sandbox.url },
    )
    expect(answer.status).toBe(408)
    expect(answer.headers.has('bt-proxy-destination-status')).toBe(false)
    expect(answer.headers.get('x-sent')).toBe('unknown')
    expect(answer.at('proxy_error')).toMatchObject({
      errors: {},
      title: 'Request Timeout',
      status: 408,
    })
  })

  test('AI: 504', async () => {
    const target = { 'bt-target-url': `${sandbox.url}/slow?ms=60000` }
    const answer = await impatient.call('POST', '/tenants/shop/proxy', {}, target)
    expect(answer.status).toBe(504)
    expect(answer.at('error')).toMatchObject({ status: 504, type: 'targetTimeout' })
  })
})

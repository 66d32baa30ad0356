/**
 * @module Stripe's own client, unmodified, behind Pangate: its requests carry placeholders and the sandbox sees the card.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { stopAll } from '../support/binary.ts'
import {
  install,
  startSandboxProgram,
  type Installed,
  type SandboxProgram,
  type Served,
} from '../support/installed.ts'
import { Stripe } from '../sandbox/support.ts'

let sandbox: SandboxProgram
let shop: Installed
let server: Served

beforeAll(async () => {
  sandbox = await startSandboxProgram()
  shop = await install(sandbox)
  server = await shop.serve()
})
afterAll(stopAll)

/** Stripe's client calls what it is given in place of `fetch`: this hands each request to Pangate, which sends it on. */
function stripe(token: string, cvc_session?: string): Stripe {
  const throughPangate = async (input: string | URL | Request, init: RequestInit = {}) => {
    const answer = await server.call('POST', '/v1/forward', {
      token,
      ...(cvc_session && { cvc_session }),
      request: {
        method: init.method ?? 'GET',
        url: String(input instanceof Request ? input.url : input),
        headers: Object.fromEntries(new Headers(init.headers)),
        ...(typeof init.body === 'string' && init.body !== '' && { body: init.body }),
      },
    })
    if (answer.status !== 200) throw new TypeError(answer.text)
    return Response.json(answer.at('response', 'body'), {
      status: Number(answer.at('response', 'status')),
    })
  }
  return new Stripe('sk_test_pangate', {
    host: 'localhost',
    port: sandbox.port,
    protocol: 'https',
    httpClient: Stripe.createFetchHttpClient(throughPangate as typeof fetch),
    maxNetworkRetries: 0,
    telemetry: false,
  })
}

async function store(number: string): Promise<{ token: string; session: string }> {
  const card = { number, exp_month: 12, exp_year: 2034, holder: 'Ann & Co. <ann>' }
  const made = await server.call('POST', '/v1/tokens', { type: 'card', card, cvc: '123' })
  return { token: made.textAt('id'), session: made.textAt('cvc_session', 'id') }
}

/** As Stripe's documentation has it, with placeholders where the card would be. */
const PAYMENT = {
  amount: 2000,
  currency: 'usd',
  confirm: true,
  metadata: { order: 'A&B=1' },
  payment_method_data: {
    type: 'card',
    card: {
      number: '{{ card.number }}',
      // The client's types want numbers here; what arrives at the PSP is one.
      exp_month: '{{ card.exp_month }}' as unknown as number,
      exp_year: '{{ card.exp_year }}' as unknown as number,
      cvc: '{{ card.cvc }}',
    },
    billing_details: { name: '{{ card.holder }}' },
  },
} as const

test('it creates and confirms a PaymentIntent', async () => {
  const { token, session } = await store('4242424242424242')
  const intent = await stripe(token, session).paymentIntents.create(PAYMENT)
  expect(intent).toMatchObject({
    object: 'payment_intent',
    status: 'succeeded',
    amount: 2000,
    metadata: { order: 'A&B=1' },
  })
  const read = await stripe(token).paymentIntents.retrieve(intent.id, {
    expand: ['latest_charge'],
  })
  expect(read.status).toBe('succeeded')
})

test('a decline is its own error class', async () => {
  const { token, session } = await store('4000000000009995')
  const refused = stripe(token, session).paymentIntents.create(PAYMENT)
  expect(await refused.catch((error: unknown) => error)).toMatchObject({
    type: 'StripeCardError',
    code: 'card_declined',
    decline_code: 'insufficient_funds',
  })
})

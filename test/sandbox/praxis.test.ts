/**
 * @module The sandbox's Praxis, asked by the adapter's own requests and by broken ones.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import praxisModule from '../../adapters/praxis.ts'
import type { Intent, Json } from '../../src/adapter.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import {
  answerOf,
  make,
  operation,
  optionsOf,
  own,
  send as requestOf,
} from '../adapters/support.ts'
import { NOW, send, start } from './support.ts'

const praxis = make(praxisModule)
const verify = own(praxis.verify)
const SECRET = 'MerchantSecretKey'
const credentials = {
  merchant_id: 'Test-Integration-Merchant',
  application_key: 'Sandbox',
  merchant_secret: SECRET,
}
const APPROVED = '4242424242424242'
const now = Math.floor(NOW / 1000)

interface Heard {
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

let sandbox: Sandbox
let shop: Server
let shopUrl: string
/** Waits for what the merchant is told. */
let hear: (heard: Heard) => void = () => undefined

beforeAll(async () => {
  sandbox = await start()
  shop = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      response.writeHead(200).end('{"status":0}')
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
      hear({ headers: Object.fromEntries(headers), text })
    })
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
  // A server that listens on a TCP port has an address with a port.
  shopUrl = `http://localhost:${(shop.address() as AddressInfo).port}/hook`
})
afterAll(async () => {
  shop.closeAllConnections()
  shop.close()
  await sandbox.stop()
})

let orders = 0

function intent(more: Partial<Intent> = {}, options = {}): Intent {
  const order = `order-${++orders}`
  return {
    operation: 'purchase',
    amount: { minor: 1999, currency: 'EUR' },
    reference: order,
    idempotency_key: `refund-of-${order}`,
    now,
    mode: 'sandbox',
    return_url: 'https://shop.test/return',
    notification_url: 'https://shop.test/hook',
    customer: {
      id: '42',
      first_name: 'Zoë',
      last_name: "O'Hara & Söhne",
      email: 'zoe@shop.test',
      phone: '+49 40 7654321',
      dob: '1980-05-31',
    },
    billing_address: {
      line1: 'Am Wall 1/2',
      city: 'Köln',
      postal_code: '50667',
      country: 'DE',
    },
    device: { ip: '203.0.113.7', user_agent: 'Mozilla/5.0' },
    options: optionsOf(praxis, options),
    extra: {},
    ...more,
  }
}

interface Paid {
  readonly cvc?: string
  readonly number?: string
  readonly secret?: string
}

/** Sends an intent to the sandbox; what the answer says, if it is signed as it must be. */
async function ask(asked: Intent, { cvc = '123', number = APPROVED, secret = SECRET }: Paid = {}) {
  const card = { number, cvc, exp_month: '12', exp_year: '2034' }
  const own = { ...credentials, merchant_secret: secret }
  const { path, headers, text } = requestOf(praxis, asked, { card, credentials: own })
  return read(asked, await send(sandbox, path, { method: 'POST', headers, body: text }))
}

function read(asked: Intent, given: Awaited<ReturnType<typeof send>>) {
  const headers = Object.entries(given.headers).map(([name, value]) => [name, String(value)])
  const answer = answerOf(given.status, given.text, Object.fromEntries(headers))
  return {
    // JSON of the sandbox's.
    body: answer.json as Readonly<Record<string, Json>>,
    genuine: verify(answer, { credentials, intent: asked }),
    outcome: operation(praxis, asked).parse(answer, asked),
  }
}

const VERSIONS = [
  {},
  { card_fields: 'plain' },
  { encryption: 'off' },
  { version: '1.3', answer_signature: 'cashier' },
  { version: '1.3', encryption: 'off' },
]

describe('a payment', () => {
  for (const options of VERSIONS) {
    const named = JSON.stringify(options)

    test(`is approved, captured or cancelled, and refunded: ${named}`, async () => {
      const paid = await ask(intent({}, options))
      expect(paid).toMatchObject({ genuine: true, outcome: { kind: 'approved' } })
      const reference = 'reference' in paid.outcome ? paid.outcome.reference : null
      expect(reference).toMatch(/^\d{10}$/)
      const back = { operation: 'refund', reference: String(reference) } as const
      const half = { ...back, amount: { minor: 999, currency: 'EUR' } }
      const first = await ask(intent(half, options))
      expect(first).toMatchObject({ genuine: true, outcome: { kind: 'approved' } })
      const rest = { ...back, amount: { minor: 1001, currency: 'EUR' } }
      expect((await ask(intent(rest, options))).outcome.kind).toBe('declined')
      const other = { ...back, amount: { minor: 1, currency: 'USD' } }
      expect((await ask(intent(other, options))).outcome).toMatchObject({
        kind: 'refused',
        code: 'request',
      })

      for (const [operation, code] of [
        ['capture', 'approved'],
        ['void', 'cancelled'],
      ] as const) {
        const held = await ask(intent({ operation: 'authorize' }, options))
        expect(held).toMatchObject({ genuine: true, outcome: { kind: 'approved' } })
        expect(held.outcome.psp.code).toBe('authorized')
        const { amount: _, ...without } = intent({}, options)
        const named = 'reference' in held.outcome ? String(held.outcome.reference) : ''
        const done = await ask({ ...without, operation, reference: named })
        expect(done).toMatchObject({
          genuine: true,
          outcome: { kind: 'approved', reference: named },
        })
        if ('version' in options) expect(done.outcome.psp.code).toBe(code)
        const again = await ask({ ...without, operation, reference: named })
        expect(again.outcome).toMatchObject({ kind: 'refused' })
      }
    })

    test(`is rejected, redirected, pending, or an error, by Praxis's security codes: ${named}`, async () => {
      const of = async (cvc: string) => (await ask(intent({}, options), { cvc })).outcome
      expect(await of('568')).toMatchObject({ kind: 'approved' })
      expect(await of('000')).toMatchObject({ kind: 'declined', code: 'other' })
      expect(await of('801')).toMatchObject({ kind: 'declined', code: 'insufficient_funds' })
      expect(await of('900')).toMatchObject({ kind: 'declined', code: 'lost_or_stolen' })
      expect(await of('902')).toMatchObject({ kind: 'declined', code: 'suspected_fraud' })
      expect(await of('444')).toMatchObject({ kind: 'unrecognised', psp: { code: 'error' } })
      expect(await of('588')).toMatchObject({ kind: 'pending' })
      const redirect = await of('333')
      expect(redirect).toMatchObject({ kind: 'action_required' })
      expect('url' in redirect && redirect.url).toStartWith(`${sandbox.url}/praxis/3ds/`)
    })
  }

  test('to a card of the other sandbox ends as it does there; a payout has no security code', async () => {
    const of = async (number: string) => (await ask(intent(), { number })).outcome
    expect(await of('4000000000009995')).toMatchObject({ code: 'insufficient_funds' })
    expect(await of('4000000000000069')).toMatchObject({ code: 'expired_card' })
    expect(await of('4000000000000127')).toMatchObject({ code: 'invalid_cvc' })
    expect(await of('4000002760003184')).toMatchObject({ kind: 'action_required' })
    const payout = await ask(intent({ operation: 'payout' }))
    expect(payout.outcome).toMatchObject({ kind: 'approved' })
    const unknown = await ask(intent(), { number: '4111111111111111' })
    expect(unknown.outcome).toMatchObject({ kind: 'refused', code: 'request' })
  })

  test('with the longest secret there is', async () => {
    const long = {
      merchant_id: 'Test-Long-Secret',
      application_key: 'Sandbox',
      merchant_secret: 'abcdefghijklmnopqrstuvwxyz012345',
    }
    const asked = intent()
    const card = { number: APPROVED, cvc: '123', exp_month: '12', exp_year: '2034' }
    const { path, headers, text } = requestOf(praxis, asked, { card, credentials: long })
    const given = await send(sandbox, path, { method: 'POST', headers, body: text })
    expect(JSON.parse(given.text)).toMatchObject({ status: 0, transaction_status: 'approved' })
  })
})

describe('refuses', () => {
  const cases: readonly (readonly [string, (asked: Intent) => Intent, Paid?])[] = [
    ['a wrong secret: Invalid signature.', (asked) => asked, { secret: 'other' }],
    [
      'a request of 61 seconds ago: Timestamp expired: 61s old, should be at most 60s old (required with merchant_id).',
      (asked) => ({ ...asked, now: now - 61 }),
    ],
    [
      'a request from the future: Timestamp cannot be greater than current time (required with merchant_id).',
      (asked) => ({ ...asked, now: now + 1 }),
    ],
    [
      'an order twice: The order_id value is not unique!',
      (asked) => ({ ...asked, reference: 'twice' }),
    ],
    [
      'a dummy phone: Input validation failed: PHONE.',
      (asked) => ({ ...asked, customer: { ...asked.customer, phone: '111111' } }),
    ],
    [
      'what is too long: Input validation failed: FIRST.',
      (asked) => ({ ...asked, customer: { ...asked.customer, first_name: 'x'.repeat(26) } }),
    ],
    [
      'what is not there: Request parameter missing: CITY.',
      (asked) => ({ ...asked, billing_address: { ...asked.billing_address, city: '' } }),
    ],
    ['a card that is none: Invalid card number.', (asked) => asked, { number: '4242424242424241' }],
  ]
  for (const options of [{}, { version: '1.3' }]) {
    const path = (text: string): string =>
      text
        .replace('PHONE', 'version' in options ? 'customer_data.phone' : 'phone')
        .replace('FIRST', 'version' in options ? 'customer_data.first_name' : 'first_name')
        .replace('CITY', 'version' in options ? 'customer_data.city' : 'city')

    for (const [title, change, paid] of cases) {
      test(`${title} ${JSON.stringify(options)}`, async () => {
        const asked = change(intent({}, options))
        if (asked.reference === 'twice') await ask(asked)
        const refused = await ask(asked, paid)
        expect(refused.body['description']).toBe(path(title.slice(title.indexOf(': ') + 2)))
        expect(refused.outcome).toMatchObject({ kind: 'refused', code: 'request' })
        expect(refused.genuine).toBe(true)
      })
    }
  }

  test('a request of 60 seconds ago not yet', async () => {
    expect((await ask(intent({ now: now - 60 }))).outcome.kind).toBe('approved')
  })

  test('what is not JSON, not a merchant, or not of this version', async () => {
    const post = async (path: string, body: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json' }
      return JSON.parse((await send(sandbox, path, { method: 'POST', headers, body })).text)
    }
    const ids = '"merchant_id":"Test-Integration-Merchant","application_key":"Sandbox"'
    for (const [body, status, description] of [
      ['[1]', 400, 'Request should be json formatted.'],
      ['{', 400, 'Request should be json formatted.'],
      ['{}', 400, 'merchant_id parameter is missing.'],
      ['{"merchant_id":"x"}', 401, 'User not found.'],
      [
        '{"merchant_id":"Test-Integration-Merchant","application_key":"x"}',
        401,
        'Website not found.',
      ],
      [`{${ids}}`, 400, 'Request parameter missing: timestamp (required with merchant_id).'],
      [
        `{${ids},"timestamp":"yesterday"}`,
        400,
        'Invalid timestamp format, must be unix timestamp - seconds (required with merchant_id).',
      ],
      [
        `{${ids},"timestamp":${now}}`,
        400,
        'Request parameter missing: version (required with merchant_id).',
      ],
      [`{${ids},"timestamp":${now},"version":"1.1"}`, 400, 'Unsupported API version.'],
      [
        `{${ids},"timestamp":${now},"version":"1.2"}`,
        400,
        'Request parameter missing: signature (required with merchant_id).',
      ],
    ] as const) {
      expect(await post('/api/process', body)).toMatchObject({ status, description })
    }
    expect(
      await post('/api/direct-process', `{${ids},"timestamp":${now},"version":"1.3"}`),
    ).toMatchObject({ description: 'GT-Authentication header is missing.' })
  })
})

describe('notifications', () => {
  const heard = () =>
    new Promise<Heard>((resolve) => {
      hear = resolve
    })

  for (const options of [{}, { version: '1.3' }]) {
    const given = { credentials, options: optionsOf(praxis, options), now }
    const noticeOf = ({ text, headers }: Heard) => {
      const incoming = { ...answerOf(200, text, headers), query: {} }
      expect(own(praxis.notification?.verify)(incoming, given)).toBe(true)
      return praxis.notification?.parse(incoming)
    }

    test(`tell of what was pending ${JSON.stringify(options)}`, async () => {
      const told = heard()
      const amount = { minor: 713, currency: 'EUR' }
      const asked = intent({ amount, notification_url: shopUrl }, options)
      const paid = await ask(asked)
      expect(paid.outcome.kind).toBe('pending')
      const notice = noticeOf(await told)
      expect(notice).toMatchObject({
        merchant_reference: asked.reference ?? '',
        outcome: { kind: 'approved' },
      })
      expect(paid.outcome).toMatchObject({ reference: notice?.reference ?? '' })
    })

    test(`tell of what the customer did at the bank ${JSON.stringify(options)}`, async () => {
      for (const [action, kind] of [
        ['complete', 'approved'],
        ['fail', 'declined'],
      ] as const) {
        const asked = intent({ notification_url: shopUrl }, options)
        const { outcome } = await ask(asked, { cvc: '333' })
        const url = new URL(String('url' in outcome && outcome.url))
        expect((await send(sandbox, url.pathname)).text).toContain('is this payment yours?')
        const told = heard()
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        const body = `action=${action}`
        const back = await send(sandbox, url.pathname, { method: 'POST', headers, body })
        expect([back.status, back.headers.location]).toEqual([303, asked.return_url])
        expect(noticeOf(await told)?.outcome.kind).toBe(kind)
        expect((await send(sandbox, url.pathname)).status).toBe(404)
      }
    })
  }

  test('go to this machine alone, and /requests says what came of them', async () => {
    await send(sandbox, '/requests', { method: 'DELETE' })
    const told = heard()
    await ask(intent({ notification_url: 'https://psp.example/hook' }))
    await ask(intent({ notification_url: shopUrl }))
    await told
    const settled = async (): Promise<Json[]> => {
      // The sandbox's own answer; the status of a notification is there once the merchant's answer was read.
      const seen = JSON.parse((await send(sandbox, '/requests')).text).notifications as Json[]
      return seen.some((one) => JSON.stringify(one).includes('"status":200')) ? seen : settled()
    }
    expect(await settled()).toMatchObject([
      {
        url: 'https://psp.example/hook',
        status: null,
        problem: 'not sent: the sandbox notifies addresses of this machine alone',
      },
      { url: shopUrl, status: 200, problem: null },
    ])
  })
})

test('what is kept and shown has neither card nor code', async () => {
  await send(sandbox, '/requests', { method: 'DELETE' })
  await ask(intent({}, { encryption: 'off' }), { cvc: '568' })
  const { text } = await send(sandbox, '/requests')
  expect(text).not.toContain(APPROVED)
  expect(text).not.toMatch(/"cvv\\?":\s*\\?"568/)
})

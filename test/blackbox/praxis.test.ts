/**
 * @module Praxis by account on the executable, built in and the same file from a folder: payments, 3-D Secure, refusals, answers
 * that are not Praxis's, notifications.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createDecipheriv, createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { stopAll } from '../support/binary.ts'
import { bothWays, makeAccount, putInFolder, trusting } from '../support/both_ways.ts'
import { canaryCard, canaryCvc } from '../support/canary.ts'
import {
  install,
  startSandboxProgram,
  type Installed,
  type Reply,
  type SandboxProgram,
  type Served,
} from '../support/installed.ts'
import { PRAXIS_CUSTOMER } from '../support/praxis_customer.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

setDefaultTimeout(60_000)

const SECRET = 'MerchantSecretKey'
const credentials = {
  merchant_id: 'Test-Integration-Merchant',
  application_key: 'Sandbox',
  merchant_secret: SECRET,
}

let sandbox: SandboxProgram
let fake: FakePsp
let shop: Installed
let server: Served
const ADAPTERS = bothWays('praxis')
const CASES = ADAPTERS.flatMap((adapter) =>
  ['1.2', '1.3'].map((version) => [adapter, version] as const),
)
/** At the sandbox by adapter and API version, and by adapter at the PSP that answers as a test says. */
const accounts = new Map<string, string>()

beforeAll(async () => {
  sandbox = await startSandboxProgram()
  fake = await startPsp()
  shop = await install(sandbox)
  server = await shop.serve({ ...trusting(shop, sandbox, fake), ...putInFolder(shop, 'praxis') })
  await server.call('POST', '/v1/destinations', { host: 'localhost', port: fake.port })
  for (const [adapter, version] of CASES) {
    const made = await account(adapter, version, sandbox.url, { version })
    accounts.set(`${adapter} ${version}`, made)
  }
  for (const adapter of ADAPTERS) {
    accounts.set(`${adapter} doubtful`, await account(adapter, 'doubtful', fake.url, {}))
  }
})
afterAll(async () => {
  await stopAll()
  await fake.stop()
})

const account = (
  adapter: string,
  name: string,
  base_url: string,
  options: object,
): Promise<string> =>
  makeAccount(server, { adapter, name: `${adapter} ${name}`, credentials, options, base_url })

async function store(number: string, cvc: string): Promise<{ token: string; cvc_session: string }> {
  const card = { number, exp_month: 12, exp_year: 2034, holder: 'Zoë O’Hara' }
  const made = await server.call('POST', '/v1/tokens', { type: 'card', card, cvc })
  return { token: made.textAt('id'), cvc_session: made.textAt('cvc_session', 'id') }
}

let orders = 0

interface Paid {
  readonly cvc?: string
  readonly number?: string
  readonly minor?: number
  readonly more?: object
}

async function pay(
  to: string,
  { cvc = '123', number = '4242424242424242', minor = 1999, more = {} }: Paid = {},
): Promise<Reply> {
  return server.call('POST', '/v1/forward', {
    account: to,
    operation: 'purchase',
    ...(await store(number, cvc)),
    amount: { minor, currency: 'EUR' },
    reference: `order-${++orders}`,
    ...PRAXIS_CUSTOMER,
    ...more,
  })
}

/** A form to a page of the sandbox. */
function post(url: string, form: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': form.length,
    }
    const ca = readFileSync(sandbox.caFile)
    const sent = request(url, { method: 'POST', headers, ca, agent: false }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(form)
  })
}

/** The first notification that a test waits for; each look at the record is a turn, so nothing is timed. */
async function notified(reference: string, looks = 500): Promise<Reply> {
  const page = await server.call('GET', '/v1/notifications?limit=1')
  if (page.at('data', 0, 'merchant_reference') === reference) return page
  if (looks === 0) throw new Error(`no notification of ${reference}: ${page.text}`)
  return notified(reference, looks - 1)
}

for (const [adapter, version] of CASES) {
  const to = (): string => accounts.get(`${adapter} ${version}`) ?? ''

  describe(`${adapter}, API ${version}`, () => {
    test('a payment is approved and refunded', async () => {
      const paid = await pay(to())
      expect(paid.at('sent')).toBe('yes')
      expect(paid.at('outcome')).toMatchObject({ kind: 'approved', psp: { code: 'approved' } })
      const refund = {
        operation: 'refund',
        reference: paid.textAt('outcome', 'reference'),
        cvc_session: null,
        amount: { minor: 500, currency: 'EUR' },
      }
      const back = await pay(to(), { more: refund })
      expect(back.at('outcome')).toMatchObject({ kind: 'approved' })
      const over = await pay(to(), {
        more: { ...refund, amount: { minor: 1500, currency: 'EUR' } },
      })
      expect(over.at('outcome', 'kind')).toBe('declined')
    })

    test('an authorization is captured, another is cancelled', async () => {
      for (const operation of ['capture', 'void']) {
        const held = await pay(to(), { more: { operation: 'authorize' } })
        expect(held.at('outcome')).toMatchObject({ kind: 'approved', psp: { code: 'authorized' } })
        const body = { account: to(), operation, reference: held.at('outcome', 'reference') }
        const done = await server.call('POST', '/v1/forward', body)
        expect(done.at('outcome')).toMatchObject({
          kind: 'approved',
          reference: held.at('outcome', 'reference'),
        })
        const again = await server.call('POST', '/v1/forward', body)
        expect(again.at('outcome')).toMatchObject({ kind: 'refused', code: 'request' })
      }
    })

    test('a payout needs no security code', async () => {
      const paid = await pay(to(), { more: { operation: 'payout', cvc_session: null } })
      expect(paid.at('outcome', 'kind')).toBe('approved')
    })

    test('what Praxis says of a rejected payment comes through in its words', async () => {
      const poor = await pay(to(), { cvc: '801' })
      expect(poor.at('outcome')).toMatchObject({
        kind: 'declined',
        code: 'insufficient_funds',
        psp: { message: '[TEST] Transaction status: Insufficient Funds' },
      })
      const twice = await pay(to(), { more: { reference: `order-${orders}` } })
      expect(twice.at('outcome')).toEqual({
        psp: { code: '400', message: 'The order_id value is not unique!' },
        kind: 'refused',
        code: 'request',
      })
    })

    test('3-D Secure leads to a page, and its end to a notification', async () => {
      const url = server.url.replace('127.0.0.1', 'localhost')
      const notification_url = `${url}/v1/notifications/${to()}`
      for (const [action, kind] of [
        ['complete', 'approved'],
        ['fail', 'declined'],
      ] as const) {
        const asked = await pay(to(), { cvc: '333', more: { notification_url } })
        const order = `order-${orders}`
        expect(asked.at('outcome', 'kind')).toBe('action_required')
        const page = asked.textAt('outcome', 'url')
        expect(page).toStartWith(`${sandbox.url}/praxis/3ds/`)
        expect(await post(page, `action=${action}`)).toBe(303)
        const told = await notified(order)
        expect(told.at('data', 0)).toMatchObject({
          account: to(),
          verified: true,
          reference: asked.at('outcome', 'reference'),
          outcome: { kind },
        })
      }
    })

    test('a wrong secret is refused by the sandbox, and its account can be told apart', async () => {
      const wrong = { ...credentials, merchant_secret: 'another' }
      const body = {
        adapter,
        mode: 'sandbox',
        name: `wrong ${adapter} ${version}`,
        credentials: wrong,
        options: { version },
        base_url: sandbox.url,
      }
      const made = await server.call('POST', '/v1/accounts', body)
      const refused = await pay(made.textAt('id'))
      expect(refused.at('response', 'body')).toMatchObject({ description: 'Invalid signature.' })
      // 1.2 signs refusals too, under the secret that this account does not have.
      expect(refused.at('outcome', 'kind')).toBe(version === '1.2' ? 'unrecognised' : 'refused')
    })

    test('a dry run shows names in place of card, secret and signature', async () => {
      const dry = await pay(to(), { more: { dry_run: true } })
      expect(dry.at('sent')).toBe('no')
      const shown: Record<string, unknown> = JSON.parse(dry.textAt('request', 'body'))
      expect(shown).toMatchObject({ merchant_id: '{{ credential.merchant_id }}', version })
      expect(shown['signature']).toBe(version === '1.2' ? '{{ fields.signature }}' : undefined)
      const card = version === '1.2' ? shown : (shown['card_data'] as typeof shown)
      const name = version === '1.2' ? 'card_number_encrypted' : 'card_number'
      expect(card[name]).toBe('{{ derived.card_number }}')
    })
  })
}

describe.each(ADAPTERS)('an answer to %s', (adapter) => {
  const number = canaryCard()
  const cvc = canaryCvc()
  const body = {
    description: 'Ok',
    error_code: '0',
    error_details: 'approved',
    redirect_url: null,
    status: 0,
    trace_id: 7,
    transaction_id: '8',
    transaction_status: 'approved',
    version: '1.2',
  }
  const signature = createHash('sha384').update(`Ok0approved078approved1.2${SECRET}`).digest('hex')
  const charge = (answer: object | string) => {
    fake.arrivals.length = 0
    fake.reply = () => ({ body: typeof answer === 'string' ? answer : JSON.stringify(answer) })
    return pay(accounts.get(`${adapter} doubtful`) ?? '', { number, cvc })
  }

  test('that is signed is believed, and what was sent is sealed and signed', async () => {
    const paid = await charge({ ...body, signature })
    expect(paid.at('outcome')).toMatchObject({ kind: 'approved', reference: '7' })
    const [arrival] = fake.arrivals
    const sent: Record<string, string | number> = JSON.parse(arrival?.body ?? '')
    expect([arrival?.method, arrival?.path]).toEqual(['POST', '/api/process'])
    expect(arrival?.body).not.toContain(number)
    const iv = String(sent['timestamp']).padStart(16, '0')
    const cipher = createDecipheriv('aes-256-cbc', SECRET.padStart(32, '0'), iv)
    const sealed = String(sent['card_number_encrypted'])
    expect(cipher.update(sealed, 'base64', 'utf8') + cipher.final('utf8')).toBe(number)
    const age = Date.now() / 1000 - Number(sent['timestamp'])
    expect(age >= 0 && age < 15).toBe(true)
    const names = Object.keys(sent).filter((name) => name !== 'signature')
    const values = names.toSorted().map((name) => String(sent[name]))
    expect(sent['signature']).toBe(
      createHash('sha384')
        .update(`${values.join('')}${SECRET}`)
        .digest('hex'),
    )
  })

  test('with a wrong signature, with none, or changed, is neither approved nor declined', async () => {
    for (const forged of [
      { ...body, signature: signature.replace(/^./, 'x') },
      body,
      { ...body, trace_id: 9, signature },
      { ...body, transaction_status: 'rejected', signature },
      { ...body, more: { nested: true }, signature },
      'approved',
      '[]',
      '',
    ]) {
      const paid = await charge(forged)
      expect(paid.status).toBe(200)
      expect(paid.at('sent')).toBe('yes')
      expect(paid.at('outcome')).toEqual({
        kind: 'unrecognised',
        reason: 'the signature of the answer is not right',
        psp: { code: null, message: null },
      })
      const record = await server.call('GET', `/v1/forwards/${paid.textAt('id')}`)
      expect(record.at('outcome', 'kind')).toBe('unrecognised')
    }
  })

  test('that echoes the card gives the token in its place', async () => {
    const paid = await charge({ ...body, error_details: `card ${number}`, signature })
    expect(paid.text).not.toContain(number)
  })
})

describe.each(ADAPTERS)('before anything of %s is opened or sent', (adapter) => {
  test('everything that is missing and everything that is wrong is named at once', async () => {
    fake.arrivals.length = 0
    const refused = await server.call('POST', '/v1/forward', {
      account: accounts.get(`${adapter} doubtful`),
      operation: 'purchase',
      amount: { minor: 0, currency: 'EUR' },
      customer: { phone: '111111', email: 'nobody' },
    })
    expect(refused.status).toBe(422)
    expect(refused.at('error')).toMatchObject({ code: 'missing_fields', sent: 'no' })
    const named = refused.textAt('error', 'param').split(',')
    expect(named.toSorted()).toEqual(
      [
        'amount.minor',
        'billing_address.city',
        'billing_address.country',
        'billing_address.line1',
        'billing_address.postal_code',
        'customer.dob',
        'customer.email',
        'customer.first_name',
        'customer.id',
        'customer.last_name',
        'customer.phone',
        'cvc_session',
        'device.ip',
        'notification_url',
        'reference',
        'return_url',
        'token',
      ].toSorted(),
    )
    expect(fake.arrivals).toEqual([])
  })

  test('a secret over 32 bytes, and an option that is none, are refused with the account', async () => {
    const make = (more: object) =>
      server.call('POST', '/v1/accounts', {
        adapter,
        mode: 'live',
        name: 'never',
        credentials,
        ...more,
      })
    const long = await make({ credentials: { ...credentials, merchant_secret: 'x'.repeat(33) } })
    expect(long.textAt('error', 'message')).toContain('merchant_secret is over 32 bytes')
    const option = await make({ options: { version: '1.1' } })
    expect(option.textAt('error', 'message')).toBe('options.version must be one of 1.2, 1.3.')
  })
})

test('a notification that is not signed right is refused and not believed', async () => {
  const to = accounts.get('praxis 1.2') ?? ''
  const forged = { transaction_status: 'approved', order_id: 'forged', trace_id: 1, signature: 'x' }
  const none = { authorization: '' }
  const answer = await server.call('POST', `/v1/notifications/${to}`, forged, none)
  expect([answer.status, answer.at('status')]).toEqual([400, 400])
  const page = await server.call('GET', '/v1/notifications?limit=1')
  expect(page.at('data', 0)).toMatchObject({ verified: false, outcome: null, reference: null })
})

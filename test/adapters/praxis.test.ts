/**
 * @module Praxis: its requests field by field, its signatures and ciphertexts by another implementation, its answers.
 */
import { describe, expect, test } from 'bun:test'
import { createDecipheriv, createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import praxisModule from '../../adapters/praxis.ts'
import type { Intent, Json } from '../../src/adapter.ts'
import { answerOf, complaints, make, operation, optionsOf, own, send } from './support.ts'

const praxis = make(praxisModule)
const verify = own(praxis.verify)
/** The seed's example secret. */
const SECRET = 'MerchantSecretKey'
const credentials = {
  merchant_id: 'Test-Integration-Merchant',
  application_key: 'Sandbox',
  merchant_secret: SECRET,
}
const card = { number: '4242424242424242', exp_month: '12', exp_year: '2034', cvc: '123' }

/** The seed's example as an intent, where it can be one. */
const INTENT: Intent = {
  operation: 'purchase',
  amount: { minor: 100, currency: 'USD' },
  reference: 'test-1560610955',
  idempotency_key: 'fwd_1',
  now: 1_579_218_438,
  mode: 'sandbox',
  return_url: 'https://shop.test/payment_result/tx-1560610955',
  notification_url: 'https://shop.test/v1/deposits/tx-1560610955',
  customer: {
    id: '1',
    first_name: 'Test',
    last_name: 'User',
    email: 'test@shop.test',
    phone: '+1 987-987-987987',
    dob: '1980-05-15',
  },
  billing_address: {
    line1: 'Avenue 51/2',
    city: 'New York',
    state: 'LA',
    postal_code: '24123',
    country: 'US',
  },
  device: { ip: '192.168.100.100', user_agent: 'Mozilla/5.0' },
  options: optionsOf(praxis),
  extra: {},
}

function intent(options: Readonly<Record<string, string>> = {}, more: Partial<Intent> = {}) {
  return { ...INTENT, options: optionsOf(praxis, options), ...more }
}

function request(options: Readonly<Record<string, string>> = {}, more: Partial<Intent> = {}) {
  return send(praxis, intent(options, more), { card, credentials })
}

/** PHP's `ksort`, `implode`, `hash`, by hand. */
function signature12(fields: Readonly<Record<string, Json>>, secret = SECRET): string {
  const names = Object.keys(fields).filter((name) => name !== 'signature')
  const text = names
    .toSorted()
    .map((name) => fields[name])
    .map((value) => (value === null || value === false ? '' : value === true ? '1' : String(value)))
    .join('')
  return sha384(text + secret)
}

function sha384(text: string): string {
  return createHash('sha384').update(text).digest('hex')
}

function decrypt(sealed: unknown, timestamp: number, secret = SECRET): string {
  const pad = (text: string, bytes: number) =>
    Buffer.concat([Buffer.alloc(bytes - Buffer.byteLength(text), '0'), Buffer.from(text)])
  const cipher = createDecipheriv('aes-256-cbc', pad(secret, 32), pad(String(timestamp), 16))
  return cipher.update(String(sealed), 'base64', 'utf8') + cipher.final('utf8')
}

describe('a sale of 1.2', () => {
  test('has every field of the table, as the table wants it', () => {
    const { method, path, fields, text } = request()
    const { card_number_encrypted, card_exp_encrypted, cvv_encrypted, signature, ...rest } = fields
    expect({ method, path }).toEqual({ method: 'POST', path: '/api/process' })
    expect(JSON.parse(text)).toEqual(fields)
    expect(rest).toEqual({
      address: 'Avenue 51/2',
      amount: 100,
      application_key: 'Sandbox',
      city: 'New York',
      country: 'US',
      currency: 'USD',
      dob: '05/15/1980',
      email: 'test@shop.test',
      first_name: 'Test',
      last_name: 'User',
      merchant_id: 'Test-Integration-Merchant',
      notification_url: 'https://shop.test/v1/deposits/tx-1560610955',
      order_id: 'test-1560610955',
      phone: '1987987987987',
      pin: '1',
      requester_ip: '192.168.100.100',
      return_url: 'https://shop.test/payment_result/tx-1560610955',
      state: 'LA',
      timestamp: 1_579_218_438,
      transaction_type: 'sale',
      version: '1.2',
      zip: '24123',
    })
    expect(decrypt(card_number_encrypted, INTENT.now)).toBe(card.number)
    expect(decrypt(card_exp_encrypted, INTENT.now)).toBe('12/2034')
    expect(decrypt(cvv_encrypted, INTENT.now)).toBe('123')
    expect(signature).toBe(signature12(fields))
  })

  test('takes the names of the example where the account says so', () => {
    const { fields } = request({ card_fields: 'plain' })
    expect(Object.keys(fields).filter((name) => name.endsWith('_encrypted'))).toEqual([])
    expect(decrypt(fields['card_number'], INTENT.now)).toBe(card.number)
    expect(decrypt(fields['card_exp'], INTENT.now)).toBe('12/2034')
    expect(decrypt(fields['cvv'], INTENT.now)).toBe('123')
    expect(fields['signature']).toBe(signature12(fields))
  })

  test('has the card in the clear where the account says so, under the plain names', () => {
    const { fields } = request({ encryption: 'off' })
    expect(fields).toMatchObject({ card_number: card.number, card_exp: '12/2034', cvv: '123' })
    expect(fields['signature']).toBe(signature12(fields))
  })

  test('signs what the caller adds, and the gateway of the account', () => {
    const given = { extra: { variable1: 'ä', attempt: 2 } }
    const own = { ...credentials, gateway: 's-pTSZyK23E1Ee5KZpcNbX_aFl0HuhQ0' }
    const { fields } = send(praxis, intent({}, given), { card, credentials: own })
    expect(fields).toMatchObject({ ...given.extra, gateway: own.gateway })
    expect(fields['signature']).toBe(signature12(fields))
  })

  test('says NA for the state of countries that have none for Praxis', () => {
    const german = { ...INTENT.billing_address, country: 'DE', state: 'Bayern', line2: '2. Stock' }
    expect(request({}, { billing_address: german }).fields).toMatchObject({
      state: 'NA',
      address: 'Avenue 51/2, 2. Stock',
    })
    const { state: _, ...without } = { ...INTENT.billing_address }
    expect(request({}, { billing_address: without }).fields['state']).toBe('NA')
  })
})

describe('further operations of 1.2', () => {
  test('authorize, and payout without a security code', () => {
    expect(request({}, { operation: 'authorize' }).fields['transaction_type']).toBe('authorize')
    const { fields } = request({}, { operation: 'payout' })
    expect(fields['transaction_type']).toBe('payout')
    expect(Object.keys(fields).filter((name) => name.startsWith('cvv'))).toEqual([])
    expect(operation(praxis, intent({}, { operation: 'payout' })).needs).not.toContain('cvc')
    expect(fields['signature']).toBe(signature12(fields))
  })

  test('a refund names the payment, and is a transaction of its own', () => {
    const { path, fields } = request({}, { operation: 'refund', reference: '1000000681' })
    expect(path).toBe('/api/process')
    expect(fields).toMatchObject({
      transaction_type: 'refund',
      reference_id: '1000000681',
      order_id: 'fwd_1',
    })
    expect(decrypt(fields['card_number_encrypted'], INTENT.now)).toBe(card.number)
    expect(fields['signature']).toBe(signature12(fields))
  })

  for (const [name, path] of [
    ['capture', '/api/deposit-capture'],
    ['void', '/api/deposit-cancel'],
  ] as const) {
    test(name, () => {
      const sent = request({}, { operation: name, reference: '1000000681' })
      const { signature, ...fields } = sent.fields
      expect(sent.path).toBe(path)
      expect(fields).toEqual({
        application_key: 'Sandbox',
        merchant_id: 'Test-Integration-Merchant',
        timestamp: INTENT.now,
        trace_id: 1_000_000_681,
        version: '1.2',
      })
      expect(signature).toBe(signature12(fields))
    })
  }
})

describe('1.3', () => {
  const options = { version: '1.3' }

  test('a sale is signed in a header, over the values that Praxis lists', () => {
    const { path, fields, headers } = request(options, { extra: { locale: 'de-DE' } })
    // What follows reads the card's fields from the body that was made.
    const sealed = fields['card_data'] as Readonly<Record<string, string>>
    expect(path).toBe('/api/direct-process')
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(fields).toMatchObject({
      version: '1.3',
      cid: '1',
      locale: 'de-DE',
      customer_data: { dob: '05/15/1980', phone: '1987987987987', state: 'LA', profile: 1 },
      device_data: { ip_address: '192.168.100.100', user_agent: 'Mozilla/5.0' },
    })
    expect(fields).not.toHaveProperty('signature')
    expect(decrypt(sealed['card_number'], INTENT.now)).toBe(card.number)
    expect(decrypt(sealed['cvv'], INTENT.now)).toBe('123')
    expect(headers['gt-authentication']).toBe(
      sha384(
        `Test-Integration-MerchantSandbox1579218438sale1test-1560610955USD100${INTENT.notification_url}${INTENT.return_url}${sealed['card_number']}${SECRET}`,
      ),
    )
  })

  test('the caller adds to the objects, and takes nothing out of them', () => {
    const extra = { customer_data: { profile: 3 }, device_data: { screen_width: 1440 } }
    const { fields } = request(options, { extra })
    expect(fields).toMatchObject({
      customer_data: { profile: 3, email: 'test@shop.test' },
      device_data: { screen_width: 1440, ip_address: '192.168.100.100' },
    })
  })

  test('authorization, refund, capture and cancel have their own names and paths', () => {
    const names = { reference: '1756850' }
    const authorize = request(options, { operation: 'authorize' })
    expect(authorize.fields['transaction_type']).toBe('authorization')
    const refund = request(options, { operation: 'refund', ...names })
    expect(refund.path).toBe('/direct/refund')
    expect(refund.fields).toMatchObject({ reference_id: 1_756_850, cid: '1', order_id: 'fwd_1' })
    expect(refund.text).not.toContain('card')
    const capture = request(options, { operation: 'capture', ...names })
    expect(capture.path).toBe('/agent/manage-transaction')
    expect(capture.fields).toMatchObject({ intent: 'capture-authorization', tid: 1_756_850 })
    expect(capture.headers['gt-authentication']).toBe(
      sha384(`Test-Integration-MerchantSandbox1579218438capture-authorization1756850${SECRET}`),
    )
    const cancel = request(options, { operation: 'void', ...names })
    expect(cancel.fields['intent']).toBe('cancel-authorization')
  })

  test("a caller's own request is signed; one of 1.2 cannot be", () => {
    const sign = (options: Readonly<Record<string, string>>) =>
      own(praxis.sign)(
        {
          method: 'POST',
          url: 'https://gw.praxisgate.com/agent/manage-transaction',
          headers: {},
          bytes: new TextEncoder().encode('{"merchant_id":"m","timestamp":1,"tid":2}'),
          fields: {},
        },
        { credentials, intent: intent(options, { operation: 'request' }) },
      )
    expect(sign({ version: '1.3' })).toEqual({ 'gt-authentication': sha384(`m12${SECRET}`) })
    expect(() => sign({})).toThrow('no signature')
  })
})

test('secrets of any length and alphabet up to 32 bytes, any time, are padded as PHP pads', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 16 })
  fc.assert(
    fc.property(
      secret.filter((text) => Buffer.byteLength(text) <= 32),
      fc.integer({ min: 0, max: 4_294_967_295 }),
      (merchant_secret, now) => {
        const own = { card, credentials: { ...credentials, merchant_secret } }
        const { fields } = send(praxis, intent({}, { now }), own)
        expect(decrypt(fields['card_number_encrypted'], now, merchant_secret)).toBe(card.number)
        expect(fields['signature']).toBe(signature12(fields, merchant_secret))
      },
    ),
    { seed: 42 },
  )
})

describe('what is checked before anything is opened', () => {
  const long = (n: number): string => 'x'.repeat(n)
  const customer = (more: object) => ({ customer: { ...INTENT.customer, ...more } })
  const address = (more: object) => ({ billing_address: { ...INTENT.billing_address, ...more } })
  const LONG = '+4912345678901234567890'

  test('the example has nothing wrong, nor have its neighbours', () => {
    for (const options of [{}, { version: '1.3' }]) {
      expect(complaints(praxis, intent(options))).toEqual([])
      for (const more of [
        customer({ phone: '123456789012' }),
        customer({ id: long(50), first_name: long(25), email: `${long(40)}@shop.test` }),
        address({ country: 'GB', postal_code: 'SW1A 1AA', state: 'England' }),
        { device: { ip: '2001:db8::ff00:42:8329' } },
        { device: { ip: '::1' } },
      ]) {
        expect(complaints(praxis, intent(options, more))).toEqual([])
      }
    }
  })

  const cases: readonly (readonly [string, Partial<Intent>])[] = [
    ['customer.id: at most 50 characters', customer({ id: long(51) })],
    ['customer.dob: a date such as 1980-05-15', customer({ dob: '15.05.1980' })],
    ['customer.email: at most 50 characters', customer({ email: `${long(41)}@shop.test` })],
    ['customer.email: an e-mail address', customer({ email: 'nobody' })],
    ...[
      '12345',
      '111111',
      '123456',
      '1234567890',
      'call me',
      '+1 (CALL) 555',
      LONG.slice(0, 6),
    ].map(
      (phone) =>
        [
          'customer.phone: at least 6 digits with the country code, and no dummy such as 123456 or 111111',
          customer({ phone }),
        ] as const,
    ),
    ['customer.phone: at most 20 characters', customer({ phone: LONG })],
    ['device.ip: an IP address', { device: { ip: '192.168.100.256' } }],
    ['device.ip: an IP address', { device: { ip: '1.2.3' } }],
    ['device.ip: an IP address', { device: { ip: 'localhost' } }],
    ['billing_address.line1: at most 100 characters', address({ line1: long(90), line2: long(9) })],
    ['billing_address.city: at most 50 characters', address({ city: long(51) })],
    ['billing_address.country: ISO 3166-1 alpha-2, such as US', address({ country: 'us' })],
    ['customer.first_name: at most 25 characters', customer({ first_name: long(26) })],
    ['customer.last_name: at most 25 characters', customer({ last_name: long(26) })],
    ['billing_address.state: at most 2 characters', address({ state: 'NSW', country: 'AU' })],
    ['billing_address.state: its ISO code', address({ state: 'l1' })],
    ['billing_address.postal_code: at most 12 characters', address({ postal_code: long(13) })],
    ['billing_address.postal_code: letters and digits', address({ postal_code: '24#123' })],
    ['return_url: at most 256 characters', { return_url: `https://shop.test/${long(239)}` }],
    ['notification_url: a URL', { notification_url: 'shop.test' }],
    ['reference: at most 50 characters', { reference: long(51) }],
    ['amount.minor: at least 1', { amount: { minor: 0, currency: 'USD' } }],
    [
      'amount.currency: ask Praxis for its unit, and see uncommon_amounts of the account',
      { amount: { minor: 1000, currency: 'KWD' } },
    ],
    ['extra.gateway: at most 32 characters', { extra: { gateway: long(33) } }],
    ['extra.order_id: at most 50 characters', { extra: { order_id: long(51) } }],
    ['extra.ratio: a text or a whole number', { extra: { ratio: 0.1 } }],
    ['extra.tree: a text or a whole number', { extra: { tree: { a: 1 } } }],
    ['extra.10: a text or a whole number', { extra: { 10: 'numbers sort otherwise in PHP' } }],
    ['extra.timestamp: not for a caller to set', { extra: { timestamp: 1 } }],
    ['extra.signature: not for a caller to set', { extra: { signature: 'x' } }],
    ['extra.cvv_encrypted: not for a caller to set', { extra: { cvv_encrypted: 'x' } }],
  ]
  for (const [complaint, more] of cases) {
    test(complaint, () => expect(complaints(praxis, intent({}, more))).toEqual([complaint]))
  }

  test('all of it is told at once', () => {
    const wrong = { ...customer({ phone: '1', email: 'x' }), amount: { minor: 0, currency: 'BHD' } }
    expect(complaints(praxis, intent({}, wrong))).toHaveLength(4)
  })

  test('in 1.3 a state may have three letters, and nested fields may be added', () => {
    const more = { ...address({ state: 'NSW', country: 'AU' }), extra: { device_data: { a: 1 } } }
    expect(complaints(praxis, intent({ version: '1.3' }, more))).toEqual([])
  })

  test('doubtful currencies go through where the account vouches for them', () => {
    const more = { amount: { minor: 1000, currency: 'KWD' } }
    expect(complaints(praxis, intent({ uncommon_amounts: 'iso' }, more))).toEqual([])
    expect(request({ uncommon_amounts: 'iso' }, more).fields['amount']).toBe(1000)
  })

  test('refund, capture and void want the number that Praxis gave, and 1.2 the customer', () => {
    const bare = { customer: { id: '1' }, billing_address: {}, device: {} }
    const refund = intent({}, { operation: 'refund', ...bare, idempotency_key: long(51) })
    expect(complaints(praxis, refund)).toEqual([
      'customer.email: missing, a refund of 1.2 wants it',
      'device.ip: missing, a refund of 1.2 wants it',
      'billing_address.country: missing, a refund of 1.2 wants it',
      'customer.first_name: missing, a refund of 1.2 wants it',
      'customer.last_name: missing, a refund of 1.2 wants it',
      'billing_address.postal_code: missing, a refund of 1.2 wants it',
      'extra.order_id: missing, as the idempotency key is over 50 characters',
    ])
    const direct = { operation: 'refund', ...bare } as const
    expect(complaints(praxis, intent({ version: '1.3' }, direct))).toEqual([
      'reference: the number that Praxis gave the payment',
    ])
    expect(complaints(praxis, intent({}, { operation: 'capture', ...bare }))).toEqual([
      'amount: all that was authorized is meant, so leave it out',
      'reference: the number that Praxis gave the payment',
    ])
  })
})

describe('answers', () => {
  const folder = resolve(import.meta.dir, '../fixtures/praxis')

  interface Fixture {
    readonly operation: 'purchase' | 'authorize' | 'capture' | 'void' | 'refund' | 'payout'
    readonly options: Readonly<Record<string, string>>
    readonly genuine: boolean
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body?: Readonly<Record<string, Json>>
    readonly text?: string
    readonly outcome: object
  }
  const names = readdirSync(folder).filter((name) => !name.startsWith('notification.'))
  const fixtures = names.map((name) => {
    // Written for this test.
    return [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Fixture] as const
  })

  for (const [name, { operation: op, options, genuine, ...fixture }] of fixtures) {
    test(name, () => {
      const answer = answerOf(fixture.status, fixture.text ?? fixture.body, fixture.headers)
      const asked = intent(options, { operation: op, reference: '1000000681' })
      const verified = (): boolean => verify(answer, { credentials, intent: asked })
      if (fixture.text === undefined) expect(verified()).toBe(genuine)
      else expect(verified).toThrow()
      expect(operation(praxis, asked).parse(answer, asked)).toEqual(fixture.outcome as never)
    })
  }

  test('no value of a signed answer can be changed', () => {
    const [, approved] = fixtures.find(([name]) => name === 'purchase.approved.json') ?? []
    const body = approved?.body ?? {}
    const verified = (changed: object): boolean =>
      verify(answerOf(200, changed), { credentials, intent: intent() })
    expect(verified(body)).toBe(true)
    for (const [name, value] of Object.entries(body)) {
      expect(verified({ ...body, [name]: `${value}1` }), name).toBe(false)
      const { [name]: _, ...without } = body
      // What is null adds nothing to what is signed.
      expect(verified(without), name).toBe(value === null)
    }
    expect(verified({ ...body, more: 'x' })).toBe(false)
    // The core takes that for no.
    expect(() => verified({ ...body, more: {} })).toThrow()
    const other = { credentials: { ...credentials, merchant_secret: 'other' }, intent: intent() }
    expect(verify(answerOf(200, body), other)).toBe(false)
  })

  test('capture and void of 1.2 are told by the status alone; of 1.3 they are signed', () => {
    const done = { status: 0, description: 'Ok', version: '1.2' }
    for (const op of ['capture', 'void'] as const) {
      const asked = intent({}, { operation: op, reference: '77' })
      const answer = answerOf(200, { ...done, signature: signature12(done) })
      expect(verify(answer, { credentials, intent: asked })).toBe(true)
      const parsed = operation(praxis, asked).parse(answer, asked)
      expect(parsed).toMatchObject({ kind: 'approved', reference: '77' })
    }
    const asked = intent({ version: '1.3' }, { operation: 'void', reference: '77' })
    const body = {
      status: 0,
      timestamp: 1700000001,
      transaction: { tid: 77, transaction_status: 'cancelled', processed_amount: null },
    }
    const headers = { 'gt-authentication': sha384(`0170000000177cancelled${SECRET}`) }
    expect(verify(answerOf(200, body, headers), { credentials, intent: asked })).toBe(true)
    expect(verify(answerOf(200, body), { credentials, intent: asked })).toBe(false)
    const parsed = operation(praxis, asked).parse(answerOf(200, body), asked)
    expect(parsed).toMatchObject({ kind: 'approved', reference: '77' })
  })

  test('a payment of 1.3 is checked over the values of the cashier where the account says so', () => {
    const asked = intent({ version: '1.3', answer_signature: 'cashier' })
    const body = { status: 0, timestamp: 5, redirect_url: null, customer: { customer_token: 'c' } }
    const headers = { 'gt-authentication': sha384(`05c${SECRET}`) }
    expect(verify(answerOf(200, body, headers), { credentials, intent: asked })).toBe(true)
    expect(verify(answerOf(200, body), { credentials, intent: asked })).toBe(false)
  })
})

describe('notifications', () => {
  const now = 1_700_000_000
  const incoming = (body: object, headers: Readonly<Record<string, string>> = {}) => ({
    ...answerOf(200, body, headers),
    query: {},
  })
  const given = (version: string) => ({
    credentials,
    options: optionsOf(praxis, { version }),
    now,
  })

  test('of 1.2 are signed in the body, read, and answered signed', () => {
    const body = {
      merchant_id: 'Test-Integration-Merchant',
      application_key: 'Sandbox',
      transaction_type: 'sale',
      transaction_status: 'rejected',
      error_details: 'Card has been stolen',
      transaction_id: null,
      trace_id: 5,
      order_id: 'order-1',
      version: '1.2',
    }
    const signed = incoming({ ...body, signature: signature12(body) })
    expect(own(praxis.notification?.verify)(signed, given('1.2'))).toBe(true)
    expect(own(praxis.notification?.verify)(signed, given('1.3'))).toBe(false)
    const forged = incoming({
      ...body,
      transaction_status: 'approved',
      signature: signature12(body),
    })
    expect(own(praxis.notification?.verify)(forged, given('1.2'))).toBe(false)
    expect(praxis.notification?.parse(signed)).toEqual({
      reference: '5',
      merchant_reference: 'order-1',
      outcome: {
        kind: 'declined',
        code: 'lost_or_stolen',
        reference: '5',
        psp: { code: 'rejected', message: 'Card has been stolen' },
      },
    })
    const other = { ...body, application_key: 'Other' }
    const elsewhere = incoming({ ...other, signature: signature12(other) })
    expect(own(praxis.notification?.verify)(elsewhere, given('1.2'))).toBe(false)
    const answer = praxis.notification?.acknowledge(true, given('1.2'))
    const said: Readonly<Record<string, Json>> = JSON.parse(answer?.body ?? '')
    expect(said).toMatchObject({ status: 0, version: '1.2', timestamp: now })
    expect(said['signature']).toBe(sha384(`${said['description']}0${now}1.2${SECRET}`))
  })

  test('that are not good are refused without a signature', () => {
    for (const version of ['1.2', '1.3']) {
      const answer = praxis.notification?.acknowledge(false, given(version))
      expect(answer?.status).toBe(400)
      expect(JSON.parse(answer?.body ?? '')).toMatchObject({ status: 400, version })
      expect(JSON.stringify(answer)).not.toMatch(/[0-9a-f]{96}/)
    }
  })

  test('of what comes after a payment, or of a subscription, are nothing that was approved', () => {
    for (const transaction_status of ['chargeback', 'reversed', 'partial_refund', 'error']) {
      const notice = praxis.notification?.parse(incoming({ transaction_status, trace_id: 5 }))
      expect(notice?.outcome).toMatchObject({
        kind: 'unrecognised',
        psp: { code: transaction_status },
      })
    }
    const event = praxis.notification?.parse(incoming({ event: 'PaymentSucceeded', cid: 'c' }))
    expect(event?.outcome).toMatchObject({
      kind: 'unrecognised',
      psp: { code: 'PaymentSucceeded' },
    })
    const late = incoming({
      transaction_type: 'sale',
      transaction_status: 'authorized',
      trace_id: 5,
    })
    expect(praxis.notification?.parse(late).outcome.kind).toBe('pending')
  })
})

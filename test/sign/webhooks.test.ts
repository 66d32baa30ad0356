/** @module Webhook checks: what is believed, and every way of not being believed. */
import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { Stripe } from 'stripe'
import { GatewayError } from '../../src/errors.ts'
import {
  type SignRequest,
  type Verdict,
  WEBHOOKS,
  applyScheme,
  cryptoKit as crypto,
  verifyWebhook,
  webhookOf,
} from '../../src/sign/index.ts'
import { answerCheckOf, verifyAnswer } from '../../src/sign/answer.ts'
import { request } from './requests.ts'

const NOW = 1700000000
const URL = 'https://merchant.test/hook'
const post = (headers: SignRequest['headers'], body: string | object) =>
  request('POST', URL, headers, typeof body === 'string' ? body : JSON.stringify(body))
const reason = (verdict: Verdict) => (verdict.ok ? 'genuine' : verdict.reason)

describe('the table', () => {
  test('names each check', () => {
    expect(Object.keys(WEBHOOKS).sort()).toEqual(
      'adyen digest hmac http-message praxis razorpay redsys square standard-webhooks stripe xml-signature'.split(
        ' ',
      ),
    )
    expect(() => webhookOf('toString')).toThrow('verify: scheme is none of hmac, digest')
  })
  test('throws for a wrong document or account, never for what was received', () => {
    expect(() => verifyWebhook('stripe', { tolerence: 1 }, post({}, ''), {}, NOW)).toThrow(
      'stripe: tolerence is unknown (known: secret, header, tolerance)',
    )
    const header = { 'Stripe-Signature': `t=${NOW},v1=00` }
    expect(() => verifyWebhook('stripe', {}, post(header, ''), {}, NOW)).toThrow(GatewayError)
    const secrets = {
      webhook_secret: 's',
      hmac_key: '00',
      signature_key: 's',
      merchant_secret: 's',
      secret_key: 'AAAA',
      public_key: String(
        generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
          ...{ type: 'spki', format: 'pem' },
        }),
      ),
    }
    const parameters: Record<string, object> = {
      hmac: { header: 'x', message: '{field:a}' },
      digest: { field: 'x', message: '{field:a}' },
      'http-message': { algorithm: 'hmac-sha256', key_encoding: 'utf8' },
    }
    const bodies = [
      '',
      '{',
      '[]',
      'null',
      '{"notificationItems":[null,1]}',
      '{"x":{}}',
      '{"Ds_MerchantParameters":"!","Ds_Signature":"","Ds_SignatureVersion":"HMAC_SHA256_V1"}',
      '\u0000',
    ]
    for (const name of Object.keys(WEBHOOKS)) {
      for (const body of bodies) {
        const verdict = verifyWebhook(
          name,
          parameters[name] ?? {},
          post({ x: 'y', signature: '=', 'signature-input': '"(' }, body),
          secrets,
          NOW,
        )
        expect(verdict.ok).toBe(false)
      }
    }
  })
})

describe('stripe', async () => {
  const payload = '{"id":"evt_1","amount":10.00}'
  const secret = 'whsec_test_secret'
  const header = await new Stripe('sk_test_x').webhooks.generateTestHeaderStringAsync({
    payload,
    secret,
    timestamp: NOW,
  })
  const check = (value: string, body = payload, now = NOW, webhook_secret = secret) =>
    reason(
      verifyWebhook(
        'stripe',
        {},
        post({ 'stripe-signature': value }, body),
        { webhook_secret },
        now,
      ),
    )
  test("believes what Stripe's own library signed", () => {
    expect(check(header)).toBe('genuine')
    expect(check(header, payload, NOW + 300)).toBe('genuine')
    expect(check(`${header.replace('v1=', 'v1=00,v1=')},v0=ff`)).toBe('genuine')
  })
  test('refuses other bodies, secrets and times', () => {
    expect(check(header, `${payload} `)).toBe('the signature does not match')
    expect(check(header, payload, NOW, 'whsec_other')).toBe('the signature does not match')
    for (const now of [NOW + 301, NOW - 301]) {
      expect(check(header, payload, now)).toBe('the timestamp is more than 300 seconds from now')
    }
    expect(check(header.replace(String(NOW), String(NOW + 1)))).toBe('the signature does not match')
    expect(check(header.replace(String(NOW), `${NOW}.0`))).toBe(
      'the timestamp is missing or no number',
    )
    expect(check(header.replace('v1=', 'v0='))).toBe('the signature is missing')
    expect(check(header.replace(/v1=../, 'v1=zz'))).toBe('the signature does not match')
  })
  test('takes either secret while it is changed', () => {
    const secrets = { old: secret, new: 'whsec_new' }
    const req = post({ 'Stripe-Signature': header }, payload)
    for (const names of [
      ['old', 'new'],
      ['new', 'old'],
    ]) {
      expect(verifyWebhook('stripe', { secret: names }, req, secrets, NOW)).toEqual({ ok: true })
    }
    expect(verifyWebhook('stripe', { secret: 'new' }, req, secrets, NOW).ok).toBe(false)
    expect(() => verifyWebhook('stripe', { secret: [] }, req, secrets, NOW)).toThrow(
      'is an empty list',
    )
  })
})

describe('adyen', () => {
  // The example of Adyen's documentation.
  const hmac_key = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056'
  const item = {
    pspReference: '7914073381342284',
    merchantAccountCode: 'TestMerchant',
    merchantReference: 'TestPayment-1407325143704',
    amount: { value: 1130, currency: 'EUR' },
    eventCode: 'AUTHORISATION',
    success: 'true',
    additionalData: { hmacSignature: 'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=' },
  }
  const check = (...items: object[]) => {
    const notificationItems = items.map((one) => ({ NotificationRequestItem: one }))
    return reason(
      verifyWebhook('adyen', {}, post({}, { live: 'false', notificationItems }), { hmac_key }, NOW),
    )
  }
  test('believes the published example, and only when every item is signed', () => {
    expect(check(item)).toBe('genuine')
    expect(check(item, item)).toBe('genuine')
    expect(check(item, { ...item, additionalData: {} })).toBe('the signature does not match')
    expect(check({ ...item, success: 'false' })).toBe('the signature does not match')
    expect(check({ ...item, amount: { value: 1131, currency: 'EUR' } })).toBe(
      'the signature does not match',
    )
    expect(check()).toBe('the body has no notification items')
  })
})

describe('razorpay and square', () => {
  test('razorpay signs the body alone', () => {
    const body = '{"a":1,"b":2,"c":{"d":3}}'
    // razorpay-node, test/utils/razorpay-utils.spec.js.
    const given = '2fe04e22977002e6c7cb553adab8b460cb9e2a4970d5953cb27a8472752e3bbc'
    const check = (signature: string) =>
      verifyWebhook(
        'razorpay',
        {},
        post({ 'x-razorpay-signature': signature }, body),
        { webhook_secret: '123456' },
        NOW,
      ).ok
    expect([check(given), check(given.toUpperCase()), check(`${given}00`), check('')]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
  test('square signs the address it knows', () => {
    const signature = crypto.hmac('sha256', 'k', `${URL}{}`, 'base64')
    const given = {
      ...post({ 'x-square-hmacsha256-signature': signature }, '{}'),
      url: 'http://10.0.0.1/hook',
    }
    const secrets = { signature_key: 'k' }
    expect(verifyWebhook('square', {}, given, secrets, NOW).ok).toBe(false)
    expect(verifyWebhook('square', { url: URL }, given, secrets, NOW).ok).toBe(true)
  })
})

describe('standard-webhooks', () => {
  test('takes one of several signatures, and no other version', () => {
    const key = { base64: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }
    const signature = crypto.hmac('sha256', key, `id.${NOW}.{}`, 'base64')
    const check = (list: string, prefix = 'webhook') => {
      const headers = {
        [`${prefix}-id`]: 'id',
        [`${prefix}-timestamp`]: String(NOW),
        [`${prefix}-signature`]: list,
      }
      const secrets = { webhook_secret: `whsec_${key.base64}` }
      return verifyWebhook('standard-webhooks', { prefix }, post(headers, '{}'), secrets, NOW).ok
    }
    expect(check(`v1,AAAA v1,${signature}`)).toBe(true)
    expect(check(`v1,${signature}`, 'svix')).toBe(true)
    expect(check(`v1a,${signature}`)).toBe(false)
    expect(check(signature)).toBe(false)
  })
})

describe('praxis', () => {
  const secrets = { merchant_secret: 'secret' }
  const payment = (amount: string, transaction = true) =>
    `{"merchant_id":"1","application_key":"app","timestamp":${NOW},"customer":{"customer_token":"c"},"session":{"order_id":"o"},"transaction":${
      transaction
        ? `{"tid":5,"currency":"USD","amount":${amount},"conversion_rate":1.00,"processed_currency":null,"processed_amount":${amount}}`
        : 'null'
    }}`
  const check = (body: string, signature: string, parameters: object = {}, now = NOW) =>
    reason(
      verifyWebhook(
        'praxis',
        parameters,
        post({ 'gt-authentication': signature }, body),
        secrets,
        now,
      ),
    )
  test('1.3 keeps numbers as they are spelled, and skips null', () => {
    const signature = crypto.hash('sha384', `1app${NOW}co5USD10.001.0010.00secret`)
    expect(check(payment('10.00'), signature)).toBe('genuine')
    expect(check(payment('10'), signature)).toBe('the signature does not match')
    const expired = crypto.hash('sha384', `1app${NOW}cosecret`)
    expect(check(payment('', false), expired)).toBe('genuine')
  })
  test('1.3 knows the kinds of message, and takes an order of its own', () => {
    const order = ['status', 'timestamp']
    const body = `{"status":0,"timestamp":${NOW}}`
    const signature = crypto.hash('sha384', `0${NOW}secret`)
    expect(check(body, signature)).toBe('the kind of message is unknown')
    expect(check(body, signature, { order })).toBe('genuine')
    expect(check(body, signature, { order, tolerance: 60 }, NOW + 61)).toContain(
      'more than 60 seconds',
    )
  })
  test('1.2 is refused where values are nested or the signature is not there', () => {
    expect(check('{"a":1}', '', { version: '1.2' })).toBe('the signature is missing')
    expect(check('{"a":{},"signature":"00"}', '', { version: '1.2' })).toContain('nested values')
  })
})

describe('hmac and digest', () => {
  const secrets = { webhook_secret: 's' }
  test("Mercado Pago's manifest", () => {
    // mercadopago sdk-nodejs, src/utils/webhook.
    const parameters = {
      header: 'x-signature',
      part: 'v1',
      timestamp_part: 'ts',
      message: 'id:{query:data.id};request-id:{header:x-request-id};ts:{timestamp};',
    }
    const signature = crypto.hmac('sha256', 's', `id:77;request-id:r;ts:${NOW};`)
    const headers = { 'x-signature': `ts=${NOW},v1=${signature}`, 'x-request-id': 'r' }
    const given = { ...post(headers, '{}'), url: `${URL}?data.id=77&type=payment` }
    expect(verifyWebhook('hmac', parameters, given, secrets, NOW)).toEqual({ ok: true })
    expect(reason(verifyWebhook('hmac', parameters, given, secrets, NOW + 301))).toContain(
      '300 seconds',
    )
    expect(verifyWebhook('hmac', parameters, { ...given, url: URL }, secrets, NOW).ok).toBe(false)
  })
  test("Authorize.net's prefix and hex key", () => {
    const parameters = {
      algorithm: 'sha512',
      key_encoding: 'hex',
      header: 'X-ANET-Signature',
      prefix: 'sha512=',
      message: '{body}',
    }
    const mac = crypto.hmac('sha512', { hex: '00ff' }, 'body', 'HEX')
    const check = (value: string) =>
      verifyWebhook(
        'hmac',
        parameters,
        post({ 'x-anet-signature': value }, 'body'),
        { webhook_secret: '00ff' },
        NOW,
      ).ok
    expect([check(`sha512=${mac}`), check(mac)]).toEqual([true, false])
  })
  test("Ogone's form, with its secret between the values", () => {
    const parameters = {
      algorithm: 'sha512',
      field: 'SHASIGN',
      message: {
        order: 'sorted',
        names: 'upper',
        skip: 'empty',
        except: ['SHASIGN'],
        pair: '=',
        delimiter: '{secret}',
        after: '{secret}',
      },
    }
    // open-formulieren/open-forms, payments/contrib/ogone tests.
    const sign =
      'F21EC101D04FD8F43662F4C5BE87F5E3E1B08293B15D61DC9E779392F4D411B40471311BAF53B8C656E1FD4C770999C40B512D35CBDA46BE30C0B91BFB9F272B'
    const body = `orderID=202100031&STATUS=9&PAYID=3138700369&NCERROR=0&CN=&SHASIGN=${sign}`
    const form = (text: string) =>
      post({ 'Content-Type': 'application/x-www-form-urlencoded' }, text)
    const both = { secret: ['webhook_secret', 'new'], ...parameters }
    const passphrases = { webhook_secret: 'q8B4Pms_MJEUlRo_Icu&', new: 'n' }
    expect(verifyWebhook('digest', both, form(body), passphrases, NOW)).toEqual({ ok: true })
    expect(
      verifyWebhook('digest', both, form(body.replace('STATUS=9', 'STATUS=5')), passphrases, NOW)
        .ok,
    ).toBe(false)
  })
  test('want one place for the signature', () => {
    expect(() => verifyWebhook('hmac', { message: '{body}' }, post({}, ''), secrets, NOW)).toThrow(
      'or field is wanted',
    )
  })
})

describe('http-message', () => {
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const signed = async (parameters: object = {}, body = '{}') => {
    const given = post({ 'Content-Type': 'application/json' }, body)
    const all = { algorithm: 'ed25519', keyid: 'k', ...parameters }
    const { headers } = await applyScheme(
      'http-message',
      all,
      given,
      { private_key: pair.privateKey },
      { now: NOW, nonce: 'n' },
    )
    return { ...given, headers: { ...given.headers, ...headers } }
  }
  const check = (given: SignRequest, parameters: object = {}, now = NOW) =>
    reason(
      verifyWebhook(
        'http-message',
        { algorithm: 'ed25519', ...parameters },
        given,
        { public_key: pair.publicKey },
        now,
      ),
    )

  test('believes what the scheme of the same name signed', async () => {
    expect(check(await signed({ alg: true, expires: 60 }), { tolerance: 60 }, NOW + 60)).toBe(
      'genuine',
    )
  })
  test('refuses another method, address or body', async () => {
    const given = await signed()
    expect(check({ ...given, method: 'PUT' })).toBe('the signature does not match')
    expect(check({ ...given, url: `${URL}?a=1` })).toBe('the signature does not match')
    expect(check({ ...given, bytes: Buffer.from('{ }') })).toBe('the content digest does not match')
  })
  test('refuses what is too old, of another algorithm, or covers too little', async () => {
    expect(check(await signed({ expires: 60 }), {}, NOW + 61)).toBe('the signature has expired')
    expect(check(await signed(), { tolerance: 60 }, NOW + 61)).toContain('more than 60 seconds')
    expect(check(await signed({ created: false }), { tolerance: 60 })).toContain(
      'missing or no number',
    )
    const small = await signed({ components: ['@method'] })
    expect(check(small)).toBe('the signature does not cover @target-uri, content-digest')
    const other = await signed({ alg: true })
    const input = String(other.headers['Signature-Input']).replace('"ed25519"', '"hmac-sha256"')
    expect(check({ ...other, headers: { ...other.headers, 'Signature-Input': input } })).toBe(
      'the algorithm is another',
    )
  })
  test('wants to be told which of several signatures counts', async () => {
    const given = await signed()
    const twice = (name: string, more: string) =>
      `${String(Reflect.get(given.headers, name))}, ${more}`
    const headers = {
      ...given.headers,
      'Signature-Input': twice('Signature-Input', 'proxy=("@method");created=1;keyid="p, (x"'),
      Signature: twice('Signature', 'proxy=:AAAA:'),
    }
    expect(check({ ...given, headers })).toBe('the signature is missing or malformed')
    expect(check({ ...given, headers }, { label: 'sig1' })).toBe('genuine')
    expect(check({ ...given, headers }, { label: 'proxy', covered: [] })).toBe(
      'the signature does not match',
    )
  })
})

describe('fields of a form inside a field', () => {
  const parameters = {
    ...{ secret: 'salt', field: 'hash', form_in: 'result', encoding: 'base64' },
    message: '{field?:fee&|}{secret}|{field:a}',
  }
  const check = (result: unknown) =>
    reason(verifyWebhook('digest', parameters, post({}, { result, a: 'out' }), { salt: 's' }, NOW))
  const hash = (text: string) => encodeURIComponent(crypto.hash('sha256', text, 'base64'))
  test('are those of the message, with an optional one and what follows it', () => {
    expect(check(`a=x+y&hash=${hash('s|x y')}`)).toBe('genuine')
    expect(check(`a=x&fee=2.5&hash=${hash('2.5|s|x')}`)).toBe('genuine')
    expect(check(`a=x&fee=&hash=${hash('s|x')}`)).toBe('genuine')
    expect(check(`a=x&fee=2.5&hash=${hash('s|x')}`)).toBe('the signature does not match')
    expect(check(`a=x&hash=${hash('2.5|s|x')}`)).toBe('the signature does not match')
    expect(check(`hash=${hash('s|out')}`)).toBe('the signature does not match')
  })
  test.each([null, 1, {}, ['a=x'], ''])('of %j there are none', (result) => {
    expect(check(result)).toBe('the signature is missing')
  })
  test('what follows stands after optional sources alone', () => {
    expect(() =>
      webhookOf('digest').prepare({ ...parameters, message: '{field:fee&|}{secret}' }),
    ).toThrow('message')
  })
})

test.each([
  ['150.00', '150.0'],
  ['150.20', '150.2'],
  ['150.26', '150.26'],
  ['150.000', '150.0'],
  ['150', '150'],
  ['100', '100'],
])('%s unpadded is %s', (value, written) => {
  const sign = crypto.hash('md5', `s~${written}`)
  const parameters = { algorithm: 'md5', field: 'sign', message: '{secret}~{field:value|unpadded}' }
  const check = { ...parameters, secret: 'salt' }
  expect(verifyWebhook('digest', check, post({}, { value, sign }), { salt: 's' }, NOW)).toEqual({
    ok: true,
  })
})

describe('a body is of one kind, whatever its content type says', () => {
  const parameters = { secret: 'salt', field: 'hash', message: '{secret}~{field:state}' }
  const check = (type: string, body: string) =>
    reason(
      verifyWebhook('digest', parameters, post({ 'Content-Type': type }, body), { salt: 's' }, NOW),
    )
  const form = 'application/x-www-form-urlencoded'
  const signed = `state=6&hash=${crypto.hash('sha256', 's~6')}`
  test('a form', () => {
    expect(check(form, signed)).toBe('genuine')
    expect(check('Application/X-WWW-Form-URLEncoded; charset=utf-8', signed)).toBe('genuine')
    expect(check('application/json', signed)).toBe('the signature is missing')
  })
  // Who reads JSON, or XML, reads what is not in the form between the ampersands.
  test.each([
    `{"state":4,"more":"&${signed}&"}`,
    ` \ufeff\n{"state":4,"more":"&${signed}&"}`,
    `[{"state":4,"more":"&${signed}&"}]`,
    `<state>4<![CDATA[&${signed}&]]></state>`,
  ])('%j is no form', (body) => {
    expect(check(form, body)).toBe('the signature is missing')
  })
})

describe('answers of which not all are signed', () => {
  const parameters = { secret: 'key', header: 'x', message: '{body}', only_with: 'a.b' }
  const check = (body: object, x: string) =>
    verifyAnswer('hmac', parameters, post({ x }, body), { key: 'k' }, NOW)
  const signed = { a: { b: 1 } }
  test('those with the field are, the others prove nothing', () => {
    expect(check(signed, crypto.hmac('sha256', 'k', JSON.stringify(signed)))).toBe('genuine')
    expect(check(signed, '00')).toBe('forged')
    expect(check({ a: { c: 1 } }, '00')).toBe('unsigned')
    expect(
      verifyAnswer(
        'hmac',
        { ...parameters, only_with: undefined },
        post({}, {}),
        { key: 'k' },
        NOW,
      ),
    ).toBe('forged')
  })
  test('webhooks are all signed: they take no such parameter', () => {
    expect(() => webhookOf('hmac').prepare(parameters)).toThrow('only_with is unknown')
    expect(() => answerCheckOf('hmac').prepare({ ...parameters, only_with: 1 })).toThrow(
      'only_with',
    )
    expect(answerCheckOf('hmac').prepare(parameters).credentials).toEqual(['key'])
  })
})

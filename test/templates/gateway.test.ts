/**
 * @module Template adapters through the gateway: a preset under an account, and a document in the folder of adapters.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { createHash, createHmac } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolder } from '../../src/external/folder.ts'
import { openRegistry } from '../../src/registry.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'
import { loadTemplate } from '../../src/templates/load.ts'
import { MINIMAL, changed } from './minimal.ts'

const number = canaryCard()
const cvc = canaryCvc()
const secret_key = canarySecret()
let psp: FakePsp
let shop: TestGateway
let token: string

beforeAll(async () => {
  psp = await startPsp()
  shop = await startGateway({ psp, registry: openRegistry() })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  const card = { number, exp_month: 3, exp_year: 2031, holder: 'Ann Example' }
  token = (await shop.call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
})
beforeEach(() => {
  psp.arrivals.length = 0
})
afterAll(async () => {
  await shop.close()
  await psp.stop()
})

async function accountOf(adapter: string, credentials: object): Promise<string> {
  const made = { adapter, mode: 'sandbox', name: adapter, credentials, base_url: psp.url }
  return (await shop.call('POST', '/v1/accounts', made)).textAt('id')
}

async function pay(account: string, more: object) {
  const made = await shop.call('POST', '/v1/cvc-sessions', { cvc, token })
  return shop.call('POST', '/v1/forward', {
    ...{
      account,
      operation: 'purchase',
      token,
      cvc_session: made.textAt('id'),
      reference: 'A1001',
    },
    ...more,
  })
}

test('dLocal: signed over the very bytes that arrive, the outcome read, the record without secrets', async () => {
  const account = await accountOf('dlocal', {
    x_login: 'login',
    x_trans_key: 'transkey',
    secret_key,
  })
  psp.reply = () => ({
    body: '{"id":"D-1","status":"PAID","status_code":"200","status_detail":"The payment was paid"}',
  })
  const answer = await pay(account, {
    amount: { minor: 1999, currency: 'BRL' },
    customer: { first_name: 'Ann', last_name: 'Example', email: 'a@shop.example' },
    billing_address: { country: 'BR' },
    extra: { document: '42243309114', description: 'ü' },
  })
  expect(answer.at('outcome')).toEqual({
    ...{
      kind: 'approved',
      reference: 'D-1',
      psp: { code: '200', message: 'The payment was paid' },
    },
  })
  const [arrival] = psp.arrivals
  const header = (name: string) => String(arrival?.headers[name])
  const signature = createHmac('sha256', secret_key)
    .update(`login${header('x-date')}${arrival?.body}`)
    .digest('hex')
  expect(arrival?.path).toBe('/secure_payments')
  expect(header('authorization')).toBe(`V2-HMAC-SHA256, Signature: ${signature}`)
  expect(JSON.parse(arrival?.body ?? '')).toMatchObject({
    ...{ amount: 19.99, country: 'BR', description: 'ü', order_id: 'A1001' },
    payer: { document: '42243309114' },
    card: { number, cvv: cvc, expiration_month: 3, expiration_year: 2031, capture: true },
  })
  const record = JSON.stringify(
    (await shop.call('GET', `/v1/forwards/${answer.textAt('id')}`)).json,
  )
  for (const value of [number, cvc, secret_key, signature]) expect(record).not.toContain(value)
  expect(record).toContain('{{ card.number }}')
})

test('PayU India: what the customer has to post, and answers under the reverse hash alone', async () => {
  const account = await accountOf('payu_india', { merchant_key: 'key', salt: secret_key })
  const buy = async (body: object) => {
    psp.reply = () => ({ body: JSON.stringify(body) })
    const answer = await pay(account, {
      amount: { minor: 1100, currency: 'INR' },
      return_url: 'https://shop.example/back',
      customer: { first_name: 'Ann', email: 'a@shop.example', phone: '1' },
    })
    return answer.at('outcome')
  }
  const form_post_vars = { PaReq: 'eJx+/=', MD: '10948760', nonEnrolled: 1 }
  const post_uri = 'https://bank.example/acs'
  expect(await buy({ status: 'success', response: { post_uri, form_post_vars } })).toEqual({
    ...{ kind: 'action_required', reference: 'A1001', url: post_uri },
    form: { ...form_post_vars, nonEnrolled: '1' },
    psp: { code: null, message: null },
  })
  const signed = (status: string, salt: string, more = '') => {
    const fields = `mihpayid=7&status=${status}&txnid=A1001&amount=11.00&productinfo=Purchase&firstname=Ann&email=a%40shop.example&key=key&error=E000`
    const text = `${salt}|${status}|||||||||||a@shop.example|Ann|Purchase|11.00|A1001|key`
    const hash = createHash('sha512').update(text).digest('hex')
    return { status: 'success', result: `${fields}&hash=${hash}${more}` }
  }
  const forged = {
    kind: 'unrecognised',
    reason: 'the signature of the answer is not right',
    psp: { code: null, message: null },
  }
  expect(await buy(signed('success', secret_key))).toMatchObject({
    ...{ kind: 'approved', reference: '7' },
  })
  expect(await buy(signed('failure', secret_key))).toMatchObject({ kind: 'declined' })
  expect(await buy(signed('success', 'another'))).toEqual(forged)
  const other = signed('failure', secret_key).result.replace('status=failure', 'status=success')
  expect(await buy({ status: 'success', result: other })).toEqual(forged)
  expect(await buy({ status: 'success', result: {} })).toEqual(forged)
  // A second value of a name is neither the signed one nor another.
  expect(await buy(signed('failure', secret_key, '&status=success'))).toEqual(forged)
  const again = `status=success&${signed('failure', secret_key).result}`
  expect(await buy({ status: 'success', result: again })).toMatchObject({ kind: 'unrecognised' })
})

test('PayU Latam: the signature is inside the body, and in the record by its name', async () => {
  const account = await accountOf('payu_latam', {
    ...{
      api_login: canarySecret(),
      api_key: secret_key,
      merchant_id: '508029',
      account_id: '512321',
    },
  })
  psp.reply = () => ({
    body: '{"code":"SUCCESS","transactionResponse":{"orderId":7,"transactionId":"t","state":"DECLINED","responseCode":"INSUFFICIENT_FUNDS"}}',
  })
  const answer = await pay(account, {
    amount: { minor: 2000000, currency: 'COP' },
    customer: { first_name: 'Ann', last_name: 'Example', email: 'a@shop.example' },
    billing_address: { country: 'CO' },
    extra: { payment_method: 'VISA' },
  })
  expect(answer.at('outcome')).toMatchObject({
    kind: 'declined',
    code: 'insufficient_funds',
    reference: '7|t',
  })
  const record = await shop.call('GET', `/v1/forwards/${answer.textAt('id')}`)
  const kept = JSON.parse(record.textAt('request', 'body'))
  expect(kept.transaction.order.signature).toBe('{{ fields.transaction.order.signature }}')
  expect(kept.transaction.creditCard.expirationDate).toBe(
    '{{ card.exp_year }}/{{ card.exp_month }}',
  )
  expect(JSON.parse(psp.arrivals[0]?.body ?? '').transaction.creditCard.expirationDate).toBe(
    '2031/03',
  )
})

test('PayU India and Latam: webhooks are forms, as they were published', async () => {
  const from = (id: string, name: string) =>
    JSON.parse(readFileSync(join(import.meta.dir, '../fixtures', id, name), 'utf8'))
  for (const [id, good, forged] of [
    ['payu_india', 'notification.success.json', 'notification.forged_amount.json'],
    ['payu_latam', 'notification.approved.json', 'notification.forged.json'],
  ] as const) {
    const { credentials, headers, text, notice } = from(id, good)
    const made = {
      adapter: id,
      mode: 'sandbox',
      name: `${id} told`,
      credentials,
      base_url: psp.url,
    }
    const account = (await shop.call('POST', '/v1/accounts', made)).textAt('id')
    const tell = async (body: string, type: object = {}) => {
      const anonymous = { ...headers, ...type, authorization: '' }
      const path = `/v1/notifications/${account}`
      const { status } = await shop.call('POST', path, body, anonymous)
      const list = await shop.call('GET', '/v1/notifications?limit=1')
      const kept = await shop.call('GET', `/v1/notifications/${list.textAt('data', 0, 'id')}`)
      return { status, verified: kept.at('verified'), outcome: kept.at('outcome') }
    }
    expect(await tell(text)).toEqual({ status: 200, verified: true, outcome: notice.outcome })
    expect(await tell(from(id, forged).text)).toEqual({
      ...{ status: 401, verified: false, outcome: null },
    })
    // Signed as JSON: what stands inside one of its texts is in no signature, and nobody reads it as a form.
    const fields = Object.fromEntries(new URLSearchParams(text))
    const mixed = JSON.stringify({ ...fields, more: `&${from(id, forged).text}&` })
    for (const type of ['application/json', headers['content-type']]) {
      const { outcome } = await tell(mixed, { 'content-type': type })
      expect(outcome, `${id}, ${type}`).toEqual({
        ...{ kind: 'unrecognised', reason: 'HTTP 200 with an answer that no rule knows' },
        psp: { code: null, message: null },
      })
    }
  }
})

test('NMI: a form, and what is missing is named before anything is opened', async () => {
  const account = await accountOf('nmi', { security_key: secret_key })
  const bare = await shop.call('POST', '/v1/forward', { account, operation: 'purchase' })
  expect(bare.textAt('error', 'message')).toBe(
    'purchase at NMI: token is missing; amount is missing; reference is missing; cvc_session is missing.',
  )
  expect(psp.arrivals).toHaveLength(0)
  psp.reply = () => ({ body: 'response=1&responsetext=SUCCESS&transactionid=27&response_code=100' })
  const answer = await pay(account, { amount: { minor: 1999, currency: 'USD' } })
  expect(answer.at('outcome')).toMatchObject({ kind: 'approved', reference: '27' })
  expect(psp.arrivals[0]?.body).toContain(`ccnumber=${number}&ccexp=0331&cvv=${cvc}`)
})

test("a caller's own request is signed by the account's template", async () => {
  const credentials = { public_key: 'api_pk_test', secret_key: 'api_sk_0123456789' }
  const account = await accountOf('solidgate', credentials)
  psp.reply = () => ({ body: '{}' })
  await shop.call('POST', '/v1/forward', {
    account,
    request: {
      url: `${psp.url}/api/v1/status`,
      body: '{"amount":1020,"currency":"USD","order_id":"123456"}',
      headers: { 'content-type': 'application/json' },
    },
  })
  // The signature that @solidgate/node-sdk makes of this body.
  expect(psp.arrivals[0]?.headers).toMatchObject({
    merchant: 'api_pk_test',
    signature: expect.stringMatching(/^OTI1YWM2ZGFmYjNiZGM1MGU3ODk3.*zYzFiYTk=$/),
  })
})

test('a document in the folder of adapters is loaded, replaced, and refused with its line while the old one serves', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pangate-templates-'))
  const logged: string[] = []
  const log = openLog({
    level: 'warn',
    format: 'json',
    clock: Date.now,
    write: (line) => logged.push(line),
  })
  const write = (text: string) => {
    writeFileSync(join(dir, 'acme.yaml'), text)
    chmodSync(join(dir, 'acme.yaml'), 0o600)
  }
  write(MINIMAL)
  const folder = await openFolder({
    dir,
    pins: {},
    trusted: [],
    replace: [],
    builtIn: new Set(),
    log,
    watch: false,
  })
  const registry = openRegistry([], folder.adapters)
  expect(registry.get('acme').operations.purchase?.needs).toEqual(['card', 'amount'])
  write(changed(['name: Acme', 'name: Acme Two']))
  await folder.rescan()
  expect(registry.get('acme').name).toBe('Acme Two')
  write(changed(['{{card.number}}', '{{card.pan}}']))
  await folder.rescan()
  expect(registry.get('acme').name).toBe('Acme Two')
  expect(logged.join('\n')).toContain('"line":20')
  folder.close()
  rmSync(dir, { recursive: true })
})

test('a signed answer is believed where its signature holds, over the exact bytes', async () => {
  const signed = changed([
    'answers:\n',
    "verify: { scheme: hmac, secret: key, header: x-signature, message: '{method}{url}{body}', only_with: id }\nanswers:\n",
  ])
  const acme = loadTemplate(
    signed.replace('reference: $.id', 'reference: [$.id, $.reference]'),
    'acme.yaml',
  )
  const other = await startGateway({ psp, registry: openRegistry([() => acme]) })
  await other.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  const card = { number, exp_month: 3, exp_year: 2031 }
  const token = (await other.call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
  const key = canarySecret()
  const made = { adapter: 'acme', mode: 'sandbox', name: 'acme', base_url: psp.url }
  const credentials = { key, account: '7' }
  const account = (await other.call('POST', '/v1/accounts', { ...made, credentials })).textAt('id')
  const said = '{"id":"1","status":"ok"}'
  const outcomes: unknown[] = []
  const answers = [
    [said, said],
    [said, '{"id":"1","status":"no"}'],
    // Of a kind that is not signed: read, and no approval.
    ['{"status":"no","code":"51"}', ''],
    ['{"status":"ok","reference":"2"}', ''],
  ] as const
  for (const [body, over] of answers) {
    const signature = createHmac('sha256', key).update(`POST${psp.url}/pay${over}`).digest('hex')
    psp.reply = () => ({ body, headers: { 'x-signature': signature } })
    const answer = await other.call('POST', '/v1/forward', {
      ...{ account, operation: 'purchase', token, reference: 'A1' },
      amount: { minor: 100, currency: 'EUR' },
    })
    outcomes.push(answer.at('outcome', 'kind'), answer.at('outcome', 'reason'))
  }
  expect(outcomes).toEqual([
    ...['approved', undefined],
    ...['unrecognised', 'the signature of the answer is not right'],
    ...['declined', undefined],
    ...['unrecognised', 'the answer approves, and is not signed'],
  ])
  await other.close()
})

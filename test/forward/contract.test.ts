/**
 * @module What the core does with each part of an adapter's contract, by an adapter that uses all of them.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import type { AdapterModule, Answer, Json } from '../../src/adapter.ts'
import { baseOf } from '../../src/forward/account.ts'
import { kit } from '../../src/kit.ts'
import { openRegistry } from '../../src/registry.ts'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

const number = canaryCard()
const cvc = canaryCvc()
const secret = canarySecret()
let psp: FakePsp
let shop: TestGateway
let token: string
let account: string
let now = Date.UTC(2026, 0, 1)

function member(json: Json | undefined, name: string): string {
  // The tests' own PSP answers flat objects of strings.
  return String((json as Readonly<Record<string, Json>> | undefined)?.[name])
}

const outcome = (answer: Answer) =>
  ({
    kind: 'approved',
    reference: member(answer.json, 'id'),
    psp: { code: member(answer.json, 'code'), message: null },
  }) as const

/** Reverses the number under the merchant's secret: enough of a cipher to see who did it. */
const everything: AdapterModule = ({ define, card, credential, derived, session, base64 }) =>
  define({
    contract: 1,
    id: 'everything',
    name: 'Everything',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://{merchant}.psp.example', sandbox: 'https://{merchant}.psp.example' },
    credentials: {
      merchant: { label: 'Merchant', secret: false },
      secret: { label: 'Secret', secret: true, max_bytes: 64 },
    },
    options: { version: { label: 'Version', choices: ['1', '2'] } },
    idempotency: { field: 'request_id' },
    private_in_answer: ['/minted'],
    headers: {
      authorization: ['Basic ', base64(credential('merchant'), ':', credential('secret'))],
    },
    operations: {
      purchase: {
        needs: ['card', 'cvc', 'amount', 'customer.email', 'extra.shop'],
        check: ({ customer }) =>
          customer?.email?.includes('@') ? [] : ['customer.email: no @ in it'],
        build: (intent) => ({
          method: 'POST',
          path: '/pay',
          headers: { 'x-session': session('token') },
          body: {
            encoding: 'json',
            fields: {
              amount: intent.amount?.minor,
              encrypted: derived('encrypted'),
              month: card('exp_month', 'MM'),
              holder: card('holder'),
              version: intent.options['version'],
              ...intent.extra,
            },
          },
        }),
        parse: outcome,
      },
      void: {
        needs: ['reference'],
        build: () => ({ method: 'POST', path: '/void', body: { encoding: 'json', fields: {} } }),
        parse: outcome,
      },
    },
    session: {
      plan: () => ({
        method: 'POST',
        path: '/login',
        body: { encoding: 'form', fields: { secret: credential('secret') } },
      }),
      parse: (answer) =>
        answer.status === 200
          ? { values: { token: member(answer.json, 'token') }, seconds: 600 }
          : null,
    },
    derive: {
      encrypted: ({ card: { number: pan }, credentials }) =>
        `${credentials.secret.length}.${[...pan].reverse().join('.')}`,
    },
    fields: {
      signature: (fields, { credentials }) =>
        `${Object.keys(fields).toSorted().join('+')}#${credentials.secret.length}`,
    },
    sign: ({ bytes, fields }, { intent }) => ({
      'x-signature': `${bytes.length}.${Object.keys(fields).length}.${intent.operation}`,
    }),
    verify: (answer) => member(answer.json, 'signed') === 'well',
  })

beforeAll(async () => {
  psp = await startPsp()
  shop = await startGateway({ psp, registry: openRegistry([everything]), clock: () => now })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  const card = { number, exp_month: 3, exp_year: 2031 }
  token = (await shop.call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
  account = (await makeAccount({ name: 'main', options: { version: '2' } })).textAt('id')
})
beforeEach(() => {
  psp.arrivals.length = 0
  psp.reply = ({ path }) => ({
    body: path === '/login' ? '{"token":"session-1"}' : '{"id":"p1","code":"ok","signed":"well"}',
  })
})
afterAll(async () => {
  await shop.close()
  await psp.stop()
})

function makeAccount(more: object) {
  return shop.call('POST', '/v1/accounts', {
    adapter: 'everything',
    mode: 'sandbox',
    credentials: { merchant: 'm1', secret },
    base_url: psp.url,
    ...more,
  })
}

async function pay(more: object = {}) {
  const made = await shop.call('POST', '/v1/cvc-sessions', { cvc, token })
  return shop.call('POST', '/v1/forward', {
    account,
    operation: 'purchase',
    token,
    cvc_session: made.textAt('id'),
    amount: { minor: 1999, currency: 'EUR' },
    customer: { email: 'a@shop.example' },
    extra: { shop: 7 },
    ...more,
  })
}

test('derived values, added fields, a signature, a session and a key where the PSP wants them', async () => {
  const answer = await pay()
  expect(answer.at('outcome')).toMatchObject({ kind: 'approved', reference: 'p1' })
  const [login, payment] = psp.arrivals
  expect(login).toMatchObject({ path: '/login', body: `secret=${secret}` })
  const fields: unknown = JSON.parse(payment?.body ?? '')
  expect(fields).toEqual({
    amount: 1999,
    encrypted: `${secret.length}.${[...number].reverse().join('.')}`,
    month: '03',
    version: '2',
    shop: 7,
    request_id: answer.at('id'),
    signature: `amount+encrypted+month+request_id+shop+version#${secret.length}`,
  })
  expect(payment?.headers).toMatchObject({
    'x-session': 'session-1',
    'x-signature': `${payment?.body.length}.7.purchase`,
    authorization: `Basic ${Buffer.from(`m1:${secret}`).toString('base64')}`,
  })
})

test('the record has names in place of all of it', async () => {
  const answer = await pay()
  const record = await shop.call('GET', `/v1/forwards/${answer.textAt('id')}`)
  const body: unknown = JSON.parse(record.textAt('request', 'body'))
  expect(body).toMatchObject({
    encrypted: '{{ derived.encrypted }}',
    month: '{{ card.exp_month | mm }}',
    signature: '{{ fields.signature }}',
  })
  expect(record.at('request', 'headers', 'authorization')).toBe(
    'Basic {{ base64 "credential.merchant:credential.secret" }}',
  )
})

test('the session is fetched once, again when it is old, and again after a 401', async () => {
  const logins = () => psp.arrivals.filter(({ path }) => path === '/login').length
  now += 700_000
  await Promise.all([pay(), pay(), pay()])
  expect(logins()).toBe(1)
  now += 500_000
  await pay()
  expect(logins()).toBe(1)
  now += 71_000
  await pay()
  expect(logins()).toBe(2)
  psp.reply = ({ path }) => (path === '/login' ? { body: '{"token":"s2"}' } : { status: 401 })
  await pay()
  await pay()
  expect(logins()).toBe(3)
})

test('without a session nothing of the payment is sent, and the security code stays', async () => {
  now += 700_000
  psp.reply = () => ({ status: 500, body: '{}' })
  const made = await shop.call('POST', '/v1/cvc-sessions', { cvc, token })
  const cvc_session = made.textAt('id')
  const answer = await pay({ cvc_session })
  expect(answer.status).toBe(502)
  expect(answer.at('error')).toMatchObject({ code: 'psp_session_failed', sent: 'no' })
  expect(psp.arrivals.map(({ path }) => path)).toEqual(['/login'])
  psp.reply = ({ path }) => ({
    body: path === '/login' ? '{"token":"s3"}' : '{"id":"p1","code":"ok","signed":"well"}',
  })
  expect((await pay({ cvc_session })).at('sent')).toBe('yes')
})

test('an answer that is not signed as the PSP signs is not believed', async () => {
  psp.reply = ({ path }) => ({
    body: path === '/login' ? '{"token":"s4"}' : '{"id":"p1","code":"ok","signed":"badly"}',
  })
  const answer = await pay()
  expect(answer.at('sent')).toBe('yes')
  expect(answer.at('outcome')).toMatchObject({
    kind: 'unrecognised',
    reason: 'the signature of the answer is not right',
  })
})

test('everything that is missing or wrong is named at once, before anything is opened', async () => {
  const bare = await shop.call('POST', '/v1/forward', {
    account,
    operation: 'purchase',
    customer: { email: 'nobody' },
  })
  expect(bare.status).toBe(422)
  expect(bare.textAt('error', 'message')).toBe(
    'purchase at Everything: token is missing; cvc_session is missing; amount is missing; extra.shop is missing; customer.email: no @ in it.',
  )
  const refund = await shop.call('POST', '/v1/forward', { account, operation: 'refund' })
  expect(refund.at('error')).toMatchObject({
    code: 'operation_unsupported',
    hint: 'It offers: purchase, void.',
  })
  expect(psp.arrivals).toHaveLength(0)
})

test("an account's credentials go to its own host only", async () => {
  const other = await startPsp()
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: other.port })
  const answer = await shop.call('POST', '/v1/forward', {
    account,
    request: { url: `${other.url}/echo`, body: {} },
  })
  expect(answer.at('error')).toMatchObject({ code: 'destination_denied', param: 'account' })
  expect(other.arrivals).toHaveLength(0)
  const own = await shop.call('POST', '/v1/forward', {
    account,
    request: { url: `${psp.url}/own`, headers: { 'x-mine': '1' }, body: { a: 1 } },
  })
  expect(own.at('sent')).toBe('yes')
  expect(psp.arrivals[0]?.headers).toMatchObject({
    'x-mine': '1',
    'x-signature': '7.0.request',
    authorization: `Basic ${Buffer.from(`m1:${secret}`).toString('base64')}`,
  })
  await other.stop()
})

test('a name in a host is one label', async () => {
  for (const merchant of ['evil.example/x', 'a.b', 'x@y', '-a', 'a:1', 'ü']) {
    const none = { base_url: null, mode: 'live', name: 'evil' }
    const evil = await makeAccount({ ...none, credentials: { merchant, secret } })
    expect(evil.status).toBe(400)
    expect(evil.textAt('error', 'message')).toContain('merchant must be one part of a host name')
    // An adapter that changes may put a name there that was another credential before.
    const at = { base_url: null, mode: 'live', adapter: everything(kit) } as const
    const sealed = { sealed_credentials: Buffer.alloc(0), sealed_tls: null }
    const row = { id: 'a', options: { merchant }, ...sealed }
    expect(() => baseOf({ ...row, ...at })).toThrow('is no name')
  }
})

test('options and lengths are checked when the account is made', async () => {
  const option = await makeAccount({ name: 'a', options: { version: '3' } })
  expect(option.at('error')).toMatchObject({ code: 'invalid_request', param: 'options.version' })
  const long = await makeAccount({
    name: 'b',
    credentials: { merchant: 'm', secret: 'x'.repeat(65) },
  })
  expect(long.textAt('error', 'message')).toContain('secret is over 64 bytes')
})

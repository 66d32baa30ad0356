/**
 * @module The contract on the executable, by one adapter from a folder that uses all of it: session, fields added before encoding,
 * headers over the bytes, signed answers, a name in its host, everything missing named at once.
 */
import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stopAll } from '../support/binary.ts'
import { canarySecret } from '../support/canary.ts'
import { install, type Reply, type Served } from '../support/installed.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

setDefaultTimeout(60_000)

const ADAPTER = `/** Everything at once. */
import type { Json, Kit } from './pangate.d.ts'
const of = (json: Json | undefined, name: string): string | null => {
  const value = typeof json === 'object' && json !== null ? Reflect.get(json, name) : null
  return typeof value === 'string' ? value : null
}
export default ({ define, card, credential, session, derived, crypto, decimal }: Kit) =>
  define({
    contract: 1,
    id: 'whole',
    name: 'Whole',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://{shop}.psp.example', sandbox: 'https://{shop}.psp.example' },
    credentials: { shop: { label: 'Shop', secret: false }, key: { label: 'Key', secret: true } },
    idempotency: { field: 'request_id' },
    private_in_answer: [],
    session: {
      plan: () => ({
        method: 'POST',
        path: '/login',
        body: { encoding: 'form', fields: { key: credential('key') } },
      }),
      parse({ json }) {
        const token = of(json, 'token')
        return token === null ? null : { values: { token }, seconds: Number(of(json, 'seconds')) }
      },
    },
    operations: {
      purchase: {
        needs: ['card', 'cvc', 'amount', 'customer.email', 'extra.kind'],
        check: ({ customer }) =>
          customer?.email?.includes('@') === false ? ['customer.email: no @ in it'] : [],
        build: (intent) => ({
          method: 'POST',
          path: '/pay',
          headers: { authorization: ['Bearer ', session('token')] },
          body: {
            encoding: 'json',
            fields: {
              amount: intent.amount && decimal(intent.amount),
              currency: intent.amount?.currency,
              sealed: derived('sealed'),
              cvc: card('cvc'),
              ...intent.extra,
            },
          },
        }),
        parse: ({ json }) =>
          of(json, 'state') === 'paid' && of(json, 'id') !== null
            ? { kind: 'approved', reference: of(json, 'id') ?? '', psp: { code: 'paid', message: of(json, 'words') } }
            : { kind: 'unrecognised', reason: 'no state', psp: { code: of(json, 'state'), message: of(json, 'words') } },
      },
    },
    derive: {
      sealed: ({ card, credentials }) => crypto.hmac('sha256', credentials.key, card.number),
    },
    fields: {
      mac: (fields, { credentials }) =>
        crypto.hmac('sha256', credentials.key, crypto.join(fields, { order: 'sorted' })),
    },
    sign: ({ bytes }, { credentials }) => ({
      'x-sign': crypto.hmac('sha256', credentials.key, bytes, 'base64'),
    }),
    verify: ({ text, headers }, { credentials }) =>
      crypto.equal(headers['x-sign'] ?? '', crypto.hmac('sha256', credentials.key, text)),
  })
`
const key = canarySecret()
const hmac = (text: string, output: 'hex' | 'base64' = 'hex') =>
  createHmac('sha256', key).update(text).digest(output)
const NUMBER = '4242424242424242'

let psp: FakePsp
let server: Served
let token: string
let made = 0
/** How long a session of the PSP's is good for. */
let seconds = 3600
let paid: { readonly status: number; readonly body: string; readonly sign?: string }

beforeAll(async () => {
  psp = await startPsp()
  const shop = await install(psp)
  mkdirSync(join(shop.dir, 'adapters'))
  writeFileSync(join(shop.dir, 'adapters/whole.ts'), ADAPTER)
  server = await shop.serve({ PANGATE_ADAPTERS_DIR: 'adapters' })
  const card = { number: NUMBER, exp_month: 12, exp_year: 2034 }
  token = (await server.call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
})
beforeEach(() => {
  seconds = 3600
  paid = { status: 200, body: '{"id":"p1","state":"paid","words":"Thank you"}' }
  psp.arrivals.length = 0
  let logins = 0
  psp.reply = ({ path }) =>
    path === '/login'
      ? reply({ status: 200, body: `{"token":"session-${++logins}","seconds":"${seconds}"}` })
      : reply(paid)
})
afterAll(async () => {
  await stopAll()
  await psp.stop()
})

const reply = ({ status, body, sign = hmac(body) }: typeof paid) => ({
  status,
  body,
  headers: { 'x-sign': sign },
})
const paths = () => psp.arrivals.map(({ path }) => path)

async function account(shop = 'north', base_url: string | null = psp.url): Promise<Reply> {
  const credentials = { shop, key }
  const body = { adapter: 'whole', mode: 'live', name: `account ${++made}`, credentials }
  return server.call('POST', '/v1/accounts', base_url === null ? body : { ...body, base_url })
}

const newSession = async () =>
  (await server.call('POST', '/v1/cvc-sessions', { cvc: '123', token })).textAt('id')

async function pay(to: string, more: object = {}): Promise<Reply> {
  const call = {
    account: to,
    operation: 'purchase',
    token,
    amount: { minor: 5120, currency: 'KWD' },
  }
  const own = { customer: { email: 'a@shop.test' }, extra: { kind: 'é' } }
  return server.call('POST', '/v1/forward', {
    ...call,
    cvc_session: await newSession(),
    ...own,
    ...more,
  })
}

test('fields are added before the encoding, headers over the bytes, and the key where it belongs', async () => {
  const said = await pay((await account()).textAt('id'))
  expect(said.at('outcome')).toEqual({
    kind: 'approved',
    reference: 'p1',
    psp: { code: 'paid', message: 'Thank you' },
  })
  const [, arrived] = psp.arrivals
  const { mac, ...fields } = JSON.parse(arrived?.body ?? '')
  expect(fields).toEqual({
    amount: '5.120',
    currency: 'KWD',
    sealed: hmac(NUMBER),
    cvc: '123',
    kind: 'é',
    request_id: said.textAt('id'),
  })
  const names = Object.keys(fields).toSorted()
  expect(mac).toBe(hmac(names.map((name) => fields[name]).join('')))
  expect(arrived?.headers['x-sign']).toBe(hmac(arrived?.body ?? '', 'base64'))
  expect(arrived?.headers['authorization']).toBe('Bearer session-1')
  // The record has the same plan with names.
  const record = await server.call('GET', `/v1/forwards/${said.textAt('id')}`)
  expect(JSON.parse(record.textAt('request', 'body'))).toMatchObject({
    sealed: '{{ derived.sealed }}',
    cvc: '{{ card.cvc }}',
    mac: '{{ fields.mac }}',
  })
})

test('a session is fetched first, kept, fetched again after a 401 and when it is old', async () => {
  const to = (await account()).textAt('id')
  for (let count = 0; count < 3; count++) await pay(to)
  expect(paths()).toEqual(['/login', '/pay', '/pay', '/pay'])
  paid = { status: 401, body: '{"state":"who are you?"}' }
  expect((await pay(to)).at('outcome', 'kind')).toBe('unrecognised')
  paid = { status: 200, body: '{"id":"p2","state":"paid"}' }
  expect((await pay(to)).at('outcome', 'reference')).toBe('p2')
  expect(paths().slice(4)).toEqual(['/pay', '/login', '/pay'])
  expect(psp.arrivals.at(-1)?.headers['authorization']).toBe('Bearer session-2')
  // Fetched again thirty seconds before its end.
  seconds = 30
  const brief = (await account()).textAt('id')
  psp.arrivals.length = 0
  for (let count = 0; count < 2; count++) await pay(brief)
  expect(paths()).toEqual(['/login', '/pay', '/login', '/pay'])
})

test('without a session nothing of the payment is sent, and the security code can be used again', async () => {
  const to = (await account()).textAt('id')
  const cvc_session = await newSession()
  psp.reply = () => reply({ status: 503, body: '<html>later</html>' })
  const failed = await pay(to, { cvc_session })
  expect(failed.at('error')).toMatchObject({ code: 'psp_session_failed', sent: 'no' })
  expect(paths()).toEqual(['/login'])
  psp.reply = ({ path }) =>
    reply(path === '/login' ? { status: 200, body: '{"token":"t","seconds":"60"}' } : paid)
  expect((await pay(to, { cvc_session })).at('outcome', 'kind')).toBe('approved')
})

test('an answer that is not signed, or for other bytes, is not believed', async () => {
  const to = (await account()).textAt('id')
  for (const sign of ['', 'x', hmac('{"id":"p1"}')]) {
    paid = { ...paid, sign }
    expect((await pay(to)).at('outcome')).toEqual({
      kind: 'unrecognised',
      reason: 'the signature of the answer is not right',
      psp: { code: null, message: null },
    })
  }
})

test('a dry run asks for no session, and sends nothing', async () => {
  const shown = await pay((await account()).textAt('id'), { dry_run: true })
  expect(shown.at('request', 'headers', 'authorization')).toBe('Bearer {{ session.token }}')
  expect(shown.at('sent')).toBe('no')
  expect(psp.arrivals).toEqual([])
})

test('a name in the host is one label of an account', async () => {
  const elsewhere = async (shop: string) => account(shop, null)
  const shown = await pay((await elsewhere('south')).textAt('id'), { dry_run: true })
  expect(shown.at('request', 'url'), shown.text).toBe('https://south.psp.example/pay')
  const failed = await pay((await elsewhere('nowhere')).textAt('id'))
  expect(failed.at('error')).toMatchObject({
    code: 'psp_session_failed',
    message: 'The session step of Whole failed: The host has no address.',
    sent: 'no',
  })
  for (const shop of ['a.b', 'a/b', 'evil.example#', 'a@b', 'a:1', '-a', '']) {
    const refused = await elsewhere(shop)
    expect({ shop, status: refused.status }).toEqual({ shop, status: 400 })
  }
  expect(psp.arrivals).toEqual([])
})

test('everything that is missing or wrong is named at once, before anything is opened', async () => {
  const body = { account: (await account()).textAt('id'), operation: 'purchase' }
  const bare = await server.call('POST', '/v1/forward', body)
  const named = (answer: Reply) => answer.textAt('error', 'param').split(',').toSorted()
  expect(bare.at('error')).toMatchObject({ code: 'missing_fields', sent: 'no' })
  expect(named(bare)).toEqual(
    ['amount', 'customer.email', 'cvc_session', 'extra.kind', 'token'].toSorted(),
  )
  const both = await server.call('POST', '/v1/forward', { ...body, customer: { email: 'nobody' } })
  expect(named(both)).toEqual(
    ['amount', 'customer.email', 'cvc_session', 'extra.kind', 'token'].toSorted(),
  )
  const other = await server.call('POST', '/v1/forward', { ...body, operation: 'refund' })
  expect(other.at('error')).toMatchObject({ sent: 'no', message: expect.stringMatching(/refund/) })
  expect(psp.arrivals).toEqual([])
})

/**
 * @module Praxis on the executable, field by field, built in and from a folder: the names and the encryption that an account chose, the
 * table's types and lengths, the statuses, the replies to notifications, and PHP's opinion of all that is sealed and signed.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createDecipheriv, createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { auditLines } from '../support/audit.ts'
import { stopAll } from '../support/binary.ts'
import { bothWays, makeAccount, putInFolder } from '../support/both_ways.ts'
import { install, type Installed, type Reply, type Served } from '../support/installed.ts'
import { PRAXIS_CUSTOMER } from '../support/praxis_customer.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

setDefaultTimeout(60_000)

const ADAPTERS = bothWays('praxis')
const SECRET = 'MerchantSecretKey'
const credentials = { merchant_id: 'Merchant', application_key: 'Shop', merchant_secret: SECRET }
const CARD = { number: '4242424242424242', exp_month: 9, exp_year: 2034, holder: 'Zoë O’Hara' }
const PLAIN = { card_number: CARD.number, card_exp: '09/2034', cvv: '568' }

type Fields = Readonly<Record<string, string | number | null>>

let psp: FakePsp
let shop: Installed
let server: Served
let token: string
let made = 0

beforeAll(async () => {
  psp = await startPsp()
  shop = await install(psp)
  server = await shop.serve(putInFolder(shop, 'praxis'))
  token = (await server.call('POST', '/v1/tokens', { type: 'card', card: CARD })).textAt('id')
})
afterAll(async () => {
  await stopAll()
  await psp.stop()
})

const account = (adapter: string, options: object, own: object = {}): Promise<string> =>
  makeAccount(server, {
    ...{ adapter, name: `account ${++made}`, options, base_url: psp.url },
    credentials: { ...credentials, ...own },
  })

const CALL = { ...PRAXIS_CUSTOMER, amount: { minor: 1999, currency: 'EUR' } }

async function pay(to: string, more: object = {}): Promise<Reply> {
  psp.arrivals.length = 0
  const session = await server.call('POST', '/v1/cvc-sessions', { cvc: PLAIN.cvv, token })
  const call = {
    operation: 'purchase',
    token,
    cvc_session: session.textAt('id'),
    reference: `o-${++made}`,
  }
  return server.call('POST', '/v1/forward', { account: to, ...call, ...CALL, ...more })
}

const sha384 = (text: string) => createHash('sha384').update(text).digest('hex')

/** PHP's `ksort`, `implode`, `hash`, by hand. */
function signed(body: Fields, secret = SECRET): string {
  const names = Object.keys(body).filter((name) => name !== 'signature')
  return sha384(
    names
      .toSorted()
      .map((name) => body[name] ?? '')
      .join('') + secret,
  )
}

function opened(sealed: unknown, timestamp: unknown): string {
  const iv = String(timestamp).padStart(16, '0')
  const cipher = createDecipheriv('aes-256-cbc', SECRET.padStart(32, '0'), iv)
  return cipher.update(String(sealed), 'base64', 'utf8') + cipher.final('utf8')
}

const sent = () => JSON.parse(psp.arrivals.at(-1)?.body ?? '{}')

describe.each(ADAPTERS)('%s', (adapter) => {
  describe('sends the card under the names and in the form that the account chose', () => {
    for (const [options, end, sealed] of [
      [{}, '_encrypted', true],
      [{ card_fields: 'plain' }, '', true],
      [{ encryption: 'off' }, '', false],
      [{ encryption: 'off', card_fields: 'encrypted' }, '', false],
      [{ version: '1.3' }, '', true],
      [{ version: '1.3', encryption: 'off' }, '', false],
    ] as const) {
      test(JSON.stringify(options), async () => {
        psp.reply = () => ({})
        expect((await pay(await account(adapter, options))).at('sent')).toBe('yes')
        const body = sent()
        const isOld = !('version' in options)
        const card = isOld ? body : body.card_data
        const names = Object.keys(card).filter((name) => /^(card_|cvv)/.test(name))
        expect(names.toSorted()).toEqual(['card_exp', 'card_number', 'cvv'].map((one) => one + end))
        const read = (name: string) =>
          sealed ? opened(card[name + end], body.timestamp) : card[name + end]
        for (const [name, value] of Object.entries(PLAIN)) expect(read(name)).toBe(value)
        if (sealed) expect(psp.arrivals[0]?.body).not.toContain(CARD.number)
        const age = Date.now() / 1000 - body.timestamp
        expect(age >= 0 && age < 15).toBe(true)
        const header = psp.arrivals[0]?.headers['gt-authentication']
        if (isOld) expect([header, body.signature]).toEqual([undefined, signed(body)])
        else {
          const listed = `MerchantShop${body.timestamp}sale42${body.order_id}EUR1999https://shop.test/hookhttps://shop.test/done`
          expect(header).toBe(sha384(`${listed}${card.card_number}${SECRET}`))
          expect(body).not.toHaveProperty('signature')
        }
      })
    }
  })

  describe('checks each field of the table before anything is opened or sent', () => {
    const long = (n: number): string => 'x'.repeat(n)
    const cases: readonly (readonly [string, object])[] = [
      ['customer.id', { customer: { ...CALL.customer, id: long(51) } }],
      ['customer.email', { customer: { ...CALL.customer, email: `${long(41)}@shop.test` } }],
      ['customer.phone', { customer: { ...CALL.customer, phone: '123456' } }],
      ['customer.phone', { customer: { ...CALL.customer, phone: '111111' } }],
      ['customer.phone', { customer: { ...CALL.customer, phone: '12345' } }],
      ['customer.phone', { customer: { ...CALL.customer, phone: '490123456789012345678' } }],
      ['customer.first_name', { customer: { ...CALL.customer, first_name: long(26) } }],
      ['customer.last_name', { customer: { ...CALL.customer, last_name: long(26) } }],
      ['customer.dob', { customer: { ...CALL.customer, dob: '31.05.1980' } }],
      ['device.ip', { device: { ip: '203.0.113.256' } }],
      ['billing_address.line1', { billing_address: { ...CALL.billing_address, line1: long(101) } }],
      ['billing_address.city', { billing_address: { ...CALL.billing_address, city: long(51) } }],
      ['billing_address.country', { billing_address: { ...CALL.billing_address, country: 'DEU' } }],
      [
        'billing_address.state',
        { billing_address: { ...CALL.billing_address, country: 'US', state: 'L1' } },
      ],
      [
        'billing_address.postal_code',
        { billing_address: { ...CALL.billing_address, postal_code: long(13) } },
      ],
      [
        'billing_address.postal_code',
        { billing_address: { ...CALL.billing_address, postal_code: '28#95' } },
      ],
      ['return_url', { return_url: `https://shop.test/${long(239)}` }],
      ['notification_url', { notification_url: `https://shop.test/${long(239)}` }],
      ['reference', { reference: long(51) }],
      ['extra.gateway', { extra: { gateway: long(33) } }],
      ['extra.signature', { extra: { signature: 'x' } }],
      ['amount.minor', { amount: { minor: 0, currency: 'EUR' } }],
      ['amount.currency', { amount: { minor: 1000, currency: 'BHD' } }],
    ]

    test('one at a time', async () => {
      const to = await account(adapter, {})
      const opening = () =>
        auditLines(join(shop.dir, 'data/pangate.db')).filter(
          ({ action }) => action === 'vault.open',
        )
      const before = opening().length
      for (const [param, more] of cases) {
        const refused = await pay(to, more)
        expect({ param: refused.at('error', 'param'), sent: refused.at('error', 'sent') }).toEqual({
          param,
          sent: 'no',
        })
        expect(refused.status).toBeGreaterThanOrEqual(400)
        expect(refused.status).toBeLessThan(500)
        expect(psp.arrivals).toEqual([])
      }
      expect(opening()).toHaveLength(before)
      // The line is written where there is something to open.
      await pay(to)
      expect(opening().length).toBeGreaterThan(before)
    })
  })

  describe('reads each status', () => {
    for (const [said, outcome] of [
      [
        { status: 0, transaction_status: 'approved' },
        { kind: 'approved', reference: '7' },
      ],
      [
        { status: 0, transaction_status: 'pending' },
        { kind: 'pending', reference: '7' },
      ],
      [
        { status: 0, transaction_status: 'pending_async', redirect_url: 'https://bank.test/1' },
        { kind: 'action_required', reference: '7', url: 'https://bank.test/1' },
      ],
      [
        { status: 0, transaction_status: 'rejected', error_code: '1', error_details: 'No funds' },
        { kind: 'declined', psp: { code: '1', message: 'No funds' } },
      ],
      [
        { status: 0, transaction_status: 'error' },
        { kind: 'unrecognised', psp: { code: 'error' } },
      ],
      [{ status: 0, transaction_status: 'something new' }, { kind: 'unrecognised' }],
      [{ status: 0 }, { kind: 'unrecognised' }],
      [{ status: -1 }, { kind: 'unrecognised', psp: { code: '-1' } }],
      [{ status: 999 }, { kind: 'unrecognised', psp: { code: '999' } }],
      [{ status: 333 }, { kind: 'refused', code: 'unavailable' }],
      [{ status: 401 }, { kind: 'refused', code: 'credentials' }],
      [
        { status: 400, description: 'The order_id value is not unique!' },
        { kind: 'refused', code: 'request', psp: { message: 'The order_id value is not unique!' } },
      ],
    ] as const) {
      test(`${said.status} ${'transaction_status' in said ? said.transaction_status : ''}`, async () => {
        const body: Fields = { description: 'Ok', trace_id: 7, version: '1.2', ...said }
        psp.reply = () => ({ body: JSON.stringify({ ...body, signature: signed(body) }) })
        const paid = await pay(await account(adapter, {}))
        expect(paid.at('sent')).toBe('yes')
        expect(paid.at('outcome')).toMatchObject(outcome)
      })
    }
  })

  test("notifications are recorded and answered in Praxis's form, forged ones refused", async () => {
    const none = { authorization: '' }
    const hook = (to: string, body: object, headers = {}) =>
      server.call('POST', `/v1/notifications/${to}`, body, { ...none, ...headers })
    const { merchant_secret: _, ...ids } = credentials

    const old = await account(adapter, {})
    const flat: Fields = { ...ids, transaction_status: 'approved', order_id: 'n-1', trace_id: 5 }
    const heard = await hook(old, { ...flat, signature: signed(flat) })
    const reply = JSON.parse(heard.text)
    expect([heard.status, reply.status, reply.version]).toEqual([200, 0, '1.2'])
    expect(reply.signature).toBe(sha384(`${reply.description}0${reply.timestamp}1.2${SECRET}`))
    expect((await server.call('GET', '/v1/notifications?limit=1')).at('data', 0)).toMatchObject({
      account: old,
      verified: true,
      merchant_reference: 'n-1',
      outcome: { kind: 'approved', reference: '5' },
    })
    const forged = await hook(old, { ...flat, trace_id: 6, signature: signed(flat) })
    expect([forged.status, forged.at('status')]).toEqual([400, 400])
    expect(forged.text).not.toContain('signature":')

    const direct = await account(adapter, { version: '1.3' })
    const tree = {
      ...ids,
      timestamp: 1_700_000_000,
      customer: { customer_token: 'c' },
      session: { order_id: 'n-2' },
      transaction: { tid: 9, currency: 'EUR', amount: 1999, transaction_status: 'approved' },
    }
    const signature = sha384(`MerchantShop1700000000cn-29EUR1999${SECRET}`)
    const told = await hook(direct, tree, { 'gt-authentication': signature })
    const answer = JSON.parse(told.text)
    expect([told.status, answer.status, answer.version]).toEqual([200, 0, '1.3'])
    const own = sha384(`0${answer.timestamp}${SECRET}`)
    expect(told.headers.get('gt-authentication')).toBe(own)
    expect(told.headers.get('external-request-signature')).toBe(own)
    const wrong = await hook(direct, tree, { 'gt-authentication': own })
    expect([wrong.status, wrong.headers.get('gt-authentication')]).toEqual([400, null])
    const page = await server.call('GET', '/v1/notifications?limit=2')
    expect(page.at('data', 0)).toMatchObject({ verified: false, outcome: null })
    expect(page.at('data', 1)).toMatchObject({ verified: true, outcome: { reference: '9' } })
  })

  test('a secret over 32 bytes is refused with a reason, however few its characters', async () => {
    for (const [secret, taken] of [
      ['x'.repeat(32), true],
      ['x'.repeat(33), false],
      ['é'.repeat(16), true],
      ['é'.repeat(17), false],
    ] as const) {
      const own = { ...credentials, merchant_secret: secret }
      const body = { adapter, mode: 'live', name: `secret ${++made}`, credentials: own }
      const said = await server.call('POST', '/v1/accounts', { ...body, base_url: psp.url })
      expect(said.status).toBe(taken ? 201 : 400)
      if (!taken)
        expect(said.textAt('error', 'message')).toContain('merchant_secret is over 32 bytes')
      expect(said.text).not.toContain(secret)
    }
    writeFileSync(join(shop.dir, 'long.secret'), 'é'.repeat(17))
    const given = ['merchant_id=m', 'application_key=a', 'merchant_secret=@long.secret']
    const credential = given.flatMap((one) => ['--credential', one])
    const add = ['account', 'add', '--tenant', 'shop', '--adapter', 'praxis', '--mode', 'live']
    const failed = await shop.command(...add, '--name', 'long', ...credential).catch(String)
    expect(failed).toContain('merchant_secret is over 32 bytes')
    expect(failed).not.toContain('é')
  })
})

const php = Bun.which('php')
const RUNS = process.env['PANGATE_TEST_LONG'] === '1' ? 300 : 40
const why = php === null ? ' (skipped: there is no php here; Debian has it in php-cli)' : ''
if (why !== '') console.log(`PHP's Praxis is not asked${why}`)

test.skipIf(php === null)(
  `PHP encrypts and signs as the executable does, ${RUNS} times${why}`,
  async () => {
    psp.reply = () => ({})
    const cases = []
    for (let run = 0; run < RUNS; run++) {
      const merchant_secret = ['k', 'ü', "'\\ ", '0'][run % 4]?.repeat(1 + (run % 8)) ?? 'k'
      const adapter = ADAPTERS[run % 2] ?? 'praxis'
      const to = await account(adapter, {}, { merchant_secret })
      await pay(to, {
        amount: { minor: 1 + run * 7919, currency: 'EUR' },
        customer: { ...CALL.customer, last_name: `O'Ha"ra\\/ ${run} ß` },
        extra: { variable1: `ä ${run}`, attempt: run },
      })
      const body = psp.arrivals.at(-1)?.body ?? ''
      const { timestamp } = JSON.parse(body)
      const { card_number: number, card_exp: expiry, cvv: cvc } = PLAIN
      cases.push({ number, expiry, cvc, secret: merchant_secret, timestamp, body, answer: '{}' })
    }
    const asked = Bun.spawnSync([php ?? '', resolve(import.meta.dir, '../adapters/praxis.php')], {
      stdin: Buffer.from(JSON.stringify(cases)),
    })
    expect(asked.stderr.toString()).toBe('')
    const results = JSON.parse(asked.stdout.toString())
    expect(results).toHaveLength(RUNS)
    for (const [at, { body }] of cases.entries()) {
      const { card_number_encrypted, card_exp_encrypted, cvv_encrypted, signature } =
        JSON.parse(body)
      expect(results[at]).toMatchObject({
        number: card_number_encrypted,
        expiry: card_exp_encrypted,
        cvc: cvv_encrypted,
        signature,
      })
    }
  },
)

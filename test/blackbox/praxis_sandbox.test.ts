/**
 * @module `pangate sandbox` as Praxis: it decrypts, checks signature and age, answers and notifies signed, and refuses in Praxis's words.
 * The requests are made here, by neither the adapter nor the sandbox.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createCipheriv, createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stopAll } from '../support/binary.ts'
import { startSandboxProgram, type SandboxProgram } from '../support/installed.ts'

setDefaultTimeout(60_000)

type Fields = Readonly<Record<string, string | number | null>>

const SECRET = 'MerchantSecretKey'
const sha384 = (text: string) => createHash('sha384').update(text).digest('hex')
const sign = (body: Fields, secret = SECRET) => {
  const names = Object.keys(body).filter((name) => name !== 'signature')
  return sha384(
    names
      .toSorted()
      .map((name) => body[name] ?? '')
      .join('') + secret,
  )
}

let sandbox: SandboxProgram
let shop: Server
let hook: string
let heard: (body: Fields) => void = () => undefined
let orders = 0

beforeAll(async () => {
  sandbox = await startSandboxProgram()
  shop = createServer(async (request, response) => {
    const text = await new Response(request).text()
    response.end('{"status":0}')
    heard(JSON.parse(text))
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
  // A server that listens on a TCP port has an address with a port.
  hook = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/hook`
})
afterAll(async () => {
  shop.closeAllConnections()
  shop.close()
  await stopAll()
})

const now = () => Math.floor(Date.now() / 1000)

/** A sale of 1.2 as Praxis's page describes it. */
function sale(more: Fields = {}, plain: Readonly<Record<string, string>> = {}): Fields {
  const timestamp = Number(more['timestamp'] ?? now())
  const seal = (text: string) => {
    const iv = String(timestamp).padStart(16, '0')
    const cipher = createCipheriv('aes-256-cbc', SECRET.padStart(32, '0'), iv)
    return cipher.update(text, 'utf8', 'base64') + cipher.final('base64')
  }
  const card = { card_number: '4242424242424242', card_exp: '12/2034', cvv: '123', ...plain }
  return {
    ...Object.fromEntries(
      Object.entries(card).map(([name, text]) => [`${name}_encrypted`, seal(text)]),
    ),
    merchant_id: 'Test-Integration-Merchant',
    application_key: 'Sandbox',
    transaction_type: 'sale',
    amount: 1999,
    currency: 'EUR',
    order_id: `order-${++orders}`,
    pin: '1',
    dob: '05/15/1980',
    email: 'zoe@shop.test',
    phone: '4940765432',
    requester_ip: '203.0.113.7',
    address: 'Am Wall 1',
    city: 'Bremen',
    country: 'DE',
    first_name: 'Zoë',
    last_name: "O'Hara",
    state: 'NA',
    zip: '28195',
    return_url: 'https://shop.test/done',
    notification_url: 'https://shop.test/hook',
    version: '1.2',
    timestamp,
    ...more,
  }
}

async function send(body: Fields | string): Promise<Fields> {
  const answer = await fetch(`${sandbox.url}/api/process`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify({ signature: sign(body), ...body }),
    tls: { ca: readFileSync(sandbox.caFile, 'utf8') },
  })
  return JSON.parse(await answer.text())
}

test('a payment is decrypted, approved, and answered signed', async () => {
  const said = await send(sale())
  expect(said).toMatchObject({ status: 0, transaction_status: 'approved', version: '1.2' })
  expect(said['signature']).toBe(sign(said))
  expect(
    await send(
      sale({
        card_number_encrypted: '4000000000000002',
        card_exp_encrypted: '12/2034',
        cvv_encrypted: '123',
      }),
    ),
  ).toMatchObject({
    transaction_status: 'rejected',
  })
})

test('3-D Secure gives a page; a payment that was pending is notified, signed', async () => {
  const asked = await send(sale({}, { cvv: '333' }))
  expect(asked).toMatchObject({
    transaction_status: 'pending_async',
    redirect_url: expect.stringMatching(/^https:\/\/localhost:\d+\/praxis\/3ds\/\w+$/),
  })
  const told = new Promise<Fields>((resolve) => {
    heard = resolve
  })
  const slow = await send(sale({ amount: 713, notification_url: hook }))
  expect(slow['transaction_status']).toBe('pending')
  const notice = await told
  expect(notice).toMatchObject({ transaction_status: 'approved', trace_id: slow['trace_id'] ?? '' })
  expect(notice['signature']).toBe(sign(notice))
})

describe('refuses in the words of Praxis, with a status above zero', () => {
  const late = () => now() - 100
  const cases: readonly (readonly [string, () => Fields | string, number, RegExp])[] = [
    ['what is no JSON', () => '{', 400, /^Request should be json formatted\.$/],
    ['another merchant', () => sale({ merchant_id: 'x' }), 401, /^User not found\.$/],
    ['another application', () => sale({ application_key: 'x' }), 401, /^Website not found\.$/],
    ['another version', () => sale({ version: '1.1' }), 400, /^Unsupported API version\.$/],
    ['a wrong signature', () => sale({ signature: 'x'.repeat(96) }), 400, /^Invalid signature\.$/],
    [
      'a signature under another secret',
      () => ({ ...sale(), signature: sign(sale(), 'other') }),
      400,
      /^Invalid signature\.$/,
    ],
    [
      'an old timestamp',
      () => sale({ timestamp: late() }),
      400,
      /^Timestamp expired: 10\ds old, should/,
    ],
    [
      'a timestamp of the future',
      () => sale({ timestamp: now() + 100 }),
      400,
      /^Timestamp cannot be greater than current time/,
    ],
    [
      'a field that is missing',
      () => sale({ city: '' }),
      400,
      /^Request parameter missing: city\.$/,
    ],
    ['a dummy phone', () => sale({ phone: '111111' }), 400, /^Input validation failed: phone\.$/],
    [
      'what is too long',
      () => sale({ zip: '1'.repeat(13) }),
      400,
      /^Input validation failed: zip\.$/,
    ],
    [
      'a card under another IV',
      () => ({ ...sale({ timestamp: now() - 5 }), timestamp: now() }),
      400,
      /^The card data cannot be decrypted\.$|^Invalid card number\.$/,
    ],
    [
      'a number that is none',
      () => sale({}, { card_number: '4242424242424241' }),
      400,
      /^Invalid card number\.$/,
    ],
  ]
  for (const [what, make, status, description] of cases) {
    test(what, async () => {
      const said = await send(make())
      expect(said).toMatchObject({ status, description: expect.stringMatching(description) })
      expect(said).not.toHaveProperty('transaction_status')
    })
  }

  test('an order twice', async () => {
    const order_id = 'twice'
    expect(await send(sale({ order_id }))).toMatchObject({ status: 0 })
    const again = await send(sale({ order_id }))
    expect(again).toMatchObject({ status: 400, description: 'The order_id value is not unique!' })
  })
})

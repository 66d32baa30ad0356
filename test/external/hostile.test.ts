/**
 * @module Every file of hostile/, in one running gateway: what becomes of it, that no card of it is anywhere but in the request to
 * its declared host, and that the server goes on.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { startPsp, type Arrival, type FakePsp } from '../support/psp.ts'
import { freshFolder } from '../support/run.ts'
import { spellings } from '../support/written.ts'

const FILES = join(import.meta.dir, 'hostile')
const hostile = readdirSync(FILES).map((name) => name.replace('.ts', ''))

/** Not loaded, with the line at fault and the reason. */
const REFUSED: Readonly<Record<string, readonly [line: number, reason: RegExp]>> = {
  import_file: [3, /imports node:fs: only `import type`/],
  import_macro: [22, /Macros are disabled/],
  require_module: [23, /uses require/],
  loop_at_load: [1, /it ran too long/],
  other_name: [7, /has the id stripe_two, but the name of its file is other_name/],
  stripe: [7, /would take the place of the built-in stripe/],
  host_secret: [11, /hosts\.live has \{secret\}, which is no credential that is not secret/],
  host_user: [11, /hosts\.live must be https:/],
  host_plain: [11, /hosts\.live must be https:/],
  misspelt: [26, /verfiy is unknown/],
}

const LONG = /it ran too long\.?$/
const MEMORY = /(?:out of memory|it ran too long)\.?$/

/** Nothing is sent: what the caller is told. */
const FAILED: Readonly<Record<string, RegExp>> = {
  loop_for_ever: LONG,
  loop_caught: LONG,
  loop_in_derive: /could not compute taken\.$/,
  loop_in_generator: MEMORY,
  native_loop: LONG,
  native_array: LONG,
  regex: LONG,
  string_search: LONG,
  bigint: LONG,
  memory_bomb: MEMORY,
  memory_bomb_buffer: MEMORY,
  huge_text: /could not compute taken\.$/,
  huge_plan: MEMORY,
  stack: LONG,
  nested: MEMORY,
  cycle: /circular reference$/,
  crypto_flood: LONG,
  forged_holes: /a field is no JSON value$/,
  hole_in_text: /has a hole inside of a text: use kit\.text$/,
  hole_of_another: /has a hole for the credential "api_key", which it does not have$/,
  proxies: /path must begin with \/$/,
  to_json: /host is unknown$/,
  thenables: /method must be GET or POST or PUT or PATCH or DELETE$/,
  numbers: /a field is no JSON value$/,
  error_in_derive: /could not compute taken\.$/,
  error_in_sign: /could not sign the request\.$/,
  error_in_fields: /could not compute mac\.$/,
  error_of_ours: /could not compute taken\.$/,
  error_that_throws: /could not make the request: y$/,
  header_name: /could not sign the request\.$/,
  header_lines: /\{\{ derived\.taken \}\}: the value cannot stand here \(header\)/,
  field_names: /could not compute mac\.$/,
  path_host: /path must begin with \/$/,
  path_absolute: /path must begin with \/$/,
  path_lines: /path must be printable ASCII/,
  check_flood: /must have at most 100 items$/,
}

/** Sent: what the outcome is, and what arrived beside the number. */
const UNREAD = { kind: 'unrecognised', reason: 'the adapter could not read the answer' }
const APPROVED = { kind: 'approved', reference: 'r1', psp: { code: null, message: null } }
const SENT: Readonly<Record<string, { readonly outcome: object; readonly body?: object }>> = {
  escape_constructor: { outcome: APPROVED, body: { found: [] } },
  escape_import: { outcome: APPROVED, body: { taken: 'asked' } },
  clock: { outcome: APPROVED, body: { times: new Array(8).fill('none') } },
  loop_in_parse: { outcome: UNREAD },
  pass_through: {
    outcome: APPROVED,
    body: { forged: { h: ['card', 'number'], o: ['a', 1], number: '{{ card.number }}' } },
  },
  getters: { outcome: APPROVED },
  then_member: { outcome: APPROVED },
  symbols: { outcome: APPROVED, body: { odd: {} } },
  proto_field: { outcome: APPROVED, body: { constructor: { prototype: { polluted: true } } } },
  bad_outcome: { outcome: UNREAD },
  bad_link: { outcome: UNREAD },
  keep_variable: {
    outcome: { kind: 'approved', reference: 'r0', psp: { code: '', message: '' } },
    body: { calls: 1, kept: [] },
  },
  keep_built_in: { outcome: { psp: { code: '', message: '' } }, body: { kept: '' } },
  keep_pending: { outcome: { psp: { code: '', message: null } }, body: { kept: [] } },
  keep_memory: { outcome: { psp: { code: null, message: '0' } }, body: { found: 0 } },
  pollute: {
    outcome: APPROVED,
    body: { taken: '16', sum: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
  },
  error_in_parse: { outcome: UNREAD },
  header_host: { outcome: APPROVED },
  path_slashes: { outcome: APPROVED },
  query: { outcome: APPROVED },
  // What comes back of it was taken out of the answer before the adapter could turn it around.
  echo: { outcome: { kind: 'unrecognised', reason: ']nekat.devired[' } },
  verify_bits: { outcome: {} },
  verify_object: {
    outcome: { kind: 'unrecognised', reason: 'the signature of the answer is not right' },
  },
  session_theft: { outcome: APPROVED },
  reentry: { outcome: APPROVED },
  crypto_arguments: { outcome: APPROVED },
  lazy_definition: { outcome: APPROVED },
}

interface Shopper {
  readonly number: string
  readonly token: string
  readonly key: string
}

let psp: FakePsp
let shop: TestGateway
let shoppers: readonly [Shopper, Shopper]
const secret = canarySecret()
const cvc = canaryCvc()
let accounts = 0

beforeAll(async () => {
  const dir = freshFolder('adapters')
  cpSync(FILES, dir, { recursive: true })
  psp = await startPsp()
  // What it is sent it sends back, so that an adapter has something to find.
  psp.reply = ({ path, body }) => ({ body: path === '/login' ? '{"key":"k"}' : body })
  shop = await startGateway({ psp, toml: `[adapters]\ndir = ${JSON.stringify(dir)}\n` })
  shoppers = [await shopper(shop.tenant), await shopper(await shop.newTenant('other'))]
}, 60_000)
afterAll(async () => {
  await shop.close()
  await psp.stop()
})

/** A tenant with a card of its own. */
async function shopper(tenant: string): Promise<Shopper> {
  const key = await shop.newKey(['tokens:write', 'forward', 'forwards:read', 'admin'], { tenant })
  const number = canaryCard()
  const call = as(key)
  await call('/v1/destinations', { host: 'localhost', port: psp.port })
  const card = { number, exp_month: 3, exp_year: 2031 }
  return { number, key, token: (await call('/v1/tokens', { type: 'card', card })).textAt('id') }
}

function as(key: string) {
  return (path: string, body: object) =>
    shop.call('POST', path, body, { authorization: `Bearer ${key}` })
}

interface Run {
  readonly answer: Answered
  readonly arrivals: readonly Arrival[]
}

/** One payment through an adapter, and what arrived of it. */
async function pay(adapter: string, { key, token }: Shopper): Promise<Run> {
  const call = as(key)
  const name = `${adapter} ${++accounts}`
  const credentials = { secret }
  const account = { adapter, mode: 'sandbox', name, credentials, base_url: psp.url }
  const session = (await call('/v1/cvc-sessions', { cvc, token })).textAt('id')
  psp.arrivals.length = 0
  const answer = await call('/v1/forward', {
    account: (await call('/v1/accounts', account)).textAt('id'),
    operation: 'purchase',
    token,
    cvc_session: session,
    extra: {
      forged: { h: ['card', 'number'], o: ['a', 1], number: '{{ card.number }}' },
    },
  })
  return { answer, arrivals: [...psp.arrivals] }
}

/** The ways in which the number is written in a text. */
function written(text: string, number: string): readonly string[] {
  const bytes = Buffer.from(text)
  return spellings({ kind: 'number', value: number, from: 'here' })
    .filter((needle) => bytes.includes(needle.bytes))
    .map(({ form }) => form)
}

test('there are many, and each is expected to do something', () => {
  expect(hostile.length).toBeGreaterThan(60)
  const expected = [REFUSED, FAILED, SENT].flatMap((table) => Object.keys(table))
  expect(hostile.toSorted()).toEqual(expected.toSorted())
})

test.each(Object.keys(REFUSED))('%s is not loaded', async (name) => {
  const [line, reason] = REFUSED[name] ?? []
  const events: readonly { event: string; file?: string; line?: number; reason?: string }[] = shop
    .log()
    .split('\n')
    .map((text) => JSON.parse(text))
  const refused = events.find(
    ({ event, file }) => event === 'adapter.refused' && file === `${name}.ts`,
  )
  expect(refused).toMatchObject({ line, reason: expect.stringMatching(reason ?? '') })
  expect(process.env['PANGATE_TEST_MACRO']).toBeUndefined()
})

test.each(Object.keys(FAILED))(
  '%s costs one failed request',
  async (name) => {
    for (const who of shoppers) {
      const { answer, arrivals } = await pay(name, who)
      expect(arrivals).toEqual([])
      expect(answer.at('error')).toMatchObject({
        sent: 'no',
        message: expect.stringMatching(FAILED[name] ?? ''),
      })
      await goesOn(answer)
    }
  },
  30_000,
)

test.each(Object.keys(SENT))(
  '%s has nobody but its PSP know the card',
  async (name) => {
    const { outcome, body } = SENT[name] ?? {}
    for (const who of [...shoppers, ...shoppers]) {
      const { answer, arrivals } = await pay(name, who)
      expect(answer.at('outcome')).toMatchObject(outcome ?? {})
      const payment = arrivals.at(-1)
      expect(payment?.headers['host']).toBe(`localhost:${psp.port}`)
      if (body) expect(JSON.parse(payment?.body ?? '')).toMatchObject(body)
      // Its own card may arrive. That of the other must not, in any form.
      for (const { number } of shoppers) {
        const found = arrivals.flatMap((arrival) => written(JSON.stringify(arrival), number))
        if (number !== who.number) expect(found).toEqual([])
      }
      await goesOn(answer)
    }
  },
  30_000,
)

/** Nothing that the caller or the operator reads holds a card, and the server answers the next one. */
async function goesOn(answer: Answered): Promise<void> {
  const id = answer.textAt('id') || answer.textAt('error', 'forward', 'id')
  const record = id === '' ? '' : (await shop.call('GET', `/v1/forwards/${id}`)).text
  for (const { number } of shoppers) {
    expect(written(answer.text + JSON.stringify([...answer.headers]), number)).toEqual([])
    expect(written(record + shop.log(), number)).toEqual([])
  }
  expect(answer.text).not.toContain(secret)
  expect(shop.log()).not.toContain(secret)
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
  expect((await shop.call('GET', '/healthz')).status).toBe(200)
}

test('where only a session is fetched there is no card to take', async () => {
  const [who] = shoppers
  const { arrivals } = await pay('session_theft', who)
  const [login] = arrivals
  expect(login?.path).toBe('/login')
  expect(login?.body).toBe('{}')
})

test('one bit is all that a check of answers tells', async () => {
  const [who] = shoppers
  const told = new Set<string>()
  for (let round = 0; round < 4; round++) {
    const { answer } = await pay('verify_bits', who)
    told.add(JSON.stringify(answer.at('outcome')))
  }
  expect(told.size).toBe(1)
})

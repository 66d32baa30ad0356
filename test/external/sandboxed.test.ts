/**
 * @module An adapter does the same inside the sandbox as outside: in what it says, and in every byte that is sent.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Adapter, AdapterModule, Intent } from '../../src/adapter.ts'
import { asHole } from '../../src/hole.ts'
import { kit } from '../../src/kit.ts'
import { openRegistry } from '../../src/registry.ts'
import { openNative } from '../../src/external/native.ts'
import { openSandboxed } from '../../src/external/sandboxed.ts'
import everythingModule from './adapters/everything.ts'
import { adapterText } from './support.ts'
import { canaryCard, canarySecret } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { startPsp, type Arrival, type FakePsp } from '../support/psp.ts'

const here = (path: string) => readFileSync(join(import.meta.dir, path), 'utf8')
/** Its credentials have names of their own, which the core reads as strings. */
const native = everythingModule as unknown as AdapterModule

const SOURCES = {
  everything: [native(kit), here('adapters/everything.ts')],
  stripe: [openRegistry().get('stripe'), here('../../adapters/stripe.ts')],
  praxis: [openRegistry().get('praxis'), here('../../adapters/praxis.ts')],
} as const

const intent: Intent = {
  operation: 'purchase',
  amount: { minor: 1999, currency: 'EUR' },
  reference: '4711',
  idempotency_key: 'key',
  now: 1_767_225_600,
  mode: 'sandbox',
  options: { version: '2' },
  customer: { id: '7', first_name: 'Ann', email: 'a@shop.example', phone: '+49 30 1234567' },
  billing_address: { city: 'Köln', country: 'DE', postal_code: '50667' },
  device: { ip: '203.0.113.7' },
  return_url: 'https://shop.example/back',
  extra: { shop: 7, deep: { list: [1.5, null, 'x'] }, __proto__: 'none' },
}

/** What can be compared of a value: holes by what they are, functions by being there. */
function comparable(value: unknown): unknown {
  if (typeof value === 'function') return 'function'
  if (typeof value !== 'object' || value === null) return value
  const hole = asHole(value)
  if (hole) return { hole: hole.label, source: comparable(hole.source) }
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map(comparable)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, comparable(member)]))
}

/** What a call gives or throws. */
function result(run: () => unknown): unknown {
  try {
    return comparable(run())
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : ''}`
  }
}

describe.each(Object.entries(SOURCES))('%s', (id, [outside, source]) => {
  let inside: Adapter
  beforeAll(async () => {
    inside = await openSandboxed(source, `${id}.ts`)
  })

  test('is described by the same words', () => {
    expect(comparable(inside)).toEqual(comparable({ ...outside }))
  })
  test('makes the same plans, holes included, and the same complaints', () => {
    for (const [name, operation] of Object.entries(outside.operations)) {
      const same = Object.entries(inside.operations).find(([other]) => other === name)?.[1]
      for (const one of [
        intent,
        { ...intent, options: {}, extra: {} },
        { ...intent, customer: {} },
      ]) {
        expect(result(() => same?.build(one))).toEqual(result(() => operation.build(one)))
        expect(result(() => same?.check?.(one))).toEqual(result(() => operation.check?.(one)))
      }
    }
  })
  test('reads answers the same way', () => {
    const texts = [
      '',
      '{',
      '<html>',
      '{}',
      '[]',
      '{"id":"p1","code":"5","state":"no"}',
      '<done>r</done>',
    ]
    for (const [name, operation] of Object.entries(outside.operations)) {
      const same = Object.entries(inside.operations).find(([other]) => other === name)?.[1]
      for (const text of texts) {
        for (const status of [200, 402, 500]) {
          const json = result(() => JSON.parse(text))
          const answer = {
            status,
            headers: { 'content-type': 'x' },
            text,
            json: typeof json === 'string' ? undefined : (json as object as never),
          }
          expect(result(() => same?.parse(answer, intent))).toEqual(
            result(() => operation.parse(answer, intent)),
          )
        }
      }
    }
  })
})

const BODY = `const body = crypto.exactJson('{"n":1.50,"d":{"a":1,"b":null}}')`
const ALL = "{ order: ['n', 'd.a', 'd.b', 'word', 'deep.a'], delimiter: '|' }"
test.each([
  [`crypto.join(fields, ${ALL})`],
  [`fields.word = 'another', crypto.join(fields, ${ALL})`],
  [`delete fields.word, crypto.join(fields, ${ALL})`],
  [`fields.deep.a = 'another', crypto.join(fields, ${ALL})`],
  [
    `Object.defineProperty(fields, 'n', { value: 7, configurable: true, enumerable: true }), crypto.join(fields, ${ALL})`,
  ],
  [`fields.word + 'x' in fields, crypto.join(fields, ${ALL}) + Object.keys(fields)`],
  [`crypto.join({ ...fields, word: undefined }, ${ALL})`],
  [`crypto.join([fields.word, undefined, null], { delimiter: '|', skip: 'null' })`],
  [`crypto.join([fields.word, undefined], { delimiter: '|' })`],
  [`refused(() => crypto.join({ n: NaN, word: null }))`],
  [`refused(() => crypto.join({ n: () => 1, word: 'x' }))`],
  [`crypto.hash('sha256', fields)`],
  [`crypto.join(body, ${ALL})`],
  [`body.n + crypto.join(body, ${ALL})`],
  [`body.d.a = 2, crypto.join(body, ${ALL})`],
  [`Object.assign(body, { n: 2 }), crypto.join(body, ${ALL})`],
  [`JSON.stringify(body) + JSON.stringify(fields)`],
  [`crypto.encrypt('aes-cbc', new Uint8Array(16), new Uint8Array(3), { iv: new Uint8Array(16) })`],
])('the kit is given what there is: %s', async (code) => {
  const sign = `sign({ fields }) { ${BODY}; return { 'x-value': String((${code})) } },`
  const top = "const refused = (work) => { try { return work() } catch { return 'refused' } }"
  const source = adapterText('kit', { more: sign, top })
  const adapters = [await openSandboxed(source, 'kit.ts', true), await openNative(source)]
  const [inside, outside] = adapters.map(({ sign }) =>
    result(() => {
      const fields = { word: 'one', deep: { a: 'two', b: [1] } }
      const request = { method: 'POST', url: '', headers: {}, bytes: new Uint8Array(), fields }
      if (typeof sign !== 'function') throw new TypeError('it does not sign')
      return sign({ ...request, method: 'POST' }, { credentials: {}, intent })
    }),
  )
  expect(inside).toEqual(outside)
})

test('the pieces that no forward runs yet', async () => {
  const [outside, source] = SOURCES.everything
  const inside = await openSandboxed(source, 'everything.ts')
  const secret = 'a secret of some length'
  const given = { credentials: { merchant: 'm', secret }, options: {}, now: 5 }
  const body = '{"id":"p1","code":"ok"}'
  const signature = kit.crypto.hmac('sha256', secret, `${body}15`)
  const good = {
    headers: { 'x-signed': signature },
    query: { at: '1' },
    text: body,
    json: JSON.parse(body),
  }
  const bad = { ...good, headers: {} }
  for (const incoming of [good, bad]) {
    const [one, other] = [inside, outside].map(({ notification: n }) =>
      n && typeof n.verify === 'function' ? n.verify(incoming, given) : null,
    )
    expect(one).toBe(incoming === good)
    expect(other).toBe(one ?? null)
  }
  expect(inside.notification?.parse(good)).toEqual(
    outside.notification?.parse(good) ?? ({} as never),
  )
  for (const accepted of [true, false]) {
    expect(inside.notification?.acknowledge(accepted, given)).toEqual(
      outside.notification?.acknowledge(accepted, given) ?? ({} as never),
    )
  }
})

describe('over the wire', () => {
  const number = canaryCard()
  const secret = canarySecret()
  let psp: FakePsp
  let shops: readonly TestGateway[] = []
  beforeAll(async () => {
    psp = await startPsp()
    psp.reply = ({ path }) => ({
      body:
        path === '/login'
          ? '{"token":"session-1"}'
          : path === '/void'
            ? '<done>p1</done>'
            : '{"id":"p1","code":"ok"}',
    })
    const inside = await openSandboxed(SOURCES.everything[1], 'everything.ts')
    const sandboxed: AdapterModule = () => inside
    const clock = () => 1_767_225_600_000
    shops = await Promise.all(
      [native, sandboxed].map((make) =>
        startGateway({ psp, clock, registry: openRegistry([make]) }),
      ),
    )
  })
  afterAll(async () => {
    for (const shop of shops) await shop.close()
    await psp.stop()
  })

  /** What arrives of one call, and what is answered, but for ids and times. */
  async function run(shop: TestGateway, more: object) {
    const call = async (path: string, body: object) => shop.call('POST', path, body)
    await call('/v1/destinations', { host: 'localhost', port: psp.port })
    const card = { number, exp_month: 3, exp_year: 2031, holder: 'Ann "ä" Example' }
    const made = await call('/v1/tokens', { type: 'card', card, cvc: '987' })
    const account = await call('/v1/accounts', {
      adapter: 'everything',
      mode: 'sandbox',
      name: `main ${JSON.stringify(more).length}`,
      credentials: { merchant: 'm1', secret },
      options: { version: '2' },
      base_url: psp.url,
    })
    psp.arrivals.length = 0
    const answer = await shop.call(
      'POST',
      '/v1/forward',
      {
        account: account.textAt('id'),
        operation: 'purchase',
        token: made.textAt('id'),
        cvc_session: made.textAt('cvc_session', 'id'),
        amount: { minor: 1999, currency: 'EUR' },
        reference: 'order 1',
        customer: { email: 'a@shop.example' },
        extra: { shop: 7 },
        ...more,
      },
      { 'idempotency-key': `key ${JSON.stringify(more)}` },
    )
    const record = await shop.call('GET', `/v1/forwards/${answer.textAt('id')}`)
    return {
      arrivals: psp.arrivals.map(({ headers, ...arrival }: Arrival) => ({ ...arrival, headers })),
      outcome: answer.at('outcome'),
      error: [answer.at('error', 'code'), answer.at('error', 'message')],
      record: record.at('request'),
    }
  }

  test.each([
    ['a payment', {}],
    ['a refund, signed by a declared scheme', { operation: 'refund', reference: 'p1' }],
    ['a void, in XML', { operation: 'void', reference: 'p"1' }],
    ['an answer that cannot be read', { operation: 'verify' }],
    ['a complaint', { operation: 'verify', extra: { wrong: 1 } }],
    ['missing fields', { customer: { email: 'nobody' }, extra: {} }],
    ['an operation that there is not', { operation: 'capture' }],
  ])('%s is the same in every byte', async (_, more) => {
    const [outside, inside] = shops
    if (!outside || !inside) throw new Error('there are two')
    const one = await run(outside, more)
    expect(await run(inside, more)).toEqual(one)
    expect([one.outcome, one.error[0]]).not.toEqual([undefined, undefined])
  })
})

/**
 * @module Every call to the database, the session store and the PSP fails in turn: what callers are told stays true, nothing is sent twice, no card gets out.
 *
 * In this process, through the interfaces that the program has for them: the executable has no hook for its n-th call. Against
 * a libSQL server the executable itself is tried, with a proxy between the two (the second part).
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { AdapterModule, Json } from '../../src/adapter.ts'
import { verifyAudit } from '../../src/audit/verify.ts'
import { openRegistry } from '../../src/registry.ts'
import { auditKey } from '../../src/vault/audit_chain.ts'
import { stopAll } from '../support/binary.ts'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { openFaults, type When } from '../support/failing.ts'
import { startFaultProxy, type Fault } from '../support/fault_proxy.ts'
import { startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { install, type Reply } from '../support/installed.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'
import { noSqld, startSqld } from '../support/sqld.ts'

setDefaultTimeout(120_000)

const LONG = process.env['PANGATE_TEST_LONG'] === '1'
const number = canaryCard()
const cvc = canaryCvc()
const secret = canarySecret()
/** More calls than any of these makes. */
const MOST = 200

let psp: FakePsp
beforeAll(async () => {
  psp = await startPsp()
  psp.reply = ({ path }) => ({ body: path === '/login' ? '{"token":"s"}' : '{"paid":true}' })
})
afterAll(async () => {
  await stopAll()
  await psp.stop()
})

/** With a session step that is asked each time, and notifications that are signed by showing the secret. */
const stepped: AdapterModule = ({ define, card, credential, session }) =>
  define({
    contract: 1,
    id: 'stepped',
    name: 'Stepped',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: { header: 'idempotency-key' },
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card', 'amount', 'reference'],
        build: ({ reference }) => ({
          method: 'POST',
          path: `/${String(reference)}`,
          headers: { 'x-session': session('token') },
          body: { encoding: 'json', fields: { number: card('number') } },
        }),
        parse: () => APPROVED,
      },
    },
    session: {
      plan: () => ({
        method: 'POST',
        path: '/login',
        body: { encoding: 'json', fields: { secret: credential('secret') } },
      }),
      parse: ({ status }) => (status === 200 ? { values: { token: 's' }, seconds: 1 } : null),
    },
    notification: {
      verify: ({ headers }, { credentials }) => headers['x-signed'] === credentials.secret,
      parse: ({ json }) => ({
        reference: textOf(json),
        merchant_reference: null,
        outcome: APPROVED,
      }),
      acknowledge: (accepted) => ({ status: accepted ? 200 : 400, headers: {}, body: '' }),
    },
  })
const APPROVED = {
  kind: 'approved',
  reference: 'p',
  psp: { code: 'ok', message: null },
} as const

// The messages of this test are objects with an id.
const textOf = (json: Json | undefined): string => String((json as { id?: Json })?.id)

type Call = () => Promise<Answered>

interface Scenario {
  readonly name: string
  /** Makes what one run needs, of the path at the PSP that is its own, and gives its call. */
  prepare(path: string): Promise<Call>
  /** Whether the same call may be made again, and must then give the same. */
  readonly repeats: boolean
  /** After the faults are over. */
  after?(path: string, answer: Answered, again: Answered | null): Promise<void>
}

describe('in one process:', () => {
  const faults = openFaults()
  let shop: TestGateway
  let token: string
  let account: string

  beforeAll(async () => {
    shop = await startGateway({ psp, shared: faults.shared, registry: openRegistry([stepped]) })
    Object.assign(shop.gateway, { transport: faults.wrap(shop.gateway.transport) })
    await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
    token = (await storeCard()).textAt('id')
    const made = await shop.call('POST', '/v1/accounts', {
      ...{ adapter: 'stepped', mode: 'sandbox', name: 'main', base_url: psp.url },
      credentials: { secret },
    })
    account = made.textAt('id')
    expect([token, account]).toEqual([
      expect.stringMatching('tok_'),
      expect.stringMatching('acct_'),
    ])
  })
  afterAll(() => shop.close())

  const storeCard = (more: object = {}): Promise<Answered> =>
    shop.call('POST', '/v1/tokens', {
      ...{ type: 'card', card: { number, exp_month: 1, exp_year: 2040 } },
      ...more,
    })
  const send = (path: string, key: string | null, body: object = {}, more: object = {}) =>
    shop.call(
      'POST',
      '/v1/forward',
      {
        token,
        request: { url: `${psp.url}/${path}`, body: { n: '{{ card.number }}', ...body } },
        ...more,
      },
      key === null ? {} : { 'idempotency-key': key },
    )
  const session = async (): Promise<string> =>
    (await shop.call('POST', '/v1/cvc-sessions', { cvc, token })).textAt('id')
  const came = (path: string): number =>
    psp.arrivals.filter((arrival) => arrival.path === `/${path}`).length

  const scenarios: readonly Scenario[] = [
    {
      name: 'a token is stored, with a security code',
      repeats: false,
      prepare: async () => () => storeCard({ cvc }),
      async after(_, answer) {
        if (answer.status !== 201) return
        const id = answer.textAt('id')
        expect((await shop.call('GET', `/v1/tokens/${id}`)).status).toBe(200)
        const more = { token: id, cvc_session: answer.textAt('cvc_session', 'id') }
        expect((await send('stored', null, { c: '{{ card.cvc }}' }, more)).status).toBe(200)
      },
    },
    {
      name: 'a request is sent',
      repeats: false,
      prepare: async (path) => () => send(path, null),
    },
    {
      name: 'a request is sent under a key',
      repeats: true,
      prepare: async (path) => () => send(path, path),
    },
    {
      name: 'a request is sent with a CVC session, under a key',
      repeats: true,
      async prepare(path) {
        const cvc_session = await session()
        return () => send(path, path, { c: '{{ card.cvc }}' }, { cvc_session })
      },
    },
    {
      name: 'a request is sent with a CVC session, and again',
      // Another call each time: the session itself is what may be used once.
      repeats: true,
      async prepare(path) {
        const cvc_session = await session()
        return () => send(path, null, { c: '{{ card.cvc }}' }, { cvc_session })
      },
    },
    {
      name: 'an account pays, with a session step, under a key',
      repeats: true,
      prepare: async (path) => () =>
        shop.call(
          'POST',
          '/v1/forward',
          {
            ...{ account, operation: 'purchase', token, reference: path },
            amount: { minor: 1, currency: 'EUR' },
          },
          { 'idempotency-key': path },
        ),
    },
    {
      name: 'a PSP notifies',
      repeats: true,
      prepare: async (path) => () =>
        shop.call(
          'POST',
          `/v1/notifications/${account}`,
          { id: path },
          { authorization: '', 'x-signed': secret },
        ),
      async after(path, answer, again) {
        if (answer.status !== 200) expect(again?.status).toBe(200)
        const list = await shop.call('GET', '/v1/notifications?limit=100')
        const { data } = list.json as { data: { reference: string; verified: boolean }[] }
        const own = data.filter(({ reference }) => reference === path)
        expect(own).toEqual([expect.objectContaining({ verified: true })])
      },
    },
    {
      name: 'a card is revealed',
      repeats: false,
      prepare: async () => () => shop.call('POST', `/v1/tokens/${token}/reveal`),
    },
  ]

  test.each(scenarios)('D01 each call fails in turn while $name', async (scenario) => {
    const runs: { readonly path: string; readonly forward: string }[] = []
    const names: string[] = []
    let of = 0
    const [logged, audited] = [shop.log().length, await openings()]
    for (const when of ['before', 'after', 'onwards'] as const) {
      for (let nth = 1; ; nth++) {
        expect(nth).toBeLessThan(MOST)
        const { calls, forward, path } = await oneRun(scenario, nth, when)
        if (forward !== '') runs.push({ path, forward })
        if (calls.length < nth) {
          names.push(...(when === 'before' ? calls : []))
          of += calls.length
          break
        }
      }
    }
    console.log(`D01 ${scenario.name}: ${of} faults, in turn in ${names.join(' ')}`)
    expect(of).toBeGreaterThan(3)
    await settled()
    for (const { path, forward } of runs) await expectTrueRecord(path, forward)
    expect(shop.log().slice(logged)).not.toContain(number)
    // Whatever was opened has its line.
    expect(await openings()).toBeGreaterThan(audited)
    const { store, keyring } = shop.gateway
    expect((await verifyAudit(store, auditKey(keyring), [])).found).toEqual([])
    expect(await store.check()).toBe('ok')
  })

  let count = 0
  async function oneRun(scenario: Scenario, nth: number, when: When) {
    const path = `run-${++count}`
    const run = await scenario.prepare(path)
    faults.fail(nth, when)
    const answer = await run()
    const calls = [...faults.calls]
    faults.fail(0)
    const what = `${when} ${nth} (${calls[nth - 1] ?? 'none'}): ${answer.text}`
    const paid = came(path)
    const sent = answer.at('sent') ?? answer.at('error', 'sent')
    if (answer.status >= 400) {
      expect(answer.at('error', 'code'), what).toBeString()
      expect(answer.text, what).not.toContain(number)
    }
    if (sent === 'no') expect(paid, what).toBe(0)
    if (sent === 'yes') expect(paid, what).toBe(1)
    expect(paid, what).toBeLessThanOrEqual(1)
    const again = scenario.repeats ? await run() : null
    if (again) {
      expect(came(path), `${what}; again: ${again.text}`).toBeLessThanOrEqual(1)
      if (answer.status < 400 && again.status < 400) expect(again.text, what).toBe(answer.text)
      const told = again.at('sent') ?? again.at('error', 'sent')
      // Where it has a key; a session that is used up is refused, and that call sends nothing.
      const used = again.at('error', 'code') === 'cvc_session_unknown'
      if (told === 'no' && !used) expect(came(path), what).toBe(0)
    }
    await scenario.after?.(path, answer, again)
    // The next one works.
    expect((await send(`next-${path}`, null)).status, what).toBe(200)
    const forward = String(answer.at('id') ?? answer.at('error', 'forward') ?? '')
    return { calls, path, forward: forward.startsWith('fwd_') ? forward : '' }
  }

  async function expectTrueRecord(path: string, forward: string): Promise<void> {
    const record = await shop.call('GET', `/v1/forwards/${forward}`)
    expect(record.status).toBe(200)
    const state = record.textAt('state')
    expect(['done', 'not_sent', 'unknown', 'sending'], path).toContain(state)
    if (state === 'done') expect(came(path), path).toBe(1)
    expect(record.text).not.toContain(number)
  }

  /** Until what could not be written is. */
  async function settled(): Promise<void> {
    while (shop.gateway.later.size() > 0) await Bun.sleep(20)
  }

  async function openings(): Promise<number> {
    const rows = await shop.gateway.store.db.all("select 1 from audit where action = 'vault.open'")
    return rows.length
  }
})

const none = noSqld()
if (none !== null) console.log(`skipped: D01 D05 on a libSQL server: ${none}`)

describe.skipIf(none !== null)('the executable, on a libSQL server:', () => {
  const KINDS: readonly Fault[] = [
    { kind: 'reset' },
    { kind: 'lost', answer: 'reset' },
    { kind: 'lost', answer: 500 },
  ]

  test('D01 D05 each request to the database fails in turn while a payment is made under a key', async () => {
    const sqld = await startSqld()
    const proxy = await startFaultProxy(sqld.url)
    const settings = { PANGATE_DATABASE_URL: proxy.url, PANGATE_DATABASE_TIMEOUT_MS: '500' }
    const shop = await install(psp, settings)
    const { call, program } = await shop.serve(settings)
    const card = { number, exp_month: 1, exp_year: 2040 }
    const token = (await call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
    const pay = (path: string): Promise<Reply> =>
      call(
        'POST',
        '/v1/forward',
        { token, request: { url: `${psp.url}/${path}`, body: { n: '{{ card.number }}' } } },
        { 'idempotency-key': path },
      )
    const came = (path: string): number =>
      psp.arrivals.filter((arrival) => arrival.path === `/${path}`).length
    let of = 0
    for (const fault of LONG ? KINDS : KINDS.slice(0, 2)) {
      for (let nth = 1, hit = true; hit; nth++) {
        const path = `remote-${fault.kind}-${nth}-${of++}`
        let requests = 0
        hit = false
        proxy.fault = fault
        proxy.only = () => {
          const now = ++requests === nth
          hit ||= now
          return now
        }
        const answer = await pay(path)
        proxy.only = () => false
        const sent = answer.at('sent') ?? answer.at('error', 'sent')
        const what = `${fault.kind} ${nth}: ${answer.text}`
        expect(came(path), what).toBeLessThanOrEqual(1)
        if (sent !== 'unknown') expect(came(path), what).toBe(sent === 'yes' ? 1 : 0)
        expect(answer.text).not.toContain(number)
        // What is in doubt is set right by itself, and then the key has its answer.
        let again = await pay(path)
        while (again.at('error', 'code') === 'idempotency_running' || again.status === 503) {
          await Bun.sleep(20)
          again = await pay(path)
        }
        expect([path, came(path)]).toEqual([path, 1])
        expect(again.status === 200 || again.at('error', 'sent') === 'unknown', again.text).toBe(
          true,
        )
        if (answer.status === 200) expect(again.text).toBe(answer.text)
      }
    }
    console.log(`D01 ${of} faults between the executable and its database`)
    proxy.fault = { kind: 'none' }
    expect(await shop.command('audit', 'verify')).toContain('ok: ')
    expect(program.stderr()).not.toContain(number)
    await program.stop()
    await proxy.stop()
    await sqld.stop()
  })
})

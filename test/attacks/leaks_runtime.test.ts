/**
 * @module The runtime under the server: its variables, and errors that nobody catches, with a card in them.
 */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binaryPath, run, stopAll } from '../support/binary.ts'
import { install, type Installed } from '../support/installed.ts'
import { respond, startWire, type Wire } from '../support/wire.ts'
import { CALLS, callers, things } from './leaks_calls.ts'
import { watch, type Watched } from './leaks_world.ts'

setDefaultTimeout(60_000)
afterAll(stopAll)

/** Every variable of the runtime whose name is in the executable. */
function variables(): readonly string[] {
  const text = readFileSync(binaryPath(), 'latin1')
  const names = text.match(/(?<![A-Z0-9_])(?:BUN|JSC)_[A-Z][A-Z0-9_]{2,50}(?![A-Z0-9_])/g) ?? []
  return [...new Set(names)].filter((name) => name !== 'BUN_BE_BUN').toSorted()
}

/** What those are that may be set. */
const HARMLESS = /^BUN_(?:TMPDIR|INSTALL.*)$/

const forwarding = Object.keys(CALLS).filter((route) => /forward|\/proxy(?!\/delete)/.test(route))

async function forwardAll(watched: Watched, installed: Installed, wire: Wire): Promise<void> {
  wire.reply = ({ socket, body }) => respond(socket, body)
  const all = await things(watched, await callers(installed), wire.url)
  for (const route of forwarding) {
    for (const call of (await CALLS[route]?.(all)) ?? []) {
      const answer = await watched.call(call.method, call.path, call)
      expect(answer?.status, route).toBeLessThan(500)
    }
  }
}

async function expectNothing(watched: Watched): Promise<void> {
  expect((await watched.look()).hits).toEqual([])
}

test('L03 serve starts with no variable of the runtime, and with what may be set it shows nothing', async () => {
  const names = variables()
  const harmless = names.filter((name) => HARMLESS.test(name))
  const refused = names.filter((name) => !HARMLESS.test(name))
  console.log(`L03: ${refused.length} variables refused, ${harmless.length} harmless`)
  expect(refused.length).toBeGreaterThan(60)
  for (const name of [
    'BUN_OPTIONS',
    'BUN_INSPECT',
    'BUN_CONFIG_VERBOSE_FETCH',
    'BUN_CRASH_REPORT_URL',
  ]) {
    expect(refused).toContain(name)
  }
  const wire = await startWire()
  const installed = await install(wire)
  // One at a time: some of them end the runtime before the program begins, which is as good.
  const lanes = refused.values()
  const started: string[] = []
  const lane = async (): Promise<void> => {
    for (const name of lanes) {
      const env = { [name]: name.startsWith('BUN_INSPECT') ? '127.0.0.1:0' : '1' }
      const { status, stderr } = await run(['serve'], { dir: installed.dir, env })
      if (status === 0 || /"event":"listening"/.test(stderr)) started.push(name)
      else if (!stderr.includes(`${name} is set`) && status !== 1)
        started.push(`${name}: ${stderr}`)
    }
  }
  await Promise.all([lane(), lane()])
  expect(started).toEqual([])

  const env = Object.fromEntries(
    harmless.filter((name) => name !== 'BUN_TMPDIR').map((name) => [name, '1']),
  )
  const watched = await watch(installed, {
    env: { ...env, NODE_ENV: 'development', DEBUG: '*', FORCE_COLOR: '1' },
  })
  await forwardAll(watched, installed, wire)
  await watched.served.program.stop()
  await wire.stop()
  await expectNothing(watched)
})

/** Where it goes wrong, by the reference of the payment; all with the card in it, and in the ways that code goes wrong. */
const FAULTY = `
import type { Kit } from './pangate.d.ts'
const card_of = (opened: any) => ({ card: opened.card, said: opened.card.number + ' ' + opened.card.cvc })
const bang = (opened: any) => {
  const card = card_of(opened)
  const error: any = new Error('the card is ' + card.said)
  error.name = card.said
  error.code = card.card.number
  error.card = card
  error.cause = new Error(card.said)
  return error
}
const ways: Record<string, (opened: any) => unknown> = {
  throws: (opened) => { throw bang(opened) },
  throws_text: (opened) => { throw card_of(opened).said },
  throws_object: (opened) => { throw card_of(opened) },
  throws_name: (opened) => { ({ [opened.card.number]() { throw bang(opened) } } as any)[opened.card.number]() },
  rejects: (opened) => { Promise.reject(bang(opened)); return 'x' },
  rejects_object: (opened) => { Promise.reject(card_of(opened)); return 'x' },
  rejects_text: (opened) => { Promise.reject(card_of(opened).said); return 'x' },
  aggregate: (opened) => { throw new AggregateError([bang(opened)], card_of(opened).said) },
  warns: (opened) => { (globalThis as any).process.emitWarning(bang(opened)); return 'x' },
  evals: (opened) => { new Function('number', 'throw new Error(number)\\n//# sourceURL=' + opened.card.number + '.js')(opened.card.number) },
  late: (opened) => { setTimeout(() => { throw bang(opened) }, 1); return 'x' },
}
export default ({ define, card, derived }: Kit) =>
  define({
    contract: 1,
    id: 'faulty',
    name: 'Faulty',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card', 'reference'],
        build: () => ({
          method: 'POST',
          path: '/pay',
          body: { encoding: 'json', fields: { number: card('number'), x: derived('x') } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
    derive: { x: (opened: any) => String(ways[opened.intent.reference]!(opened)) },
  })
`
const WAYS = [...FAULTY.matchAll(/^ {2}(\w+): \(opened\) =>/gm)].map(([, name = '']) => name)

test('L02 L04 errors with a card in them, thrown, rejected, warned of and left to nobody: told by their class alone', async () => {
  const wire = await startWire()
  const installed = await install(wire)
  mkdirSync(join(installed.dir, 'adapters'))
  writeFileSync(join(installed.dir, 'adapters', 'faulty.ts'), FAULTY)
  const sha256 = createHash('sha256').update(FAULTY).digest('hex')
  const watched = await watch(installed, {
    env: {
      PANGATE_ADAPTERS_DIR: 'adapters',
      PANGATE_ADAPTERS_PINS: JSON.stringify({ faulty: sha256 }),
      PANGATE_ADAPTERS_TRUSTED: '["faulty"]',
      PANGATE_SERVER_STOP_TIMEOUT_MS: '1000',
    },
  })
  const all = await things(watched, await callers(installed), wire.url)
  const account = await all.id('/v1/accounts', {
    adapter: 'faulty',
    mode: 'sandbox',
    name: 'faulty',
    credentials: { secret: 'a secret of it' },
    base_url: wire.url,
  })
  expect(WAYS.length).toBe(11)
  for (const reference of WAYS) {
    const answer = await watched.call('POST', '/v1/forward', {
      headers: { authorization: `Bearer ${all.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        account,
        operation: 'purchase',
        token: await all.token(),
        cvc_session: await all.session(),
        reference,
        amount: { minor: 1, currency: 'EUR' },
      }),
    })
    if (!/^(?:throws|aggregate|evals)/.test(reference)) continue
    expect(answer?.status, reference).toBe(500)
    expect(Object.keys(JSON.parse(answer?.text ?? '{}')), answer?.text).toEqual(['error'])
    expect(answer?.text).not.toMatch(/ at |\.ts|\.js|node_modules|bun/i)
  }
  // The last of them was left to nobody: the server ended by itself, for its supervisor to start it anew.
  const { status } = await watched.served.program.exited
  expect(status).toBe(1)
  await wire.stop()
  const log = watched.served.program.stderr()
  expect(log).toMatch(/"event":"fault"/)
  for (const line of log.split('\n').filter(Boolean)) expect(line).toStartWith('{"time":')
  await expectNothing(watched)
})

/**
 * @module The executable with a folder of adapters, on a machine that has nothing else: loaded, changed, broken, hostile, pinned.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stopAll } from '../support/binary.ts'
import { canarySecret } from '../support/canary.ts'
import {
  install,
  startSandboxProgram,
  type Installed,
  type SandboxProgram,
  type Served,
} from '../support/installed.ts'
import { adapterText } from '../external/support.ts'

setDefaultTimeout(60_000)

const STRIPE = readFileSync(resolve(import.meta.dir, '../../adapters/stripe.ts'), 'utf8')
const env = { PANGATE_ADAPTERS_DIR: 'adapters' }
let sandbox: SandboxProgram
let shop: Installed
let server: Served
let token: string

/** Waits at the PSP for a moment, and tells in its outcome which version read the answer. */
const slow = (word: string) =>
  adapterText('slow', { word })
    .replace("path: '/pay'", "path: '/slow', query: 'ms=1500'")
    .replace("number: card('number')", '')
    .replace("needs: ['card']", 'needs: []')

function write(name: string, text: string): void {
  writeFileSync(join(shop.dir, 'adapters', name), text)
}

async function account(adapter: string, credentials: object): Promise<string> {
  const body = { adapter, mode: 'sandbox', name: `${adapter} account`, credentials }
  const made = await server.call('POST', '/v1/accounts', { ...body, base_url: sandbox.url })
  expect(made.status).toBe(201)
  return made.textAt('id')
}

beforeAll(async () => {
  sandbox = await startSandboxProgram()
  shop = await install(sandbox)
  mkdirSync(join(shop.dir, 'adapters'))
  write('stripe_two.ts', STRIPE.replace("id: 'stripe'", "id: 'stripe_two'"))
  write('slow.ts', slow('one'))
  write(
    'endless.ts',
    adapterText('endless', { more: 'derive: { x: () => { for (;;); } },' }).replace(
      "number: card('number')",
      "x: derived('x')",
    ),
  )
  server = await shop.serve(env)
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034 }
  token = (await server.call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
})
afterAll(stopAll)

test('a payment through a file of the folder', async () => {
  const api_key = canarySecret().replace(/^canary/, 'sk_test_')
  const id = await account('stripe_two', { api_key })
  const amount = { minor: 1999, currency: 'EUR' }
  const made = await server.call('POST', '/v1/cvc-sessions', { cvc: '123', token })
  const paid = await server.call('POST', '/v1/forward', {
    account: id,
    operation: 'purchase',
    token,
    cvc_session: made.textAt('id'),
    amount,
  })
  expect(paid.at('outcome')).toMatchObject({ kind: 'approved', psp: { code: 'succeeded' } })
  const reference = paid.textAt('outcome', 'reference')
  const refund = await server.call('POST', '/v1/forward', {
    account: id,
    operation: 'refund',
    reference,
  })
  expect(refund.at('outcome')).toMatchObject({ kind: 'approved' })
  const listed = await server.call('GET', '/v1/adapters')
  expect(listed.text).toContain('"id":"stripe_two"')
})

test('a loop that never ends costs one request, of which nothing was sent', async () => {
  const id = await account('endless', { secret: 'secret' })
  const made = await server.call('POST', '/v1/cvc-sessions', { cvc: '123', token })
  const body = { account: id, operation: 'purchase', token, cvc_session: made.textAt('id') }
  const failed = await server.call('POST', '/v1/forward', body)
  expect(failed.at('error')).toMatchObject({ code: 'adapter_failed', sent: 'no' })
  expect((await server.call('GET', '/healthz')).status).toBe(200)
})

test('a change takes effect without a request being lost, and a broken file none at all', async () => {
  const id = await account('slow', { secret: 'secret' })
  const pay = () => server.call('POST', '/v1/forward', { account: id, operation: 'purchase' })
  const running = pay()
  // It has left when the next one, which waits as long, is answered.
  write('slow.ts', slow('two'))
  await server.program.waitForLine(/"event":"adapter\.reloaded","adapter":"slow"/)
  const after = pay()
  expect((await running).at('outcome')).toMatchObject({ kind: 'approved', reference: 'one' })
  expect((await after).at('outcome')).toMatchObject({ kind: 'approved', reference: 'two' })
  write('slow.ts', `${slow('three')}\nconst a = ;\n`)
  const [line] = await server.program.waitForLine(/.*"event":"adapter\.refused","adapter":"slow".*/)
  expect(JSON.parse(line)).toMatchObject({
    level: 'error',
    file: 'slow.ts',
    line: slow('three').split('\n').length + 1,
    reason: 'Unexpected ;',
  })
  expect((await pay()).at('outcome')).toMatchObject({ reference: 'two' })
}, 30_000)

test('nothing of the outside is in reach', async () => {
  const outside =
    'fetch Bun process require module exports setTimeout setInterval setImmediate queueMicrotask WebSocket XMLHttpRequest Worker WebAssembly importScripts Deno navigator performance console std os print load Buffer crypto SharedArrayBuffer Atomics'
  const asks = `const found = '${outside}'.split(' ').filter((name) => {
    try { return typeof Function('return typeof ' + name)() === 'string' && Function('return typeof ' + name)() !== 'undefined' } catch { return name in globalThis }
  }).join(' ')`
  const text = adapterText('outside', { top: asks }).replace("word: 'one'", 'word: found')
  write('outside.ts', text.replace("number: card('number')", ''))
  await server.program.waitForLine(/"event":"adapter\.loaded","adapter":"outside"/)
  const id = await account('outside', { secret: 'secret' })
  const shown = await server.call('POST', '/v1/forward', {
    account: id,
    operation: 'purchase',
    token,
    dry_run: true,
  })
  expect(JSON.parse(shown.textAt('request', 'body'))).toEqual({ word: '' })
})

test('payments go on while their adapter changes again and again: each is answered by one version or the other', async () => {
  const fast = (word: string) =>
    slow(word).replace("query: 'ms=1500'", "query: 'ms=5'").replace("id: 'slow'", "id: 'fast'")
  write('fast.ts', fast('version-0'))
  await server.program.waitForLine(/"event":"adapter\.loaded","adapter":"fast"/)
  const id = await account('fast', { secret: 'secret' })
  const references = new Set<string>()
  let changes = 0
  let paid = 0
  const shopper = async () => {
    while (changes < 8) {
      const said = await server.call('POST', '/v1/forward', { account: id, operation: 'purchase' })
      expect(said.at('outcome', 'kind'), said.text).toBe('approved')
      references.add(said.textAt('outcome', 'reference'))
      paid++
    }
  }
  const shoppers = [shopper(), shopper(), shopper(), shopper()]
  for (let version = 1; version <= 8; version++) {
    const text = fast(`version-${version}`)
    const sum = createHash('sha256').update(text).digest('hex')
    write('fast.ts', text)
    await server.program.waitForLine(new RegExp(`"event":"adapter\\.reloaded".*${sum}`))
    changes = version
  }
  await Promise.all(shoppers)
  console.log(`${paid} payments over 8 changes of their adapter, none lost`)
  expect(paid).toBeGreaterThan(8)
  expect(references.size).toBeGreaterThan(4)
}, 60_000)

test('pins decide what is loaded, and what runs outside of the sandbox', async () => {
  await server.program.stop()
  const clock = adapterText('clock', { top: 'const at = Date.now()' }).replace(
    "word: 'one'",
    'word: at > 0',
  )
  write('clock.ts', clock)
  const pins = { clock: createHash('sha256').update(clock).digest('hex'), slow: '0'.repeat(64) }
  const pinned = { ...env, PANGATE_ADAPTERS_PINS: JSON.stringify(pins) }
  server = await shop.serve({ ...pinned, PANGATE_ADAPTERS_TRUSTED: 'clock' })
  const log = server.program.stderr()
  expect(log).toMatch(/"event":"adapter\.loaded","adapter":"clock"/)
  expect(log).toMatch(
    /"adapter":"slow","file":"slow\.ts","line":1,"reason":"is not what was pinned/,
  )
  expect(log).toMatch(/"adapter":"stripe_two".*"reason":"is not pinned/)
  // Accounts of adapters that are gone can still be read.
  expect((await server.call('GET', '/v1/accounts')).status).toBe(200)
  const dry = { account: await account('clock', { secret: 's' }), operation: 'purchase', token }
  const shown = await server.call('POST', '/v1/forward', { ...dry, dry_run: true })
  expect(shown.textAt('request', 'body')).toBe('{"word":true,"number":"{{ card.number }}"}')
  // What runs outside of the sandbox is that very file, and no later one.
  write('clock.ts', clock.replace('at > 0', 'at < 0'))
  const [line] = await server.program.waitForLine(
    /.*"event":"adapter\.refused","adapter":"clock".*/,
  )
  expect(JSON.parse(line).reason).toStartWith('is not what was pinned: its sha256 is ')
  const after = await server.call('POST', '/v1/forward', { ...dry, dry_run: true })
  expect(after.textAt('request', 'body')).toBe(shown.textAt('request', 'body'))
  const listed = await shop.command('adapter', 'list', '--adapters', 'adapters', '--json')
  expect(JSON.parse(listed)).toContainEqual(
    expect.objectContaining({ id: 'stripe', origin: 'built-in', trusted: false, pinned: false }),
  )
})

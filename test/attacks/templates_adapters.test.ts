/**
 * @module Adapters that are bad on purpose, in the folder of a running executable: each costs its own request, and no other.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { adapterText } from '../external/support.ts'
import { stopAll } from '../support/binary.ts'
import { install, type Installed } from '../support/installed.ts'
import { respond, startWire, type Wire } from '../support/wire.ts'
import { callers, things, type Things } from './leaks_calls.ts'
import { watch, type Kept, type Watched } from './leaks_world.ts'

setDefaultTimeout(120_000)

const FILES = join(import.meta.dir, '../external/hostile')
const hostile = readdirSync(FILES).map((name) => name.replace('.ts', ''))

/** What an honest payment may take beside a bad one, on a busy machine. */
const HONEST_MS = 4_000

/** Signs the bytes that it is given, changes all that it is given, and adds headers that are not its own to set. */
const SIGNER = (id: string): string =>
  adapterText(id, {
    more: `sign: (request) => {
      const digest = crypto.hash('sha256', request.bytes)
      const before = request.url
      const changes = [
        () => { (request.bytes as Uint8Array).fill(48) },
        () => { (request as any).bytes = new Uint8Array([48]) },
        () => { (request as any).url = 'https://elsewhere.example/' },
        () => { (request as any).method = 'DELETE' },
        () => { (request.headers as any)['content-type'] = 'text/plain' },
        () => { (request.fields as any).number = '0' },
        () => { (request.fields as any).added = 'x' },
      ]
      for (const change of changes) { try { change() } catch {} }
      return { 'x-digest': digest, 'x-url': before }
    },`,
  })

let wire: Wire
let installed: Installed
let watched: Watched
let all: Things
beforeAll(async () => {
  wire = await startWire()
  wire.reply = ({ socket, body }) => respond(socket, body)
  installed = await install(wire)
  const folder = join(installed.dir, 'adapters')
  mkdirSync(folder)
  cpSync(FILES, folder, { recursive: true })
  for (const id of ['honest', 'signer']) {
    writeFileSync(join(folder, `${id}.ts`), id === 'honest' ? adapterText(id) : SIGNER(id))
  }
  watched = await watch(installed, { env: { PANGATE_ADAPTERS_DIR: 'adapters' } })
  all = await things(watched, await callers(installed), wire.url)
})
afterAll(async () => {
  await stopAll()
  await wire.stop()
})

async function accountOf(own: Things, adapter: string): Promise<string> {
  const credentials = { secret: 'a secret of it' }
  return own.id('/v1/accounts', {
    ...{ adapter, mode: 'sandbox', name: adapter, credentials },
    base_url: wire.url,
  })
}

async function pay(server: Watched, own: Things, account: string): Promise<Kept> {
  const body = {
    ...{ account, operation: 'purchase', reference: 'r1', amount: { minor: 100, currency: 'EUR' } },
    token: await own.token(),
    cvc_session: await own.session(),
  }
  const answer = await server.call('POST', '/v1/forward', {
    headers: { authorization: `Bearer ${own.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer) throw new Error('no answer')
  return answer
}

test('T10 each bad adapter, with an honest payment beside it: an answer of ours to one, a payment of the other, no card anywhere', async () => {
  const honest = await accountOf(all, 'honest')
  const counts = { refused: 0, failed: 0, sent: 0 }
  for (const id of hostile) {
    const account = await accountOf(all, id)
    if (account === 'none' || id === 'stripe') {
      counts.refused++
      continue
    }
    const bad = pay(watched, all, account)
    const begun = performance.now()
    const good = await pay(watched, all, honest)
    const ms = performance.now() - begun
    expect(good.status, `beside ${id}: ${good.text}`).toBe(200)
    expect(ms, `beside ${id}`).toBeLessThan(HONEST_MS)
    const answer = await bad
    expect([200, 400, 422, 500, 502], `${id}: ${answer.text}`).toContain(answer.status)
    const read: { readonly error?: { readonly sent: string }; readonly sent?: string } = JSON.parse(
      answer.text,
    )
    expect(read.error?.sent ?? read.sent, `${id}: ${answer.text}`).toMatch(/^(?:no|yes)$/)
    counts[answer.status === 200 ? 'sent' : 'failed']++
  }
  console.log(`T10: ${hostile.length} adapters`, counts)
  expect(counts.failed).toBeGreaterThan(20)
  expect(counts.sent).toBeGreaterThan(15)
  expect((await watched.call('GET', '/healthz'))?.status).toBe(200)
  await watched.numbers()
  expect((await watched.look()).hits).toEqual([])
})

async function expectSigned(server: Watched, own: Things): Promise<void> {
  wire.requests.length = 0
  const answer = await pay(server, own, await accountOf(own, 'signer'))
  expect(answer.status, answer.text).toBe(200)
  const [request] = wire.requests
  const header = (name: string): string =>
    request?.head
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.replace(/^[^:]*:\s*/, '') ?? ''
  expect(request?.line).toBe('POST /pay HTTP/1.1')
  expect(header('x-digest')).toBe(
    createHash('sha256')
      .update(request?.body ?? '')
      .digest('hex'),
  )
  expect(header('x-url')).toBe(`${wire.url}/pay`)
  expect(header('content-type')).toBe('application/json')
  expect(Number(header('content-length'))).toBe(Buffer.byteLength(request?.body ?? ''))
  expect(Object.keys(JSON.parse(request?.body ?? '{}'))).toEqual(['word', 'number'])
}

test('T11 what is signed is what is sent, whatever a signing adapter does to what it was given: in the sandbox', async () => {
  await expectSigned(watched, all)
})

test('T11 what is signed is what is sent: outside of the sandbox, as built-in adapters run', async () => {
  const text = SIGNER('signer')
  const trusted = await install(wire)
  mkdirSync(join(trusted.dir, 'adapters'))
  writeFileSync(join(trusted.dir, 'adapters', 'signer.ts'), text)
  const server = await watch(trusted, {
    env: {
      PANGATE_ADAPTERS_DIR: 'adapters',
      PANGATE_ADAPTERS_PINS: JSON.stringify({
        signer: createHash('sha256').update(text).digest('hex'),
      }),
      PANGATE_ADAPTERS_TRUSTED: '["signer"]',
    },
  })
  const own = await things(server, await callers(trusted), wire.url)
  await expectSigned(server, own)
  await server.served.program.stop()
})

/**
 * @module The audit log of the executable: whoever changes its file is found, and what is refused stands in it.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { run } from '../support/binary.ts'
import { auditLines, databaseOf, linesOf } from '../support/audit.ts'
import type { Reply } from '../support/installed.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { tamper, TAMPERINGS } from '../support/tampering.ts'
import { SHIPPED_LIMITS } from '../support/limits.ts'

let shop: Shop
let path: string
beforeAll(async () => {
  shop = await openShop({
    PANGATE_LIMITS_ADDRESS_FAILURES: SHIPPED_LIMITS.PANGATE_LIMITS_ADDRESS_FAILURES,
  })
  path = databaseOf(shop.installed.dir)
})
afterAll(() => shop.stop())

const HOLE = '{{ card.number }}'

/** Refusals are told before their line is written; what is written after it stands behind it. */
async function linesAfter(answer: Reply) {
  await shop.token()
  return linesOf(path, answer.headers.get('x-request-id'))
}

/** `pangate audit verify`, with its status: 1 where anything was found. */
async function verify(...heads: readonly string[]) {
  const given = heads.flatMap((head) => ['--head', head])
  const done = await run(['audit', 'verify', '--json', ...given], { dir: shop.installed.dir })
  const told: { ok: boolean; lines: number; found: string[]; heads: { chain: string }[] } =
    JSON.parse(done.stdout)
  expect(done.status, done.stdout).toBe(told.ok ? 0 : 1)
  return told
}

test('S01 what is sent where it may not: one line, with who, where and which request, in every dialect', async () => {
  const token = await shop.token()
  const url = 'https://elsewhere.example/pay'
  const nobody = { authorization: '' }
  const answers = [
    await shop.call('POST', '/v1/forward', { token, request: { url, body: { n: HOLE } } }),
    await shop.call('POST', '/proxy', JSON.stringify({ n: `{{ ${token} }}` }), {
      ...nobody,
      'bt-api-key': shop.key,
      'bt-proxy-url': url,
    }),
    await shop.call('POST', '/tenants/shop/proxy', '{}', {
      ...nobody,
      'bt-authorization': `Bearer ${shop.key}`,
      'bt-target-url': url,
    }),
    await shop.call(
      'POST',
      '/proxy/transaction',
      { token, proxy_url: url, request_data: { n: '${cardNumber}' } },
      { ...nobody, 'x-api-key': shop.key },
    ),
    await shop.call('POST', '/v2/forwarded-requests', {
      token,
      destinationRequest: { url, method: 'POST', headers: {}, body: '{}' },
    }),
  ]
  for (const answer of answers) {
    const [line, ...more] = await linesAfter(answer)
    expect(more).toEqual([])
    expect(line).toMatchObject({
      action: 'access.refuse',
      actor: expect.stringMatching(/^key_/),
      tenant: shop.installed.tenant,
      subject: 'elsewhere.example:443',
    })
    expect(JSON.parse(line?.detail ?? '')).toMatchObject({ code: 'destination_denied' })
  }
})

test('T06 a token of another tenant: a line for the operator, and none that its finder may read', async () => {
  const token = await shop.token()
  await shop.installed.command('tenant', 'create', 'other')
  const scopes = 'tokens:read,admin'
  const made = await shop.installed.command(
    ...['key', 'create', '--tenant', 'other', '--scope', scopes, '--json'],
  )
  const as = { authorization: `Bearer ${JSON.parse(made).key}` }
  const answer = await shop.call('GET', `/v1/tokens/${token}`, undefined, as)
  expect(answer.status).toBe(404)
  const [line] = await linesAfter(answer)
  expect(line).toMatchObject({ action: 'access.refuse', tenant: null, subject: token })
  const read = await shop.call('GET', '/v1/audit?limit=100', undefined, as)
  expect(read.status).toBe(200)
  expect(read.text).not.toContain(token)
  expect(read.text).toContain('"action":"key.create"')
  const never = await shop.call('GET', '/v1/tokens/tok_01m7yg0000000000000000000x', undefined, as)
  expect(await linesAfter(never)).toEqual([])
})

test('P10 a missing scope: a line with who and what', async () => {
  const made = await shop.installed.command(
    ...['key', 'create', '--tenant', 'shop', '--scope', 'forward', '--json'],
  )
  const { id, key } = JSON.parse(made)
  const answer = await shop.call('GET', '/v1/keys', undefined, { authorization: `Bearer ${key}` })
  expect(answer.status).toBe(403)
  const [line] = await linesAfter(answer)
  expect(line).toMatchObject({ action: 'access.refuse', actor: id })
  expect(JSON.parse(line?.detail ?? '')).toMatchObject({ code: 'forbidden', route: '/v1/keys' })
})

test('P09 an address that guesses: one line when it is locked out, however often it tries', async () => {
  const as = { authorization: 'Bearer pgk_live_guessed' }
  let status = 401
  for (let tries = 0; status === 401 && tries < 200; tries++) {
    status = (await shop.call('GET', '/v1/tokens', undefined, as)).status
  }
  expect(status).toBe(429)
  for (let i = 0; i < 20; i++) await shop.call('GET', '/v1/tokens', undefined, as)
  await shop.token()
  const lines = auditLines(path).filter(({ action }) => action === 'access.lock')
  expect(lines.map(({ subject }) => subject)).toEqual(['127.0.0.1'])
  // Who has a key is not locked out with them.
  expect((await shop.call('GET', '/v1/tokens?limit=1')).status).toBe(200)
})

test('D11 lines that were changed, removed, put elsewhere or inserted are named; heads of the log find what no line tells', async () => {
  const { installed, served } = shop
  for (let i = 0; i < 8; i++) {
    const made = await shop.call('POST', '/v1/destinations', { host: `host${i}.example` })
    expect(made.status).toBe(201)
  }
  const [{ chain = '' } = {}] = auditLines(path).filter(({ action }) => action === 'serve.start')
  const running = await verify()
  expect([running.ok, running.found]).toEqual([true, []])

  await served.program.stop()
  const heads = [
    ...served.program.stderr().matchAll(/"event":"audit.head".*"head":"([^"]+)"/g),
  ].map(([, head = '']) => head)
  expect(heads.at(-1)).toStartWith(`${chain}:`)
  const last = auditLines(path).findLast((line) => line.chain === chain)
  expect([last?.action, heads.at(-1)?.split(':')[1]]).toEqual(['serve.stop', String(last?.seq)])
  expect((await verify(...heads)).ok).toBe(true)

  // The next process names the head of this one.
  copyFileSync(path, `${path}.older`)
  await installed.command('tenant', 'create', 'third')
  copyFileSync(path, `${path}.whole`)
  const restore = (from: string): void => {
    for (const further of ['-wal', '-shm']) rmSync(path + further, { force: true })
    copyFileSync(from, path)
  }
  for (const [name, tampering] of Object.entries(TAMPERINGS)) {
    tamper(path, chain, tampering)
    const { ok, found } = await verify()
    expect(ok, name).toBe(false)
    const own = found.find((one) => one.startsWith(`chain ${chain}: `))
    expect(own, `${name}: ${found}`).toMatch(tampering.says)
    restore(`${path}.whole`)
  }
  const whole = await verify()
  expect(whole.ok).toBe(true)
  console.log(`D11: ${Object.keys(TAMPERINGS).length} ways of changing ${whole.lines} lines`)

  // An older copy of the file is whole in itself: a head of after finds it.
  const [head] = (await headsOf()).filter((text) => !heads[0]?.startsWith(text.split(':')[0] ?? ''))
  restore(`${path}.older`)
  expect((await verify()).ok).toBe(true)
  expect((await verify(head ?? '')).found[0]).toMatch(/is gone, with its \d+ lines or more/)
  restore(`${path}.whole`)
  expect(existsSync(`${path}-wal`)).toBe(false)
  shop = { ...shop, served: await installed.serve() }
}, 60_000)

test('D11 two worker processes write one chain; killed in the middle they leave no line twice, and no gap', async () => {
  const busy = await openShop({ PANGATE_SERVER_WORKERS: '2' })
  const { dir } = busy.installed
  const token = await busy.token()
  const request = { body: { n: '{{ card.number }}' } }
  const send = () => busy.forward('/pay', request, { token }).catch(() => null)
  const answered = (await Promise.all(Array.from({ length: 60 }, send))).filter(Boolean).length
  expect(answered).toBe(60)
  const load = Array.from({ length: 300 }, send)
  await Promise.race(load)
  await busy.served.program.stop('SIGKILL')
  await Promise.all(load)
  const lines = auditLines(databaseOf(dir))
  const chains = lines.filter(({ action }) => action === 'vault.open').map(({ chain }) => chain)
  expect(new Set(chains).size).toBe(1)
  // Whatever reached the PSP was written down before.
  expect(chains.length).toBeGreaterThanOrEqual(busy.wire.requests.length)
  const done = await run(['audit', 'verify'], { dir })
  expect([done.status, done.stdout]).toEqual([0, expect.stringMatching(/^ok: /)])
  await busy.wire.stop()
}, 30_000)

/** The head of every chain, as text; the newest chain is the first. */
async function headsOf(): Promise<readonly string[]> {
  const done = await shop.installed.command('audit', 'verify')
  return [...done.matchAll(/^ {2}(chn_\S+)$/gm)].map(([, head = '']) => head).toReversed()
}

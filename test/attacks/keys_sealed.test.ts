/**
 * @module A server whose master key is in shares: sealed until enough of them are given, and nothing else opens it.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binaryPath, run, start, stopAll, type Program } from '../support/binary.ts'
import { caller } from '../support/installed.ts'
import { freePort } from '../support/ports.ts'
import { keyed, type Keyed } from './keys_support.ts'

let shop: Keyed
let token: string
let shares: readonly string[]
let other: readonly string[]
let old: string

/** An installation with a card, whose key was split and then destroyed. */
beforeAll(async () => {
  shop = await keyed()
  const { dir, command } = shop.installed
  const served = await shop.serve()
  token = await shop.store(served)
  await served.program.stop()
  shares = (await command('master-key', 'split')).trim().split('\n')
  other = (await command('master-key', 'split', '--shares', '4', '--threshold', '3'))
    .trim()
    .split('\n')
  const file = join(dir, 'pangate.toml')
  old = readFileSync(file, 'utf8')
  rmSync(join(dir, 'master.key'))
}, 30_000)
afterAll(stopAll)

interface Sealed {
  readonly program: Program
  readonly url: string
  readonly admin: string
  unseal(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | null
}

async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  return {
    status: response.status,
    text: await response.text(),
    retryAfter: response.headers.get('retry-after'),
  }
}

async function startSealed(): Promise<Sealed> {
  const { dir } = shop.installed
  const [port, adminPort] = [await freePort(), await freePort()]
  const text = old
    .replace(/^listen = .*$/m, `listen = "127.0.0.1:${port}"`)
    .replace(/^admin_listen = .*$/m, `admin_listen = "127.0.0.1:${adminPort}"`)
    .replace(/^master_key_file = .*$/m, 'custody = "shares"')
  writeFileSync(join(dir, 'pangate.toml'), text)
  const program = start(['serve'], { dir })
  await program.waitForLine(/"event":"sealed"/)
  const admin = `http://127.0.0.1:${adminPort}`
  return {
    program,
    url: `http://127.0.0.1:${port}`,
    admin,
    unseal: (body, headers = { 'content-type': 'application/json' }) =>
      ask(`${admin}/unseal`, { method: 'POST', headers, body: JSON.stringify(body) }),
  }
}

const openFiles = (pid: number): readonly string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
    } catch {
      // Closed meanwhile.
      return []
    }
  })

test('K01 sealed: every route of the API and the admin listener says so, and the database is not open', async () => {
  const { program, url, admin } = await startSealed()
  const described = await run(['openapi'])
  const { paths }: { readonly paths: Record<string, Record<string, unknown>> } = JSON.parse(
    described.stdout,
  )
  let routes = 0
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods)) {
      const concrete = path.replace(/\{[^}]*\}/g, token)
      if (concrete === '/healthz') continue
      const answer = await ask(url + concrete, {
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${shop.reader}`, 'content-type': 'application/json' },
        ...(/^(?:post|put|patch)$/.test(method) && { body: '{}' }),
      })
      expect(answer.status, `${method} ${path}`).toBe(503)
      expect(JSON.parse(answer.text).error.code, `${method} ${path}`).toBe('sealed')
      expect(answer.retryAfter).toBe('1')
      routes++
    }
  }
  console.log(`K01: ${routes} routes sealed`)
  expect(routes).toBeGreaterThan(30)
  for (const path of ['/readyz', '/unseal', '/nowhere', '/docs', '/metrics']) {
    expect((await ask(url + path)).status, path).toBe(503)
  }
  for (const path of ['/readyz', '/metrics', '/nowhere']) {
    expect((await ask(admin + path)).status, path).toBe(503)
  }
  for (const base of [url, admin]) {
    expect(await ask(`${base}/healthz`)).toMatchObject({ status: 200, text: '{"status":"ok"}' })
  }
  expect(JSON.parse((await ask(`${admin}/unseal`)).text)).toEqual({
    sealed: true,
    have: 0,
    need: 0,
  })
  if (process.platform === 'linux') {
    expect(openFiles(program.pid).filter((path) => path.includes('pangate.db'))).toEqual([])
  }
  expect((await program.stop()).status).toBe(0)
}, 30_000)

test('K01 two shares unseal it without a restart, by the command, which shows nothing of them', async () => {
  const { program, url } = await startSealed()
  const { dir } = shop.installed
  const [first = '', second = ''] = shares
  const one = await run(['unseal'], { dir, stdin: `${first}\n` })
  expect([one.status, one.stdout]).toEqual([0, 'sealed: 1 of 2 given\n'])
  const two = await run(['unseal'], { dir, stdin: second.toLowerCase() })
  expect([two.status, two.stdout]).toEqual([0, 'unsealed: it serves\n'])
  await program.waitForLine(/"event":"listening"/)
  const call = caller(url, shop.reader)
  const shown = await call('POST', `/v1/tokens/${token}/reveal`)
  expect(shown.textAt('card', 'number')).toBe(shop.cards.get(token) ?? '')
  expect((await run(['unseal'], { dir, stdin: first })).stdout).toBe('it is not sealed\n')
  // Other commands ask for shares, too.
  const listed = await run(['tenant', 'list', '--json'], { dir, stdin: shares.slice(1).join('\n') })
  expect(listed.stdout).toContain('"name":"shop"')
  const refused = await run(['tenant', 'list'], { dir, stdin: 'hunter2\n' })
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain('this is no share')
  const audited = await run(['audit', 'list', '--action', 'vault.unseal'], {
    dir,
    stdin: shares.slice(0, 2).join('\n'),
  })
  expect(audited.stdout).toContain('vault.unseal')
  await program.stop()
  const printed = program.stderr() + program.stdout() + one.stderr + two.stderr + refused.stderr
  for (const share of shares) expect(printed).not.toContain(share.slice(9))
}, 30_000)

test('K01 what is typed at the terminal does not show', async () => {
  const { program } = await startSealed()
  const { dir } = shop.installed
  const [first = ''] = shares
  // A terminal of its own, by script(1).
  const typed = Bun.spawn(['script', '-qec', `${binaryPath()} unseal`, '/dev/null'], {
    cwd: dir,
    env: { TERM: 'dumb' },
    stdin: 'pipe',
    stdout: 'pipe',
  })
  let shown = ''
  let answered = false
  for await (const chunk of typed.stdout) {
    shown += new TextDecoder().decode(chunk)
    if (!shown.includes('Share: ') || answered) continue
    answered = true
    typed.stdin.write(`${first}\r`)
    await typed.stdin.flush()
  }
  await typed.exited
  expect(shown).toContain('sealed: 1 of 2 given')
  expect(shown).not.toContain(first.slice(9, 30))
  await program.stop()
}, 30_000)

test('K02 wrong, repeated, mixed and too many shares: sealed still, the same answers, in the log', async () => {
  const { program, unseal, url } = await startSealed()
  const [first = '', second = ''] = shares
  const offer = async (share: unknown): Promise<string> => {
    const { status, text } = await unseal({ share })
    const { sealed, refused = 'taken' } = JSON.parse(text)
    expect(sealed).toBe(true)
    return `${status} ${refused}`
  }
  expect(await offer('')).toBe('400 malformed')
  expect(await offer('x'.repeat(3000))).toBe('400 malformed')
  expect(await offer(first.slice(0, -1))).toBe('400 malformed')
  expect(await offer(first)).toBe('200 taken')
  expect(await offer(first)).toBe('400 duplicate')
  expect(await offer(other[0])).toBe('400 other_set')
  // Two different wrong shares are told the same, letter for letter.
  const [one, two] = [await unseal({ share: 'AAAA' }), await unseal({ share: `${second}0` })]
  expect(one).toEqual(two)
  for (const body of [{}, [], null, { share: 5 }, { reset: 'yes' }]) {
    expect((await unseal(body)).status).toBe(400)
  }
  expect((await unseal({ share: second }, { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await unseal({ share: 'y'.repeat(10_000) })).status).toBe(413)
  for (let at = 0; at < 3; at++) await unseal({ share: 'x' })
  const late = await unseal({ share: second })
  expect([late.status, JSON.parse(late.text).refused]).toEqual([429, 'too_often'])
  expect(Number(late.retryAfter)).toBeGreaterThan(0)
  expect((await ask(`${url}/readyz`)).status).toBe(503)
  await program.stop()
  const log = program.stderr()
  for (const code of ['malformed', 'duplicate', 'other_set', 'too_often']) {
    expect(log).toContain(`"event":"unseal.refused","code":"${code}"`)
  }
  for (const share of [...shares, ...other]) expect(log).not.toContain(share.slice(9, 40))
}, 30_000)

test("K02 shares of another database's key make nothing, and those who began with them begin again", async () => {
  const { program, unseal } = await startSealed()
  const stranger = await keyed()
  const foreign = (await stranger.installed.command('master-key', 'split')).trim().split('\n')
  expect(JSON.parse((await unseal({ share: foreign[0] })).text)).toMatchObject({ have: 1 })
  expect(JSON.parse((await unseal({ share: foreign[1] })).text)).toMatchObject({
    sealed: true,
    refused: 'wrong_key',
    have: 0,
  })
  // One of another split of the right key, forgotten on demand.
  await unseal({ share: other[0] })
  expect(JSON.parse((await unseal({ reset: true })).text)).toEqual({
    sealed: true,
    have: 0,
    need: 0,
  })
  for (const share of other.slice(0, 3)) await unseal({ share })
  await program.waitForLine(/"event":"listening"/)
  await program.stop()
}, 30_000)

test('K04 a key in shares is changed for another, with new shares', async () => {
  const { program, unseal, url } = await startSealed()
  const { dir } = shop.installed
  for (const share of shares.slice(0, 2)) await unseal({ share })
  await program.waitForLine(/"event":"listening"/)
  const stopped = await run(['master-key', 'rotate', '--wait', '0'], {
    dir,
    stdin: [...shares.slice(0, 2), 'not yet'].join('\n'),
  })
  expect(stopped.status).toBe(1)
  expect(stopped.stderr).toContain('nothing was changed')
  const changed = await run(['master-key', 'rotate', '--wait', '6'], {
    dir,
    stdin: [...shares.slice(0, 2), 'kept'].join('\n'),
  })
  expect(changed.status, changed.stderr).toBe(0)
  const fresh = changed.stdout.split('\n').filter((line) => line.startsWith('PANGATE1-'))
  expect(fresh).toHaveLength(3)
  const shown = await caller(url, shop.reader)('POST', `/v1/tokens/${token}/reveal`)
  expect(shown.textAt('card', 'number')).toBe(shop.cards.get(token) ?? '')
  await program.stop()
  const again = await startSealed()
  for (const share of shares.slice(0, 2)) await again.unseal({ share })
  expect((await ask(`${again.url}/readyz`)).status).toBe(503)
  for (const share of fresh.slice(1)) await again.unseal({ share })
  await again.program.waitForLine(/"event":"listening"/)
  await again.program.stop()
}, 60_000)

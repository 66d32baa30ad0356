/** @module `pangate doctor`: all reasons at once, each with what to do, and nothing is changed. */
import { expect, test } from 'bun:test'
import { createClient } from '@libsql/client'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { folder, installation, join, json, pangate, type Options } from './support.ts'

interface Finding {
  readonly level: string
  readonly check: string
  readonly message: string
  readonly next: string | null
}

/** What it finds, and its status. Every finding that is not in order must say what is next. */
async function doctor(
  at: Options,
  env: Readonly<Record<string, string>> = {},
): Promise<{ status: number | null; all: readonly Finding[]; told: (level: string) => string }> {
  const { status, stdout, stderr } = await pangate(['doctor', '--json'], {
    ...at,
    env: { ...at.env, ...env },
  })
  expect(stderr).toBe('')
  const all: readonly Finding[] = JSON.parse(stdout)
  expect(all.filter(({ level, next }) => (level === 'ok') !== (next === null))).toEqual([])
  const told = (level: string): string =>
    all
      .filter((one) => one.level === level)
      .map(({ check, message }) => `${check}: ${message}`)
      .join('\n')
  return { status, all, told }
}

test('a fresh installation runs, and is told what is still to be done', async () => {
  const at = await installation()
  const first = await doctor(at)
  expect(first.status).toBe(0)
  expect(first.told('note')).toContain('is made at the first start')
  expect(existsSync(join(at.cwd, 'data/pangate.db'))).toBe(false)

  await json(['tenant', 'create', 'acme'], at)
  const second = await doctor(at)
  expect(second.told('note')).toBe('tenant acme: it has no API key and no OAuth client')
  await json(['key', 'create', '--tenant', 'acme', '--scope', 'forward'], at)
  const third = await doctor(at)
  expect(third.all.filter(({ level }) => level !== 'ok')).toEqual([])
  const { stdout, status } = await pangate(['doctor'], at)
  expect(status).toBe(0)
  expect(stdout).toMatch(/^ok {7}environment: /)
})

test('tells everything that is wrong at once', async () => {
  const at = await installation()
  await json(['tenant', 'create', 'acme'], at)
  const key = join(at.cwd, 'master.key')
  chmodSync(key, 0o644)
  chmodSync(join(at.cwd, 'data/pangate.db'), 0o644)
  const ca = join(at.cwd, 'ca.pem')
  writeFileSync(ca, 'no certificate')
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A server that listens on a TCP port has an address with a port.
  const { port } = server.address() as AddressInfo
  const { status, all, told } = await doctor(at, {
    NODE_OPTIONS: '--no-warnings',
    PANGATE_EGRESS_CA_FILE: ca,
    PANGATE_SERVER_LISTEN: `127.0.0.1:${port}`,
  })
  server.close()
  expect(status).toBe(1)
  const fatal = told('fatal')
  expect(fatal).toContain('environment: NODE_OPTIONS is set')
  expect(fatal).toContain(`master key: the master key file ${key} can be read by other users`)
  expect(fatal).toContain(`certificate authorities: ${ca} has no certificate`)
  expect(fatal).toContain(`listen: cannot listen on 127.0.0.1:${port}`)
  expect(told('warning')).toContain('pangate.db can be opened by every user')
  expect(all.map(({ next }) => next)).toContain(`run: chmod 600 ${key}`)
  expect(all.map(({ next }) => next)).toContain('unset NODE_OPTIONS')
})

test('tells every problem of the configuration, and all the rest that needs none', async () => {
  const at = await installation()
  const file = join(at.cwd, 'pangate.toml')
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n[lgo]\nlevel = "info"\n`)
  const { status, told } = await doctor(at, { PANGATE_LOG_LEVEL: 'loud', BUN_OPTIONS: '--smol' })
  expect(status).toBe(1)
  expect(told('fatal').split('\n')).toEqual([
    expect.stringContaining('environment: BUN_OPTIONS is set'),
    expect.stringMatching(/^configuration: pangate\.toml:\d+: \[lgo\] is unknown/),
    expect.stringContaining('configuration: PANGATE_LOG_LEVEL: must be'),
  ])
  const none = await doctor({ cwd: folder() })
  expect(none.told('fatal')).toBe('configuration: there is no pangate.toml here')
})

test('knows a wrong key, a missing folder, a newer database, and what is no database', async () => {
  const at = await installation()
  await json(['tenant', 'create', 'acme'], at)
  const other = await installation()
  const wrong = await doctor(at, { PANGATE_VAULT_MASTER_KEY_FILE: join(other.cwd, 'master.key') })
  expect(wrong.told('fatal')).toContain('database: this is the wrong master key')

  const missing = await doctor(at, { PANGATE_DATABASE_URL: `file:${at.cwd}/no/pangate.db` })
  expect(missing.told('fatal')).toContain(`its folder ${at.cwd}/no does not exist`)
  expect(existsSync(join(at.cwd, 'no'))).toBe(false)

  const path = join(at.cwd, 'data/pangate.db')
  const client = createClient({ url: `file:${path}` })
  await client.execute(`insert into pangate_migrations values (99, '0099_later', 'x', 0)`)
  client.close()
  const newer = await doctor(at)
  expect(newer.told('fatal')).toContain('database: the database is newer than this program')

  writeFileSync(join(at.cwd, 'text.db'), 'This is no database. '.repeat(1000))
  const text = await doctor(at, { PANGATE_DATABASE_URL: `file:${at.cwd}/text.db` })
  expect(text.told('fatal')).toContain('cannot be opened')
  expect([wrong, missing, newer, text].map(({ status }) => status)).toEqual([1, 1, 1, 1])
})

test('warns of destinations that nothing would be sent to, and of accounts without one', async () => {
  const at = await installation()
  await json(['tenant', 'create', 'acme'], at)
  const add = ['destination', 'add', '--tenant', 'acme']
  await json([...add, '127.0.0.1', '--port', '8443'], at)
  await json([...add, 'nowhere.invalid'], at)
  const account = ['account', 'add', '--tenant', 'acme', '--adapter', 'stripe', '--mode', 'live']
  await pangate([...account, '--name', 'main', '--credential', 'api_key=-'], { ...at, stdin: 'sk' })
  const found = await doctor(at)
  expect(found.status).toBe(0)
  const warnings = found.told('warning')
  expect(warnings).toContain('destination 127.0.0.1 of acme: it leads to 127.0.0.1, which is not')
  expect(warnings).toContain('destination nowhere.invalid of acme: the name does not resolve here')
  expect(warnings).toContain('account main of acme: its host api.stripe.com:443 is not among')
  const allowed = await doctor(at, { PANGATE_EGRESS_PRIVATE_NETWORKS: '127.0.0.0/8' })
  expect(allowed.told('warning')).not.toContain('127.0.0.1')
})

/** @module The executable set up for a bench: a tenant, a key, a listed PSP, a stored card, accounts. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MERCHANTS } from '../../src/sandbox/praxis/merchants.ts'
import { freePort, freshFolder, start, type Child } from './child.ts'
import { CORES } from './machine.ts'
import { executable } from './options.ts'
import type { Upstream } from './upstream.ts'

export interface Site {
  readonly dir: string
  readonly tenant: string
  readonly key: string
  readonly env: Readonly<Record<string, string>>
}

export interface Pangate {
  readonly site: Site
  readonly child: Child
  readonly url: string
  readonly admin: string
  readonly token: string
  /** Of the token, each for any number of forwards, one at a time. */
  readonly sessions: readonly string[]
  call(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>
}

/** Limits are not what is measured; a log line a request is neither: proxies beside it write none. */
const ENV: Readonly<Record<string, string>> = {
  PANGATE_LOG_LEVEL: 'warn',
  PANGATE_SESSIONS_CVC_POLICY: 'grace',
  PANGATE_SESSIONS_CVC_TTL_SECONDS: '3600',
  PANGATE_LIMITS_KEY_RATE: 'none',
  PANGATE_LIMITS_TENANT_RATE: 'none',
  PANGATE_LIMITS_CONCURRENT_REQUESTS: '0',
  PANGATE_LIMITS_CONCURRENT_PER_DESTINATION: '0',
}

/** So many that one is free again long before its turn comes. */
const SESSIONS = 1024

/** Where an installation of a bench keeps its data. */
export function databaseOf({ dir }: Pick<Site, 'dir'>): string {
  return join(dir, 'pangate.db')
}

/** Runs one command of the executable; throws with what it printed. */
export function command(site: Pick<Site, 'dir' | 'env'>, ...args: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([executable(), ...args], {
    cwd: site.dir,
    env: { ...site.env },
  })
  if (exitCode === 0) return stdout.toString()
  throw new Error(`pangate ${args.join(' ')}: ${stdout.toString()}${stderr.toString()}`)
}

/** An installation in a folder of its own, that may send to one PSP. */
export function install(
  { caFile, tlsPort }: Pick<Upstream, 'caFile' | 'tlsPort'>,
  more: Readonly<Record<string, string>> = {},
  dir = freshFolder(),
): Site {
  const env = {
    ...ENV,
    PANGATE_DATABASE_URL: `file:${databaseOf({ dir })}`,
    PANGATE_EGRESS_CA_FILE: caFile,
    PANGATE_EGRESS_PRIVATE_NETWORKS: '["127.0.0.0/8", "::1/128"]',
    ...more,
  }
  const site = { dir, env }
  command(site, 'init')
  const scopes = 'tokens:write,tokens:read,forward,forwards:read,admin'
  const tenant = idIn(command(site, 'tenant', 'create', 'shop', '--json'), 'id')
  const made = command(site, 'key', 'create', '--tenant', 'shop', '--scope', scopes, '--json')
  const port = String(tlsPort)
  command(site, 'destination', 'add', 'localhost', '--port', port, '--tenant', 'shop')
  return { ...site, tenant, key: idIn(made, 'key') }
}

/** An installation of an earlier run, that may send to this run's PSP. */
export function installedBefore(
  site: Site,
  { caFile, tlsPort }: Parameters<typeof install>[0],
): Site {
  const own = { ...site, env: { ...site.env, PANGATE_EGRESS_CA_FILE: caFile } }
  command(own, 'destination', 'add', 'localhost', '--port', `${tlsPort}`, '--tenant', 'shop')
  return own
}

/** Serves an installation on a core, and stores a card in it. */
export async function serve(
  site: Site,
  cores: string | null = CORES.subject,
  more: Readonly<Record<string, string>> = {},
): Promise<Pangate> {
  const [port, adminPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  const child = await start([executable(), 'serve'], {
    cores,
    cwd: site.dir,
    env: {
      ...site.env,
      PANGATE_SERVER_LISTEN: `127.0.0.1:${port}`,
      PANGATE_SERVER_ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
      ...more,
    },
    ready: `${url}/readyz`,
  })
  const call: Pangate['call'] = async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${site.key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json()
    if (response.ok && isRecord(answer)) return answer
    throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
  }
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034, holder: 'Ann Example' }
  const token = String((await call('POST', '/v1/tokens', { type: 'card', card }))['id'])
  const sessions: string[] = []
  for (let i = 0; i < SESSIONS; i++) {
    sessions.push(String((await call('POST', '/v1/cvc-sessions', { cvc: '123', token }))['id']))
  }
  return { site, child, url, admin: `http://127.0.0.1:${adminPort}`, token, sessions, call }
}

/** Adds an account whose PSP is the bench's own. */
export async function account(
  { call }: Pangate,
  adapter: 'stripe' | 'praxis',
  base_url: string,
): Promise<string> {
  const [{ merchant_id, application_key, secret }] = MERCHANTS
  const credentials =
    adapter === 'stripe'
      ? { api_key: 'sk_test_pangate' }
      : { merchant_id, application_key, merchant_secret: secret }
  const made = await call('POST', '/v1/accounts', {
    adapter,
    mode: 'sandbox',
    name: adapter,
    credentials,
    base_url,
  })
  return String(made['id'])
}

/** Settings under which Praxis' adapter comes from a file, and so runs in the sandbox of other people's code. */
export function praxisFromFile(): Readonly<Record<string, string>> {
  const dir = join(freshFolder(), 'adapters')
  mkdirSync(dir)
  copyFileSync(join(import.meta.dir, '../../adapters/praxis.ts'), join(dir, 'praxis.ts'))
  return { PANGATE_ADAPTERS_DIR: dir, PANGATE_ADAPTERS_REPLACE: 'praxis' }
}

function idIn(json: string, name: string): string {
  const value: unknown = JSON.parse(json)
  return isRecord(value) ? String(value[name]) : ''
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

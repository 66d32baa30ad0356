/** @module `pangate serve`: starts only in order, says what it does, loses nothing when it stops. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts'
import { canaryCard } from '../support/canary.ts'
import { freePort } from '../support/ports.ts'
import {
  type Body,
  installation,
  join,
  json,
  pangate,
  start,
  stopAll,
  type Options,
  type Running,
} from './support.ts'

interface Site {
  readonly options: Options
  readonly key: string
}

let sandbox: Sandbox
let site: Site

beforeAll(async () => {
  sandbox = await startSandbox({ dataDir: null })
  const made = await installation()
  const options = {
    ...made,
    env: {
      ...made.env,
      PANGATE_EGRESS_CA_FILE: sandbox.caFile,
      PANGATE_EGRESS_PRIVATE_NETWORKS: '127.0.0.0/8,::1/128',
    },
  }
  await json(['tenant', 'create', 'acme'], options)
  const scopes = 'forward,forwards:read,tokens:write'
  const { key } = await json(['key', 'create', '--tenant', 'acme', '--scope', scopes], options)
  const port = String(sandbox.port)
  await json(['destination', 'add', 'localhost', '--port', port, '--tenant', 'acme'], options)
  site = { options, key }
})
afterEach(stopAll)
afterAll(() => sandbox.stop())

/** A server that listens, with the URL of its API. */
async function serve(
  env: Readonly<Record<string, string>> = {},
): Promise<Running & { url: string }> {
  const program = start(['serve'], {
    ...site.options,
    env: { ...site.options.env, ...env },
  })
  const [, url = ''] = await program.line(/"event":"listening","address":"([^"]+)"/)
  return { ...program, url }
}

async function post(url: string, path: string, body: unknown): Promise<Body> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  // The tests know what each call answers, and fail where it does not.
  return (await response.json()) as Body
}

async function storeCard(url: string): Promise<string> {
  const card = { number: canaryCard(), exp_month: 12, exp_year: 2040 }
  return (await post(url, '/v1/tokens', { type: 'card', card })).id
}

/** A forward that the PSP answers after a while. */
function slow(url: string, token: string, ms: number, timeout_ms = 10_000): Promise<Body> {
  const body = { number: '{{ card.number }}' }
  const request = { url: `${sandbox.url}/slow?ms=${ms}`, body }
  return post(url, '/v1/forward', { token, timeout_ms, request })
}

/** Resolves when the sandbox has got one more request of that path than before. */
async function arrived(path: string, before: number): Promise<void> {
  while (count(path) <= before) await Bun.sleep(5)
}

function count(path: string): number {
  return sandbox.requests().filter((seen) => seen.path.startsWith(path)).length
}

/** The log's lines, each of which must be JSON. */
function events(program: Running): readonly { readonly event: string }[] {
  return program
    .stderr()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('while it runs', () => {
  test('prints nothing but its log, as JSON on standard error', async () => {
    const program = await serve()
    expect(await (await fetch(`${program.url}/healthz`)).json()).toEqual({ status: 'ok' })
    program.signal('SIGHUP')
    await program.line(/"event":"signal.ignored"/)
    expect(await program.stop()).toBe(0)
    expect(program.stdout()).toBe('')
    // `unsafe` tells of tests that run as root.
    const names = events(program).flatMap(({ event }) => (event === 'unsafe' ? [] : [event]))
    expect(names).toEqual([
      'listening',
      'request',
      'signal.ignored',
      'stopping',
      'audit.head',
      'stopped',
    ])
  })

  test('takes what the command line makes and takes away', async () => {
    const program = await serve()
    const token = await storeCard(program.url)
    expect((await slow(program.url, token, 0)).sent).toBe('yes')
    const make = ['key', 'create', '--tenant', 'acme', '--scope', 'forwards:read']
    const { id, key } = await json(make, site.options)
    const read = () =>
      fetch(`${program.url}/v1/forwards`, { headers: { authorization: `Bearer ${key}` } })
    expect((await read()).status).toBe(200)
    expect((await pangate(['key', 'revoke', id], site.options)).status).toBe(0)
    expect((await read()).status).toBe(401)
    await program.stop()
  })

  test('shows health and numbers on the admin listener alone', async () => {
    const port = await freePort()
    const admin = `http://127.0.0.1:${port}`
    const program = await serve({ PANGATE_SERVER_ADMIN_LISTEN: `127.0.0.1:${port}` })
    const token = await storeCard(program.url)
    await slow(program.url, token, 0)
    await slow(program.url, 'tok_none', 0)
    expect((await fetch(`${program.url}/metrics`)).status).toBe(404)
    expect((await fetch(`${admin}/v1/tokens`)).status).toBe(404)
    expect(await (await fetch(`${admin}/healthz`)).json()).toEqual({ status: 'ok' })
    expect(await (await fetch(`${admin}/readyz`)).json()).toEqual({ status: 'ready' })
    const response = await fetch(`${admin}/metrics`)
    expect(response.headers.get('content-type')).toStartWith('text/plain; version=0.0.4')
    const text = await response.text()
    for (const line of [
      'pangate_requests_total{route="/v1/forward",status="2xx"} 1',
      'pangate_requests_total{route="/v1/forward",status="4xx"} 1',
      'pangate_errors_total{code="token_unknown"} 1',
      'pangate_forwards_total{destination="localhost",outcome="none",sent="yes"} 1',
      'pangate_forward_duration_seconds_count{sent="yes"} 1',
      'pangate_step_duration_seconds_count{step="transport"} 1',
      'pangate_step_duration_seconds_count{step="resolve"} 2',
    ]) {
      expect(text).toContain(`${line}\n`)
    }
    expect(Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(1e6)
    expect(text).toMatch(/^pangate_uptime_seconds \d/m)
    await program.stop()
  })
})

describe('when it stops', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`at ${signal}, ends what is under way, and says so with status 0`, async () => {
      const program = await serve()
      const token = await storeCard(program.url)
      const before = count('/slow')
      const forward = slow(program.url, token, 300)
      await arrived('/slow', before)
      program.signal(signal)
      expect(await forward).toMatchObject({ sent: 'yes', response: { status: 200 } })
      expect(await program.ended).toBe(0)
    })
  }

  test('ends at once at a second signal', async () => {
    const program = await serve()
    const token = await storeCard(program.url)
    const before = count('/slow')
    const forward = slow(program.url, token, 60_000, 60_000).then(
      () => 'answered',
      () => 'cut off',
    )
    await arrived('/slow', before)
    program.signal('SIGTERM')
    await program.line(/"event":"stopping"/)
    expect(await program.stop('SIGTERM')).toBe(143)
    expect(await forward).toBe('cut off')
  })

  test('and was killed, says of forwards that were under way that nobody knows', async () => {
    const program = await serve()
    const token = await storeCard(program.url)
    const before = count('/slow')
    const forward = slow(program.url, token, 60_000, 60_000).then(
      () => 'answered',
      () => 'cut off',
    )
    await arrived('/slow', before)
    await program.stop('SIGKILL')
    await forward

    const next = await serve()
    const [line] = await next.line(/"event":"forwards.interrupted".*/)
    expect(line).toContain('"count":')
    const headers = { authorization: `Bearer ${site.key}` }
    const list = await (await fetch(`${next.url}/v1/forwards?limit=1`, { headers })).json()
    expect(list).toMatchObject({ data: [{ state: 'unknown', sent: 'unknown' }] })
    await next.stop()
  })
})

describe('does not start', () => {
  const refuses = async (
    env: Readonly<Record<string, string>>,
    options: Options = site.options,
  ): Promise<string> => {
    const { status, stdout, stderr } = await pangate(['serve'], {
      ...options,
      env: { ...options.env, ...env },
    })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/\n {2}next: .+\n$/)
    return stderr
  }

  for (const [name, value] of [
    ['BUN_OPTIONS', '--smol'],
    ['BUN_INSPECT_CONNECT_TO', 'x'],
    ['BUN_CONFIG_VERBOSE_FETCH', 'curl'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
    ['NODE_EXTRA_CA_CERTS', '/dev/null'],
    ['NODE_OPTIONS', '--no-warnings'],
    ['SSLKEYLOGFILE', 'keys'],
  ] as const) {
    test(`with ${name} in the environment`, async () => {
      const stderr = await refuses({ [name]: value })
      expect(stderr).toContain(`pangate: ${name} is set: it `)
      expect(stderr).toContain(`\n  next: unset ${name}\n`)
    })
  }

  test('with a proxy in the environment, when it fetches keys of issuers', async () => {
    const proxy = { HTTPS_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' }
    const issuer = {
      issuer: 'https://id.example.com',
      jwks_url: 'https://id.example.com/jwks',
      audience: 'pangate',
      tenant: 'acme',
    }
    const stderr = await refuses({ ...proxy, PANGATE_AUTH_ISSUERS: JSON.stringify([issuer]) })
    expect(stderr).toContain('\n  next: unset HTTPS_PROXY http_proxy\n')
    // Without issuers nothing obeys it.
    const program = await serve(proxy)
    const token = await storeCard(program.url)
    expect((await slow(program.url, token, 0)).sent).toBe('yes')
    await program.stop()
  })

  test('with problems in its configuration, and tells all of them', async () => {
    const stderr = await refuses({ PANGATE_LOG_LEVEL: 'loud', PANGATE_SERVER_LISTEN: 'here' })
    expect(stderr).toContain('pangate: PANGATE_LOG_LEVEL: must be')
    expect(stderr).toContain('pangate: PANGATE_SERVER_LISTEN: must be')
  })

  test('without its master key, with one that others can read, with a wrong one', async () => {
    const other = await installation()
    const key = join(other.cwd, 'master.key')
    expect(await refuses({ PANGATE_VAULT_MASTER_KEY_FILE: key })).toContain('the wrong master key')
    rmSync(key)
    expect(await refuses({}, other)).toContain('master.key cannot be read')
    writeFileSync(key, 'x', { mode: 0o644 })
    expect(await refuses({}, other)).toContain(`\n  next: run: chmod 600 ${key}\n`)
  })

  test('on a database or a port that is taken, and leaves the records of the other server alone', async () => {
    const program = await serve()
    const token = await storeCard(program.url)
    const before = count('/slow')
    const forward = slow(program.url, token, 700)
    await arrived('/slow', before)
    const { port } = new URL(program.url)
    expect(await refuses({})).toContain('is in use by another pangate')
    const other = await installation()
    const stderr = await refuses({ PANGATE_SERVER_LISTEN: `127.0.0.1:${port}` }, other)
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}: the port is taken`)
    expect(stderr).toContain('[server] listen')
    const { id } = await forward
    const headers = { authorization: `Bearer ${site.key}` }
    const record = await (await fetch(`${program.url}/v1/forwards/${id}`, { headers })).json()
    expect(record).toMatchObject({ state: 'done' })
    const admin = await refuses({ PANGATE_SERVER_ADMIN_LISTEN: `127.0.0.1:${port}` }, other)
    expect(admin).toContain('[server] admin_listen')
    await program.stop()
  }, 20_000)
})

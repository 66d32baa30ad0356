/**
 * @module The executable as an operator runs it: installed, restarted, misconfigured; talking TLS to the sandbox.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmodSync, cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from 'bun:sqlite'
import { run, stopAll } from '../support/binary.ts'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import {
  install,
  startSandboxProgram,
  type Installed,
  type SandboxProgram,
  type Served,
} from '../support/installed.ts'

/** Stripe's published test card, so that the sandbox approves it; the canaries are declined by it. */
const VISA = '4242424242424242'
let sandbox: SandboxProgram
let shop: Installed
let server: Served

beforeAll(async () => {
  sandbox = await startSandboxProgram()
  shop = await install(sandbox)
  server = await shop.serve()
})
afterAll(stopAll)

async function store(number: string, cvc?: string): Promise<{ token: string; session: string }> {
  const card = { number, exp_month: 12, exp_year: 2034, holder: 'Ann Example' }
  const made = await server.call('POST', '/v1/tokens', { type: 'card', card, ...(cvc && { cvc }) })
  expect(made.status).toBe(201)
  return { token: made.textAt('id'), session: made.textAt('cvc_session', 'id') }
}

describe('a payment', () => {
  test('by account: authorize, capture, refund', async () => {
    const made = await server.call('POST', '/v1/accounts', {
      adapter: 'stripe',
      mode: 'sandbox',
      name: 'main',
      credentials: { api_key: canarySecret().replace(/^canary/, 'sk_test_') },
      base_url: sandbox.url,
    })
    expect(made.status).toBe(201)
    const account = made.textAt('id')
    const { token, session } = await store(VISA, '123')
    const amount = { minor: 1999, currency: 'EUR' }
    const authorized = await server.call('POST', '/v1/forward', {
      account,
      operation: 'authorize',
      token,
      cvc_session: session,
      amount,
      reference: 'order-1',
    })
    expect(authorized.at('sent')).toBe('yes')
    expect(authorized.at('outcome')).toMatchObject({
      kind: 'approved',
      psp: { code: 'requires_capture' },
    })
    const reference = authorized.textAt('outcome', 'reference')
    for (const operation of ['capture', 'refund']) {
      const answer = await server.call('POST', '/v1/forward', { account, operation, reference })
      expect(answer.at('outcome')).toMatchObject({ kind: 'approved' })
    }
    const voided = await server.call('POST', '/v1/forward', {
      account,
      operation: 'void',
      reference,
    })
    expect(voided.at('outcome', 'kind')).toBe('refused')
  })

  test.each([
    ['4000000000000002', 'do_not_honor'],
    ['4000000000009995', 'insufficient_funds'],
    ['4000000000000069', 'expired_card'],
    ['4000000000000127', 'invalid_cvc'],
    ['4100000000000019', 'suspected_fraud'],
    ['4000000000009987', 'lost_or_stolen'],
  ])('the card %s is declined as %s', async (number, code) => {
    const accounts = await server.call('GET', '/v1/accounts')
    const { token, session } = await store(number, '123')
    const answer = await server.call('POST', '/v1/forward', {
      account: accounts.textAt('data', 0, 'id'),
      operation: 'purchase',
      token,
      cvc_session: session,
      amount: { minor: 500, currency: 'USD' },
    })
    expect(answer.at('outcome')).toMatchObject({ kind: 'declined', code })
  })

  test('3-D Secure gives a URL for the customer', async () => {
    const accounts = await server.call('GET', '/v1/accounts')
    const { token } = await store('4000002760003184')
    const answer = await server.call('POST', '/v1/forward', {
      account: accounts.textAt('data', 0, 'id'),
      operation: 'purchase',
      token,
      amount: { minor: 500, currency: 'USD' },
      return_url: 'https://shop.example/back',
    })
    expect(answer.at('outcome', 'kind')).toBe('action_required')
    expect(answer.textAt('outcome', 'url')).toStartWith(sandbox.url)
  })

  test("Ozura's own example, but for the host and the ids", async () => {
    const { token, session } = await store(VISA, '123')
    const answer = await server.call(
      'POST',
      '/proxy/transaction',
      `{
  "token": "${token}",
  "cvc_session_id": "${session}",
  "proxy_url": "${sandbox.url}/v1/charges",
  "request_data": {
    "amount": 2000,
    "currency": "usd",
    "source": {
      "number": "\${cardNumber}",
      "exp_month": "\${expirationMonth}",
      "exp_year": "\${expirationYear}",
      "cvc": "\${cvv}"
    }
  },
  "http_headers": {
    "Authorization": "Bearer sk_test_xxx"
  }
}`,
      { 'x-api-key': shop.key, authorization: '' },
    )
    expect(answer.status).toBe(200)
    expect(answer.at('success')).toBe(true)
    expect(answer.at('proxy_response')).toMatchObject({
      status_code: 200,
      body: { object: 'charge', amount: 2000, status: 'succeeded' },
    })
  })

  test('canaries through every kind of end: answered, declined, dropped, late, not listed', async () => {
    const number = canaryCard()
    const cvc = canaryCvc()
    const { token } = await store(number)
    const body = { number: '{{ card.number }}', cvc: '{{ card.cvc }}', holder: '{{ card.holder }}' }
    const ends = [
      ['/echo', 'yes'],
      ['/status/500', 'yes'],
      ['/drop', 'unknown'],
      ['/drop?after=headers', 'unknown'],
      ['/slow?ms=5000', 'unknown'],
      ['/redirect?status=307&to=/echo', 'yes'],
      ['/v1/charges', 'yes'],
    ] as const
    for (const [path, sent] of ends) {
      const made = await server.call('POST', '/v1/cvc-sessions', { cvc, token })
      const answer = await server.call('POST', '/v1/forward', {
        token,
        cvc_session: made.textAt('id'),
        timeout_ms: 1500,
        request: { url: sandbox.url + path, headers: { Authorization: 'Bearer sk_test_x' }, body },
      })
      expect([path, answer.at('sent') ?? answer.at('error', 'sent')]).toEqual([path, sent])
    }
    const refused = await server.call('POST', '/v1/forward', {
      token,
      request: { url: 'https://elsewhere.example/', body: { n: '{{card.number}}' } },
    })
    expect(refused.at('error')).toMatchObject({ code: 'destination_denied', sent: 'no' })
    const records = await server.call('GET', '/v1/forwards?limit=100')
    expect(records.text).toContain('"state":"unknown"')
  })
})

describe('a restart', () => {
  test('keeps tokens, forgets security codes, and tells what was interrupted', async () => {
    const { token, session } = await store(VISA, '123')
    const request = { url: `${sandbox.url}/slow?ms=60000`, body: { n: '{{ card.number }}' } }
    const key = { 'idempotency-key': 'interrupted-1' }
    const cut = server.call('POST', '/v1/forward', { token, request }, key).catch(() => 'cut')
    await seen(server, 'sending')
    const { signal } = await server.program.stop('SIGKILL')
    expect(signal).toBe('SIGKILL')
    expect(await cut).toBe('cut')
    server = await shop.serve()
    expect((await server.call('GET', `/v1/tokens/${token}`)).status).toBe(200)
    const again = await server.call('POST', '/v1/forward', { token, request }, key)
    expect(again.status).toBe(409)
    expect(again.at('error')).toMatchObject({ code: 'idempotency_unknown', sent: 'unknown' })
    const late = await server.call('POST', '/v1/forward', {
      token,
      cvc_session: session,
      request: { url: `${sandbox.url}/echo`, body: { c: '{{ card.cvc }}' } },
    })
    expect(late.at('error')).toMatchObject({ code: 'cvc_session_unknown', sent: 'no' })
  })

  test('SIGTERM ends what is under way first', async () => {
    const { token } = await store(VISA)
    const request = { url: `${sandbox.url}/slow?ms=700`, body: { n: '{{ card.number }}' } }
    const running = server.call('POST', '/v1/forward', { token, request })
    await seen(server, 'sending')
    const ended = server.program.stop('SIGTERM')
    expect((await running).at('sent')).toBe('yes')
    expect(await ended).toMatchObject({ status: 0 })
    server = await shop.serve()
  })
})

describe('what it does not start with', () => {
  async function refused(
    change: (dir: string) => void,
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const own = await install()
    change(own.dir)
    const { status, stderr, stdout } = await run(['serve'], { dir: own.dir, env })
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^ {2}next: /m)
    return stderr
  }

  test('a missing master key', async () => {
    expect(await refused((dir) => rmSync(join(dir, 'master.key')))).toContain('cannot be read')
  })

  test('a wrong master key; nothing is changed then', async () => {
    const wrong = Buffer.alloc(32, 7).toString('base64')
    const said = await refused((dir) => writeFileSync(join(dir, 'master.key'), wrong))
    expect(said).toContain('wrong master key')
    expect(said).not.toContain(wrong)
  })

  test('a master key that others can read', async () => {
    expect(await refused((dir) => chmodSync(join(dir, 'master.key'), 0o644))).toContain('chmod 600')
  })

  test('a database that is newer', async () => {
    const said = await refused((dir) => {
      const db = new Database(join(dir, 'data/pangate.db'))
      db.run("insert into pangate_migrations values (99, '0099_future', 'x', 0)")
      db.close()
    })
    expect(said).toContain('newer than this program')
  })

  test('a file that is no database', async () => {
    const said = await refused((dir) => {
      for (const name of readdirSync(join(dir, 'data'))) rmSync(join(dir, 'data', name))
      writeFileSync(
        join(dir, 'data/pangate.db'),
        'not a database at all, but long enough '.repeat(40),
      )
    })
    expect(said).toContain('cannot be opened')
  })

  test.each([
    ['BUN_CONFIG_VERBOSE_FETCH', 'curl'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
    ['NODE_EXTRA_CA_CERTS', '/tmp/ca.pem'],
  ])('%s in the environment', async (name, value) => {
    expect(await refused(() => undefined, { [name]: value })).toContain(`unset ${name}`)
  })

  test('a configuration with several mistakes: all of them are named', async () => {
    const said = await refused((dir) => {
      const file = join(dir, 'pangate.toml')
      writeFileSync(
        file,
        `${readFileSync(file, 'utf8').replace('[limits]\n', '$&requests = "many"\n')}\n[egres]\ntimeout_ms = 1\n`,
      )
    })
    expect(said).toContain('egress')
    expect(said).toContain('limits')
  })
})

test('files beside it change nothing, and it leaves none behind', async () => {
  const evil = 'console.log("PRELOADED")\n'
  const { stdout, status, dir } = await run(['version'], {
    files: {
      'bunfig.toml': 'preload = ["./evil.ts"]\n',
      'evil.ts': evil,
      '.env': 'PANGATE_LOG_LEVEL=nonsense\n',
    },
  })
  expect(status).toBe(0)
  expect(stdout).not.toContain('PRELOADED')
  expect(readdirSync(dir).toSorted()).toEqual(['.env', 'bunfig.toml', 'evil.ts'])
})

test('a full disk: writes are refused by name and nothing is sent, reads go on', async () => {
  const own = await install(sandbox)
  // Files may not grow beyond 400 KB, and the signal that says so is ignored, so that writes fail as on a full disk.
  const served = await own.serve({}, [
    '/bin/bash',
    '-c',
    `trap '' XFSZ; ulimit -f 400; exec "$0" "$@"`,
  ])
  const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
  let answer = await served.call('POST', '/v1/tokens', { type: 'card', card })
  const token = answer.textAt('id')
  while (answer.status === 201) {
    answer = await served.call('POST', '/v1/tokens', { type: 'card', card })
  }
  expect(answer.status).toBe(503)
  expect(answer.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
  expect((await served.call('GET', `/v1/tokens/${token}`)).status).toBe(200)
  await fetch(`${sandbox.url}/requests`, {
    method: 'DELETE',
    tls: { ca: readFileSync(sandbox.caFile, 'utf8') },
  })
  const request = { url: `${sandbox.url}/echo`, body: { n: '{{ card.number }}' } }
  const forward = await served.call('POST', '/v1/forward', { token, request })
  expect(forward.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
  const seen = await fetch(`${sandbox.url}/requests`, {
    tls: { ca: readFileSync(sandbox.caFile, 'utf8') },
  })
  expect(await seen.text()).not.toContain('/echo')
  await served.program.stop()
})

/** Waits until the newest forward is in a state: the server says so itself. */
async function seen({ call }: Served, state: string): Promise<void> {
  for (;;) {
    const newest = await call('GET', '/v1/forwards?limit=1')
    if (newest.at('data', 0, 'state') === state) return
  }
}

test('a copy of the database with its key opens elsewhere', async () => {
  const { token } = await store(VISA)
  const copy = await install(sandbox)
  await server.program.stop()
  for (const name of readdirSync(join(shop.dir, 'data'))) {
    cpSync(join(shop.dir, 'data', name), join(copy.dir, 'data', name))
  }
  cpSync(join(shop.dir, 'master.key'), join(copy.dir, 'master.key'))
  const served = await copy.serve()
  const answer = await served.call('GET', `/v1/tokens/${token}`, undefined, {
    authorization: `Bearer ${shop.key}`,
  })
  expect(answer.status).toBe(200)
  await served.program.stop()
  server = await shop.serve()
})

/** @module `pangate dev`: what it prints is true, and stays so over restarts. */
import { afterEach, describe, expect, test } from 'bun:test'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { evidence } from '../support/run.ts'
import { type Body, environment, folder, join, pangate, ready, start, stopAll } from './support.ts'

afterEach(stopAll)

const DEV = ['dev', '--port', '0', '--json']

function dev(cwd: string, args: readonly string[] = DEV) {
  return start(args, { cwd })
}

async function call(url: string, key: string, body?: unknown): Promise<Body> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  // The tests know what each call answers, and fail where it does not.
  return (await response.json()) as Body
}

/** Listens on a port, to be in the way. */
async function occupy(port = 0): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

describe('with --json', () => {
  test('prints one line, and everything in it works', async () => {
    const cwd = folder('dev')
    const program = dev(cwd)
    const { url, api_key, tenant, token, account, oauth_client, sandbox } = await ready(program)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(sandbox.ca_file).toBe(join(cwd, 'pangate-data/sandbox/sandbox-ca.pem'))
    expect(tenant).toStartWith('ten_')

    const stored = await call(`${url}/v1/tokens/${token}`, api_key)
    expect(stored.card).toMatchObject({ brand: 'visa', last4: '4242', exp_month: '12' })
    expect(Number(stored.card.exp_year)).toBe(new Date().getUTCFullYear() + 3)
    const body = {
      account,
      operation: 'purchase',
      token,
      amount: { minor: 100, currency: 'USD' },
    }
    const paid = await call(`${url}/v1/forward`, api_key, body)
    expect(paid.outcome.kind).toBe('approved')

    const issued = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${oauth_client.id}:${oauth_client.secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    // RFC 6749, section 5.1.
    const { access_token } = (await issued.json()) as Body
    const record = await call(`${url}/v1/forwards/${paid.id}`, access_token)
    expect(record).toMatchObject({ id: paid.id, sent: 'yes' })

    const revealed = await call(`${url}/v1/tokens/${token}/reveal`, api_key, {})
    expect(revealed.error.code).toBe('forbidden')

    expect(await program.stop()).toBe(0)
    expect(program.stdout().trim().split('\n')).toHaveLength(1)
    expect(program.stderr()).toBe('')
    for (const name of ['dev.json', 'master.key', 'pangate.db', 'pangate.toml']) {
      expect(statSync(join(cwd, 'pangate-data', name)).mode & 0o777).toBe(0o600)
    }
  })

  test('says the same after a restart, and has lost nothing', async () => {
    const cwd = folder('dev')
    const first = dev(cwd)
    const before = await ready(first)
    const kept = await call(`${before.url}/v1/tokens`, before.api_key, {
      type: 'card',
      card: { number: '5555555555554444', exp_month: 1, exp_year: 2040 },
    })
    // Not stopped in good order: what it said was durable before it said it.
    await first.stop('SIGKILL')

    const second = dev(cwd)
    const { url, ...after } = await ready(second)
    const { url: _, ...said } = before
    expect(after).toEqual(said)
    expect((await call(`${url}/v1/tokens/${kept.id}`, before.api_key)).card.last4).toBe('4444')
    expect(await second.stop()).toBe(0)
  })

  test('moves with the sandbox when its port was taken in the meantime', async () => {
    const cwd = folder('dev')
    const first = dev(cwd)
    const before = await ready(first)
    await first.stop()
    const server = await occupy(Number(new URL(before.sandbox.url).port))
    const second = dev(cwd)
    const after = await ready(second)
    server.close()
    expect(after.sandbox.url).not.toBe(before.sandbox.url)
    expect(after.token).toBe(before.token)
    const body = {
      account: after.account,
      operation: 'authorize',
      token: after.token,
      amount: { minor: 100, currency: 'USD' },
    }
    const paid = await call(`${after.url}/v1/forward`, after.api_key, body)
    expect(paid.outcome.kind).toBe('approved')
    await second.stop()
  })

  test('is not run twice on the same data', async () => {
    const cwd = folder('dev')
    const first = dev(cwd)
    await ready(first)
    const second = await pangate(DEV, { cwd })
    expect(second).toMatchObject({ status: 1, stdout: '' })
    expect(second.stderr).toContain(`is running on ${join(cwd, 'pangate-data')} already`)
    expect(second.stderr).toContain(`\n  next: stop it (kill ${first.pid})`)
  })
})

describe('the lines it prints', () => {
  test.skipIf(!Bun.which('curl'))('work as printed', async () => {
    const cwd = folder('dev')
    const program = dev(cwd, ['dev', '--port', '0', '--data', "my 'own' data"])
    await program.line(/^Stop it with Ctrl-C\.$/)
    const page = program.stdout()
    expect(page.split('\n').filter((line) => line.length > 100)).toEqual([])
    expect(page).not.toContain('\x1b')
    const answers: Body[] = []
    for (const block of page.split('\n\n').filter((text) => text.startsWith('# '))) {
      const title = block.split('\n')[0] ?? ''
      const ran = Bun.spawnSync(['bash', '-c', block], { cwd, env: environment() })
      expect([title, ran.exitCode, ran.stderr.toString()]).toEqual([title, 0, ''])
      evidence('curl', ran.stdout)
      answers.push(JSON.parse(ran.stdout.toString()))
    }
    const [stored, charged, praxis, own, ozura, records, told, ...more] = answers
    expect(more).toEqual([])
    expect(stored?.cvc_session.id).toBeString()
    expect(charged?.outcome.kind).toBe('approved')
    expect(praxis?.outcome).toMatchObject({ kind: 'approved', psp: { code: 'approved' } })
    expect(told?.data[0]).toMatchObject({ verified: true, outcome: praxis?.outcome ?? {} })
    expect(own?.response.body).toMatchObject({
      object: 'charge',
      status: 'succeeded',
      amount: 2000,
    })
    expect(ozura?.proxy_response.body).toMatchObject({
      payment_method_details: { card: { checks: { cvc_check: 'pass' } } },
    })
    expect(records?.data[0]).toMatchObject({ dialect: 'ozura', sent: 'yes' })
    expect(page).toContain(`--config 'my '\\''own'\\'' data/pangate.toml'`)
    expect(await program.stop('SIGINT')).toBe(0)
  })

  test('come after what --demo shows, and --once ends it', async () => {
    const cwd = folder('dev')
    const { status, stdout, stderr } = await pangate(['dev', '--port', '0', '--demo', '--once'], {
      cwd,
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('"kind": "approved"')
    expect(stdout).toContain('"payment_processor": "TestPP"')
    expect(stdout).toContain('"object": "charge"')
    expect(stdout).toContain('Pangate is ready at http://127.0.0.1:')
  })
})

describe('the data', () => {
  test('serve other commands and doctor as they are', async () => {
    const cwd = folder('dev')
    const program = dev(cwd)
    await ready(program)
    const config = ['--config', 'pangate-data/pangate.toml']
    const listed = await pangate(['account', 'list', ...config], { cwd })
    expect(listed.stdout).toMatch(/^acct_\S+ +dev +stripe +stripe +sandbox +https:\/\/localhost/m)
    const doctor = await pangate(['doctor', ...config], { cwd })
    expect(doctor.stdout).not.toMatch(/^(?:fatal|warning)/m)
    expect(doctor.status).toBe(0)
  })

  test('are not replaced where they are damaged', async () => {
    const cwd = folder('dev')
    const first = dev(cwd)
    await ready(first)
    await first.stop()
    const file = join(cwd, 'pangate-data/dev.json')
    for (const text of ['{', '{"api_key": 1}']) {
      writeFileSync(file, text)
      const { status, stderr } = await pangate(DEV, { cwd })
      expect(status).toBe(1)
      expect(stderr).toContain(`${file} is damaged\n  next: rm '`)
      expect(readFileSync(file, 'utf8')).toBe(text)
    }
    writeFileSync(join(cwd, 'pangate-data/master.key'), `${'A'.repeat(43)}=`)
    rmSync(file)
    const { status, stderr } = await pangate(DEV, { cwd })
    expect(status).toBe(1)
    expect(stderr).toContain('this is the wrong master key')
  })

  test('cannot be kept where a file stands', async () => {
    const cwd = folder('dev')
    writeFileSync(join(cwd, 'pangate-data'), '')
    const { status, stderr } = await pangate(DEV, { cwd })
    expect(status).toBe(1)
    expect(stderr).toContain('the data cannot be kept in')
    expect(stderr).toContain('\n  next: pangate dev --data DIR')
  })
})

test('a port that was asked for and is taken is an error', async () => {
  const server = await occupy()
  // A server that listens on a TCP port has an address with a port.
  const { port } = server.address() as AddressInfo
  const { status, stderr } = await pangate(['dev', '--port', String(port)], { cwd: folder('dev') })
  server.close()
  expect(status).toBe(1)
  expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}: the port is taken`)
  expect(stderr).toContain('\n  next: ')
})

test('the sandbox alone says where it is, and answers there', async () => {
  const program = start(['sandbox', '--port', '0', '--data', 'psp', '--json'], {
    cwd: folder('sandbox'),
  })
  const [line] = await program.line(/^\{"url".*/)
  const { url, ca_file } = JSON.parse(line)
  const home = await fetch(url, { tls: { ca: readFileSync(join(ca_file), 'utf8') } })
  expect(await home.text()).toContain('/v1/payment_intents')
  expect(await program.stop()).toBe(0)
})

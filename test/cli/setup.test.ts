/** @module From `init` to an account: the commands that set things up, one after another. */
import { beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { canarySecret } from '../support/canary.ts'
import {
  type Body,
  command,
  environment,
  folder,
  installation,
  join,
  json,
  pangate,
  type Ended,
  type Options,
} from './support.ts'

describe('init', () => {
  test('writes a configuration that is read without a complaint, a private key, a private folder', async () => {
    const cwd = folder()
    const { status, stdout } = await pangate(['init'], { cwd })
    expect(status).toBe(0)
    expect(stdout).toContain('pangate tenant create NAME')
    for (const name of ['pangate.toml', 'master.key']) {
      expect(statSync(join(cwd, name)).mode & 0o777).toBe(0o600)
    }
    expect(statSync(join(cwd, 'data')).mode & 0o777).toBe(0o700)
    const { config, warnings } = readConfig(join(cwd, 'pangate.toml'), {})
    expect(warnings).toEqual([])
    expect(config.vault.master_key_file).toBe(join(cwd, 'master.key'))
    expect(config.database.url).toBe(`file:${join(cwd, 'data/pangate.db')}`)
    expect(stdout).not.toContain(readFileSync(join(cwd, 'master.key'), 'utf8').trim())
    const text = readFileSync(join(cwd, 'pangate.toml'), 'utf8')
    expect(text).toContain('# max_body_bytes = 1048576')
    expect(text).toContain('\n# workers = 1\n')
  })
  test('overwrites nothing', async () => {
    const cwd = folder()
    await pangate(['init'], { cwd })
    const before = ['pangate.toml', 'master.key'].map((name) => readFileSync(join(cwd, name)))
    const again = await pangate(['init'], { cwd })
    expect(again.status).toBe(1)
    expect(again.stderr).toContain('exists, and is not overwritten\n  next: pangate doctor')
    expect(['pangate.toml', 'master.key'].map((name) => readFileSync(join(cwd, name)))).toEqual(
      before,
    )
    // A key alone, as after the loss of the configuration, is worth even more.
    const other = folder()
    writeFileSync(join(other, 'master.key'), 'a key')
    expect((await pangate(['init'], { cwd: other })).status).toBe(1)
    expect(readFileSync(join(other, 'master.key'), 'utf8')).toBe('a key')
  })
  test('takes other places, whose names need quotes', async () => {
    const cwd = folder()
    const file = join(cwd, 'a b/100%?#.toml')
    const data = join(cwd, 'd "a" \\ta?')
    const args = ['init', '--config', file, '--data', data]
    expect((await pangate(args, { cwd })).status).toBe(0)
    const made = await pangate(['tenant', 'create', 'acme', '--config', file], { cwd })
    expect(made).toMatchObject({ status: 0 })
    expect(statSync(join(data, 'pangate.db')).isFile()).toBe(true)
  })
})

describe('an installation', () => {
  let at: Options
  beforeAll(async () => {
    at = await installation()
    expect((await pangate(['tenant', 'create', 'acme'], at)).status).toBe(0)
  })

  test('has tenants', async () => {
    const made = await json(['tenant', 'create', 'globex'], at)
    expect(made.id).toStartWith('ten_')
    expect(made.name).toBe('globex')
    expect(await json<readonly Body[]>(['tenant', 'list'], at)).toContainEqual(made)
    expect((await pangate(['tenant', 'list'], at)).stdout).toMatch(/^ID +NAME +CREATED AT\nten_/)
    expect(await pangate(['tenant', 'create', 'globex'], at)).toMatchObject({
      status: 1,
      stderr: 'pangate: there is a tenant called globex already\n  next: pangate tenant list\n',
    })
    for (const name of ['a b', 'ten_1', '']) {
      expect((await pangate(['tenant', 'create', name], at)).status).toBe(2)
    }
  })

  for (const kind of ['key', 'client'] as const) {
    test(`has ${kind}s, shown once`, async () => {
      const field = kind === 'key' ? 'key' : 'secret'
      const create = [kind, 'create', '--tenant', 'acme', '--scope', 'forward,tokens:write']
      const made = await json([...create, '--scope', 'forwards:read', '--test', '--name', 'x'], at)
      expect(made.id).toStartWith(`${kind}_`)
      expect(made.tenant).toStartWith('ten_')
      expect(made).toMatchObject({
        name: 'x',
        scopes: ['forward', 'tokens:write', 'forwards:read'],
        test: true,
        revoked_at: null,
      })
      expect(made[field]).toMatch(kind === 'key' ? /^pgk_test_.{43}$/ : /^pgs_test_.{43}$/)
      const { [field]: secret, ...shown } = made
      const listed = await json<readonly unknown[]>([kind, 'list', '--tenant', 'acme'], at)
      expect(listed).toContainEqual({ ...shown, tenant_name: 'acme' })
      const text = await pangate([kind, 'list'], at)
      expect(text.stdout).toContain(made.id)
      expect(text.stdout + JSON.stringify(listed)).not.toContain(secret)

      expect((await pangate([kind, 'revoke', made.id], at)).status).toBe(0)
      const [now] = await json<readonly Body[]>([kind, 'list', '--tenant', 'acme'], at)
      expect(now?.revoked_at).toMatch(/Z$/)
      expect(await pangate([kind, 'revoke', made.id], at)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(`\n  next: pangate ${kind} list\n`),
      })

      const wrong = await pangate([kind, 'create', '--tenant', 'acme', '--scope', 'forwad'], at)
      expect(wrong.status).toBe(2)
      expect(wrong.stderr).toContain('there is no scope forwad; did you mean forward?\n  next: ')
      const nobody = await pangate([kind, 'create', '--tenant', 'no', '--scope', 'forward'], at)
      expect(nobody.status).toBe(1)
      expect(nobody.stderr).toContain('pangate tenant create no')
    })
  }

  test('has destinations', async () => {
    const add = ['destination', 'add', '--tenant', 'acme']
    const made = await json(
      [...add, 'API.example.com', '--port', '8443', '--path-prefix', '/v1', '--method', 'post,GET'],
      at,
    )
    expect(made).toMatchObject({
      host: 'api.example.com',
      port: 8443,
      path_prefix: '/v1',
      methods: ['POST', 'GET'],
    })
    expect((await pangate(['destination', 'list'], at)).stdout).toContain('POST GET')
    const again = [...add, 'api.example.com', '--port', '8443', '--path-prefix', '/v1']
    expect((await pangate(again, at)).stderr).toContain(
      'acme may send to api.example.com:8443/v1 already\n  next: pangate destination list',
    )
    const url = await pangate([...add, 'https://api.example.com/'], at)
    expect(url.status).toBe(2)
    expect(url.stderr).toContain('host must be a host name alone\n  next: Write api.example.com')
    const other = ['destination', 'remove', made.id, '--tenant', 'globex']
    expect((await pangate(other, at)).status).toBe(1)
    expect((await pangate(['destination', 'remove', made.id], at)).status).toBe(0)
    expect(await json<readonly Body[]>(['destination', 'list', '--tenant', 'acme'], at)).toEqual([])
  })

  describe('has accounts', () => {
    const add = (name: string, ...credentials: readonly string[]): string[] => [
      'account',
      'add',
      ...['--tenant', 'acme', '--adapter', 'stripe', '--mode', 'sandbox', '--name', name],
      ...credentials.flatMap((text) => ['--credential', text]),
    ]
    const nothingOf = (secret: string, { stdout, stderr }: Ended): void =>
      expect(stdout + stderr).not.toContain(secret)

    test('whose secrets come from a file, standard input or the environment', async () => {
      const secrets = { file: canarySecret(), stdin: canarySecret(), env: canarySecret() }
      // Not among what is searched: the operator's own file holds the secret, as it should.
      const path = join(mkdtempSync(join(tmpdir(), 'pangate-secret-')), 'key')
      writeFileSync(path, `${secrets.file}\n`)
      const made = [
        await pangate([...add('a', `api_key=@${path}`), '--json'], at),
        await pangate(add('b', 'api_key=-'), { ...at, stdin: `${secrets.stdin}\n` }),
        await pangate(add('c', 'api_key=env:STRIPE_KEY'), {
          ...at,
          env: { ...at.env, STRIPE_KEY: secrets.env },
        }),
      ]
      rmSync(dirname(path), { recursive: true })
      for (const one of made) {
        expect(one.status).toBe(0)
        for (const secret of Object.values(secrets)) nothingOf(secret, one)
      }
      expect(JSON.parse(made[0]?.stdout ?? '')).toMatchObject({
        name: 'a',
        mode: 'sandbox',
        credentials: { api_key: '[secret]' },
      })
      // Its host is not allowed yet, and this says how.
      expect(made[1]?.stderr).toBe('  next: pangate destination add api.stripe.com --tenant acme\n')
      const listed = await json<readonly Body[]>(['account', 'list'], at)
      expect(listed.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
      expect((await pangate(['account', 'remove', listed[0]?.id ?? ''], at)).status).toBe(0)
      expect((await pangate(['account', 'remove', listed[0]?.id ?? ''], at)).status).toBe(1)
    })

    test('whose secrets are asked for, and do not show', async () => {
      const secret = canarySecret()
      const decoder = new TextDecoder()
      let screen = ''
      let child: Bun.Subprocess | null = null
      child = Bun.spawn(command(add('asked', 'api_key')), {
        cwd: at.cwd,
        env: environment(at.env),
        terminal: {
          cols: 100,
          rows: 24,
          data(terminal, bytes) {
            screen += decoder.decode(bytes, { stream: true })
            if (screen.endsWith('Secret key (sk_..): ')) terminal.write(`wrong\x15${secret}x\x7f\r`)
          },
        },
      })
      expect(await child.exited).toBe(0)
      expect(screen).toContain('acct_')
      expect(screen).not.toContain(secret)
      expect(await json<readonly unknown[]>(['account', 'list'], at)).toContainEqual(
        expect.objectContaining({ name: 'asked' }),
      )
    })

    test('but takes no secret from the command line, and repeats none', async () => {
      const secret = canarySecret()
      for (const text of [`api_key=${secret}`, secret, `${secret}=x`, `api_kye=${secret}`]) {
        const one = await pangate(add('d', text), at)
        expect(one.status).toBe(2)
        expect(one.stderr).toContain('\n  next: ')
        nothingOf(secret, one)
      }
      const told = await pangate(add('d', `api_key=${secret}`), at)
      expect(told.stderr).toContain('api_key is secret')
      expect(told.stderr).toContain('--credential api_key (asks for it)')
    })

    test('and says what is missing or wrong', async () => {
      const cases: readonly [string[], string][] = [
        [add('e'), 'missing: api_key'],
        [add('e', 'api_key'), 'this is no terminal to ask on'],
        [add('e', 'api_key=env:NOT_SET'), 'the variable for api_key is not set'],
        [add('e', 'api_key=@/no/such/file'), 'the file for api_key cannot be read'],
        [add('e', 'api_key=-'), 'the credential api_key is empty'],
        [add('e', 'api_key=-', 'api_key=-'), 'standard input holds one credential'],
        [[...add('e', 'api_key=-'), '--mode', 'test'], '--mode is given twice'],
        [[...add('e', 'api_key=-'), '--option', 'x'], '--option must be NAME=VALUE'],
      ]
      for (const [args, message] of cases) {
        const one = await pangate(args, at)
        expect([args.at(-1), one.stderr]).toEqual([args.at(-1), expect.stringContaining(message)])
        expect(one.stderr).toContain('\n  next: ')
        expect(one.status).not.toBe(0)
      }
      const wrong = add('e', 'api_key=-').with(5, 'strip')
      expect((await pangate(wrong, at)).stderr).toContain('There is no such adapter')
    })

    test('at a base URL that is listed', async () => {
      const args = [...add('f', 'api_key=-'), '--base-url', 'https://psp.example.com:8443']
      const given = { ...at, stdin: canarySecret() }
      const refused = await pangate(args, given)
      expect(refused.status).toBe(1)
      const next = 'pangate destination add psp.example.com --port 8443 --tenant acme'
      expect(refused.stderr).toContain(`  next: ${next}\n`)
      expect((await pangate(next.split(' ').slice(1), at)).status).toBe(0)
      expect((await pangate(args, given)).status).toBe(0)
      expect((await pangate(args, given)).stderr).toContain('acme has an account called f already')
    })
  })
})

/**
 * @module The configuration: defaults, both sources, and every problem at once with its line.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultConfig, loadConfig, readConfig } from '../src/config.ts'
import { renderConfigTable } from '../src/config/reference.ts'
import { SECTIONS, variableOf } from '../src/config/table.ts'
import { OperatorError } from '../src/errors.ts'

const KEY = '[vault]\nmaster_key_file = "master.key"\n'

/** The configuration of a file's text. */
const fromText = (text: string, env: Record<string, string> = {}) =>
  loadConfig({ file: 'pangate.toml', text, env })

/** The problems of a file and an environment, one a line. */
function problems(text: string, env: Record<string, string> = {}): readonly string[] {
  try {
    fromText(text, env)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    expect(error.next).toBe('edit pangate.toml and run `pangate doctor`')
    return error.message.split('\n')
  }
  return []
}

describe('a good configuration', () => {
  test('has every default of the design', () => {
    const config = fromText(KEY)
    expect(config.server).toEqual({
      listen: { host: '127.0.0.1', port: 8420 },
      admin_listen: { host: '127.0.0.1', port: 8421 },
      public_url: 'http://127.0.0.1:8420',
      workers: 1,
      stop_timeout_ms: 130000,
      max_body_bytes: 1048576,
      node: `${hostname()}:8420`,
      trusted_proxies: [],
      proxy_header: 'x-forwarded-for',
    })
    expect(config.database).toEqual({
      url: 'file:pangate.db',
      auth_token: null,
      auth_token_file: null,
      ca_file: null,
      allow_plaintext: false,
      timeout_ms: 3000,
      sync_url: null,
      sync_interval_ms: 1000,
      max_stale_ms: 10_000,
      durability: 'power',
      keep_records_days: 0,
    })
    expect(config.sessions).toEqual({
      url: null,
      password: null,
      ca_file: null,
      cert_file: null,
      key_file: null,
      allow_plaintext: false,
      cvc_ttl_seconds: 90,
      credential_ttl_seconds: 3600,
      cvc_policy: 'single_use',
    })
    expect(config.vault).toEqual({
      master_key_file: 'master.key',
      master_key_command: null,
      custody: 'key',
    })
    expect(config.egress).toEqual({
      timeout_ms: 30000,
      connect_timeout_ms: 3000,
      private_networks: [],
      card_numbers_in_clear: 'refuse',
      ca_file: null,
      max_response_bytes: 4194304,
    })
    expect(config.adapters).toEqual({ dir: null, pins: {}, trusted: [], replace: [] })
    expect(config.limits).toEqual({
      key_rate: { limit: 400, window_ms: 2000 },
      tenant_rate: { limit: 1000, window_ms: 2000 },
      address_failures: { limit: 30, window_ms: 60_000 },
      concurrent_requests: 2048,
      concurrent_work: 256,
      patience_ms: 500,
      concurrent_per_destination: 256,
      body_bytes: 268_435_456,
      circuit_failures: 10,
      circuit_open_ms: 5000,
    })
    expect(config.auth).toEqual({ issuers: [] })
    expect(config.log).toEqual({ level: 'info', format: 'json' })
  })

  test('may come from the environment alone', () => {
    const env = {
      PANGATE_VAULT_MASTER_KEY_COMMAND: '["pass", "show", "pangate"]',
      PANGATE_SERVER_LISTEN: '[::1]:9000',
      PANGATE_EGRESS_PRIVATE_NETWORKS: '10.0.0.0/8, fd00::/8',
      PANGATE_AUTH_ISSUERS:
        '[{"issuer":"https://id.test","jwks_url":"https://id.test/jwks","audience":"a","tenant":"t"}]',
      PANGATE_LOG_LEVEL: '',
      PANGATE_API_KEY: 'an example of the README',
      HOME: '/',
    }
    const config = loadConfig({ file: null, env })
    expect(config.vault.master_key_command).toEqual(['pass', 'show', 'pangate'])
    expect(config.server.listen).toEqual({ host: '::1', port: 9000 })
    expect(config.server.public_url).toBe('http://[::1]:9000')
    expect(config.egress.private_networks.map(({ text }) => text)).toEqual([
      '10.0.0.0/8',
      'fd00::/8',
    ])
    expect(config.auth.issuers).toEqual([
      {
        issuer: 'https://id.test',
        jwks_url: 'https://id.test/jwks',
        audience: 'a',
        tenant: 't',
        tenant_claim: null,
        scope_claim: 'scope',
      },
    ])
    expect(config.log.level).toBe('info')
  })

  test('the environment wins over the file, also where the file is wrong', () => {
    const text = `${KEY}[log]\nlevel = "debug"\n[server]\nmax_body_bytes = "x"\n`
    const env = { PANGATE_LOG_LEVEL: 'error', PANGATE_SERVER_MAX_BODY_BYTES: '2048' }
    const config = fromText(text, env)
    expect([config.log.level, config.server.max_body_bytes]).toEqual(['error', 2048])
  })

  test('takes every form of TOML', () => {
    const config = fromText(`
      server.public_url = "https://pay.example/"
      egress = { private_networks = ["10.0.0.0/8"], timeout_ms = 5_000 }
      vault."master_key_command" = 'cat /run/key'
      [[auth.issuers]]
      issuer = "https://a.test"
      jwks_url = "http://127.0.0.1:1/jwks"
      audience = "x"
      tenant_claim = "org"
      scope_claim = "scp"
    `)
    expect(config.server.public_url).toBe('https://pay.example')
    expect(config.egress.timeout_ms).toBe(5000)
    expect(config.vault.master_key_command).toEqual(['/bin/sh', '-c', 'cat /run/key'])
    expect(config.auth.issuers[0]?.tenant_claim).toBe('org')
  })

  test('is frozen all the way down', () => {
    const config = fromText(`${KEY}[egress]\nprivate_networks = ["10.0.0.0/8"]\n`)
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.server.listen)).toBe(true)
    expect(Object.isFrozen(config.egress.private_networks)).toBe(true)
    expect(Object.isFrozen(config.egress.private_networks[0])).toBe(true)
    expect(Object.isFrozen(defaultConfig().auth.issuers)).toBe(true)
  })

  test('the defaults need no master key', () => {
    expect(defaultConfig().vault).toEqual({
      master_key_file: null,
      master_key_command: null,
      custody: 'key',
    })
    expect(defaultConfig().server).toEqual(fromText(KEY).server)
  })
})

describe('problems', () => {
  test('all are reported at once, each with its line or variable', () => {
    const text = [
      '# a comment', // 1
      '[server]',
      'listn = "127.0.0.1:1"', // 3
      'max_body_bytes = 10',
      'public_url = "ftp://x"', // 5
      'master_key_file = "k"',
      '[databse]', // 7
      'url = "file:x"',
      '[egress]', // 9
      'timeout_ms = "soon"',
      'private_networks = [', // 11
      '  "10.0.0.0/8",',
      '  "10.0.0.1/8", # bits set', // 13
      '  "nonsense",',
      ']', // 15
      '[log]',
      'level = "loud"', // 17
      'colour = true',
      '[[auth.issuers]]', // 19
      'issuer = "https://a.test"',
      'jwks_url = "https://a.test/jwks"', // 21
      'audience = "x"',
      'tenant = "t"', // 23
      '[[auth.issuers]]',
      'issuer = ""', // 25
      'jwks_url = "http://a.test/jwks"',
      'audence = "x"', // 27
    ].join('\n')
    const env = {
      PANGATE_SESSIONS_CVC_TTL_SECONDS: '0',
      PANGATE_SERVER_LISTN: '127.0.0.1:1',
      PANGATE_EGRESS_CONNECT_TIMEOUT_MS: '3s',
    }
    expect(problems(text, env)).toEqual([
      'pangate.toml:3: [server] listn is unknown; did you mean listen?',
      'pangate.toml:4: [server] max_body_bytes must be a whole number from 1024 to 67108864',
      'pangate.toml:5: [server] public_url must be an https or http URL without user, query and fragment',
      'pangate.toml:6: [server] master_key_file does not belong here; it is a key of [vault]',
      'pangate.toml:7: [databse] is unknown; did you mean database?',
      'pangate.toml:10: [egress] timeout_ms must be a whole number from 100 to 600000',
      'pangate.toml:13: [egress] private_networks[1] must be an address range such as "10.0.0.0/8", no bit set beyond it',
      'pangate.toml:14: [egress] private_networks[2] must be an address range such as "10.0.0.0/8", no bit set beyond it',
      'pangate.toml:17: [log] level must be "debug" or "info" or "warn" or "error"',
      'pangate.toml:18: [log] colour is unknown',
      'pangate.toml:24: [auth] issuers[1] must have either tenant or tenant_claim',
      'pangate.toml:24: [auth] issuers[1].audience is missing',
      'pangate.toml:25: [auth] issuers[1].issuer must be a text that is not empty',
      'pangate.toml:26: [auth] issuers[1].jwks_url must be an https URL (http is accepted on loopback)',
      'pangate.toml:27: [auth] issuers[1].audence is unknown; did you mean audience?',
      'PANGATE_SERVER_LISTN: is unknown; did you mean PANGATE_SERVER_LISTEN?',
      'PANGATE_SESSIONS_CVC_TTL_SECONDS: must be a whole number from 1 to 3600',
      'PANGATE_EGRESS_CONNECT_TIMEOUT_MS: must be a whole number from 50 to 60000',
      'pangate.toml: [vault] master_key_file or master_key_command is missing',
    ])
  })

  test.each([
    [
      'listen = "x:1"\n' + KEY,
      'pangate.toml:1: [listen] does not belong here; it is a key of [server]',
    ],
    ['server = 1\n' + KEY, 'pangate.toml:1: [server] must be a section'],
    ['[[server]]\n' + KEY, 'pangate.toml:1: [server] must be a section'],
    [
      KEY + 'master_key_command = "x"\n',
      'pangate.toml: [vault] has both master_key_file and master_key_command; keep one',
    ],
    [
      '[vault]\nmaster_key_file = ""\n',
      'pangate.toml:2: [vault] master_key_file must be the path of a file',
    ],
    [
      '[vault]\nmaster_key_command = []\n',
      'pangate.toml:2: [vault] master_key_command must be a command: an array of texts, or one text for /bin/sh',
    ],
    ['[__proto__]\nx = 1\n' + KEY, 'pangate.toml:1: [__proto__] is unknown'],
    ['[server]\nconstructor = 1\n' + KEY, 'pangate.toml:2: [server] constructor is unknown'],
    [
      KEY + '[log]\nlevel = 2024-01-01\n',
      'pangate.toml:4: [log] level must be "debug" or "info" or "warn" or "error"',
    ],
    [KEY + '[auth]\nissuers = [1]\n', 'pangate.toml:4: [auth] issuers[0] must be a table'],
    [
      KEY + '[server]\nlisten = "::1:8420"\n',
      'pangate.toml:4: [server] listen must be a host and a port, such as "127.0.0.1:8420" or "[::1]:8420"',
    ],
  ])('%p', (text, problem) => {
    expect(problems(text)).toEqual([problem])
  })

  test('a file that is no TOML is one problem, without the line itself', () => {
    const text = '[database]\nauth_token = "canary-4471\n'
    const [first = '', ...others] = problems(text, { PANGATE_LOG_LEVEL: 'loud' })
    expect(first).toMatch(/^pangate\.toml:2: Invalid TOML document: \w/)
    expect(others).toEqual(['PANGATE_LOG_LEVEL: must be "debug" or "info" or "warn" or "error"'])
    expect(first).not.toContain('canary')
  })

  test('no value is repeated', () => {
    for (const [section, settings] of SECTIONS) {
      for (const key of settings.keys()) {
        const text = problems(KEY, { [variableOf(section, key)]: '\u0000canary-4471' }).join('\n')
        expect(text).not.toContain('canary')
      }
    }
  })

  test('an environment variable of a table names the place inside it', () => {
    expect(problems(KEY, { PANGATE_AUTH_ISSUERS: '[{"issuer":"x"}]' })).toContain(
      'PANGATE_AUTH_ISSUERS[0].audience is missing',
    )
    expect(problems(KEY, { PANGATE_AUTH_ISSUERS: 'nonsense' })).toEqual([
      'PANGATE_AUTH_ISSUERS: must be an array of tables, [[auth.issuers]]',
    ])
  })

  const REPLICA = 'sync_url = "https://db.test"'
  test.each([
    ['url = "libsql://db.test"\nauth_token = "t"', null],
    ['url = "https://db.test:8080"\nauth_token_file = "t"', null],
    ['url = "http://127.0.0.1:8080"', null],
    ['url = "http://[::1]:8080"', null],
    ['url = "http://10.0.0.5:8080"\nallow_plaintext = true', null],
    [`url = "file:r.db"\n${REPLICA}\nauth_token = "t"`, null],
    ['url = "http://10.0.0.5:8080"', /url leads to another machine without TLS/],
    ['url = "http://127.0.0.1.evil.test"', /url leads to another machine without TLS/],
    ['url = "file:r.db"\nsync_url = "http://db.test"', /sync_url leads to another machine/],
    ['url = "libsql://db.test?authToken=t"', /url must be "file:PATH", or the libsql/],
    ['url = "https://user:pass@db.test"', /without a token in it/],
    ['url = "ws://db.test"', /url must be/],
    ['url = "file:r.db"\nsync_url = "file:primary.db"', /sync_url must be the libsql/],
    [`url = "https://db.test"\n${REPLICA}`, /url must be a local file/],
    [`url = "file::memory:"\n${REPLICA}`, /url must be a local file/],
    ['url = "https://db.test"\nauth_token = "t"\nauth_token_file = "f"', /keep one/],
    ['auth_token = "t"', /a token, and no libSQL server/],
  ])('a database of %p', (text, wrong) => {
    const found = problems(`${KEY}[database]\n${text}`)
    if (wrong === null) expect(found).toEqual([])
    else expect(found.join('\n')).toMatch(wrong)
  })
})

describe('the file', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pangate-config-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is read, and everybody who could read a secret in it is warned of', () => {
    const file = join(folder, 'pangate.toml')
    writeFileSync(file, `${KEY}[database]\nurl = "file:x?authToken=canary"\n`)
    chmodSync(file, 0o644)
    const { config, warnings } = readConfig(file, {})
    expect(config.database.url).toBe('file:x?authToken=canary')
    expect(warnings).toEqual([
      `${file} can be read by everybody and holds [database] url: chmod 600 ${file}`,
    ])
    chmodSync(file, 0o600)
    expect(readConfig(file, {}).warnings).toEqual([])
    writeFileSync(file, KEY)
    chmodSync(file, 0o644)
    expect(readConfig(file, {}).warnings).toEqual([])
  })

  test('that is not there, or no text, says what to do', () => {
    expect(() => readConfig(join(folder, 'none.toml'), {})).toThrow('cannot be read')
    const file = join(folder, 'binary.toml')
    writeFileSync(file, Buffer.from([0x23, 0xff, 0xfe]))
    expect(() => readConfig(file, {})).toThrow('is not UTF-8')
  })

  test('is not needed', () => {
    const { config } = readConfig(null, { PANGATE_VAULT_MASTER_KEY_FILE: 'k' })
    expect(config.vault.master_key_file).toBe('k')
  })
})

test('the reference names every setting and its variable', () => {
  const text = renderConfigTable()
  for (const [section, settings] of SECTIONS) {
    expect(text).toContain(`### \`[${section}]\``)
    for (const key of settings.keys()) {
      expect(text).toContain(`| \`${key}\`<br>\`${variableOf(section, key)}\` |`)
    }
  }
  expect(text).toContain('`"127.0.0.1:8420"`')
})

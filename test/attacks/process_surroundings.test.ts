/**
 * @module What lies around the executable: files in its folder, variables, permissions, a configuration that is wrong, a byte that was changed.
 */
import { afterAll, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { binaryPath, run, stopAll } from '../support/binary.ts'
import { install, type Installed } from '../support/installed.ts'
import { freshFolder } from '../support/run.ts'

afterAll(stopAll)

/** What each of the files would do if it were obeyed. */
const preload = 'process.stderr.write("OBEYED\\n"); process.exit(3)\n'
const FILES: Readonly<Record<string, string>> = {
  'bunfig.toml': 'preload = ["./preload.ts"]\n[test]\npreload = ["./preload.ts"]\n',
  'preload.ts': preload,
  '.env': 'PANGATE_SERVER_LISTEN=127.0.0.1:1\nPANGATE_LOG_LEVEL=OBEYED\n',
  '.env.local': 'PANGATE_LOG_LEVEL=OBEYED\n',
  '.env.production': 'PANGATE_LOG_LEVEL=OBEYED\n',
  'package.json': '{"imports":{"#x":"./preload.ts"},"type":"commonjs","main":"preload.ts"}',
  'tsconfig.json': '{"compilerOptions":{"paths":{"*":["./preload.ts"]}}}',
  'node_modules/elysia/index.js': preload,
  'node_modules/libsql/index.js': preload,
  'node_modules/yaml/index.js': preload,
  '.npmrc': 'registry=http://127.0.0.1:1/\n',
}

/** An installation with those files in its folder. */
async function surrounded(): Promise<Installed> {
  const installed = await install()
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(installed.dir, name, '..'), { recursive: true })
    writeFileSync(join(installed.dir, name), text)
  }
  return installed
}

test('P03 files in its working folder have no effect', async () => {
  const installed = await surrounded()
  const served = await installed.serve()
  expect((await served.call('GET', '/healthz')).status).toBe(200)
  expect((await served.call('GET', '/v1/tokens?limit=1')).status).toBe(200)
  await served.program.stop()
  expect(served.program.stderr()).not.toContain('OBEYED')
})

/** Variables that would change the runtime under a server. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['BUN_OPTIONS', '--preload=./preload.ts'],
  ['BUN_INSPECT', '127.0.0.1:0'],
  ['BUN_INSPECT_CONNECT_TO', 'ws://127.0.0.1:1'],
  ['BUN_INSPECT_NOTIFY', 'unix:///tmp/none'],
  ['BUN_CONFIG_VERBOSE_FETCH', 'curl'],
  ['NODE_OPTIONS', '--require ./preload.ts'],
  ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
  ['NODE_EXTRA_CA_CERTS', '/dev/null'],
  ['NODE_DEBUG', 'http'],
  ['SSLKEYLOGFILE', 'keys'],
  ['RUST_LOG', 'trace'],
]

test.each([...REFUSED])(
  'P03 %s in the environment: it does not start, and says what to unset',
  async (name, value) => {
    const { dir } = await surrounded()
    const { status, stderr } = await run(['serve'], { dir, env: { [name]: value } })
    expect(status).toBe(1)
    expect(stderr).toContain(`unset ${name}`)
    expect(stderr).not.toContain('OBEYED')
  },
)

test('P03 BUN_BE_BUN makes another program of it, which serves nothing', async () => {
  const { dir } = await surrounded()
  const { status, stdout, stderr } = await run(['serve'], { dir, env: { BUN_BE_BUN: '1' } })
  expect(status).not.toBe(0)
  expect(stdout + stderr).not.toContain('listening')
})

/** The output of `serve` that does not start. */
async function refused(installed: Installed): Promise<string> {
  const { status, stderr } = await run(['serve'], { dir: installed.dir })
  expect(status, stderr).toBe(1)
  return stderr
}

test.each([0o644, 0o640, 0o604, 0o666])('P04 a master key of mode %o is not used', async (mode) => {
  const installed = await install()
  chmodSync(join(installed.dir, 'master.key'), mode)
  expect(await refused(installed)).toContain('chmod 600')
})

test('P04 what it makes is for its own user alone', async () => {
  const installed = await install()
  const served = await installed.serve()
  await served.call('POST', '/v1/cvc-sessions', { cvc: '12' })
  const made = [...new Bun.Glob('**/*').scanSync({ cwd: installed.dir, dot: true })]
  expect(made.filter((name) => name.includes('pangate.db')).length).toBeGreaterThan(0)
  const open = made.filter((name) => {
    const path = join(installed.dir, name)
    // A configuration without secrets may be read.
    return name !== 'pangate.toml' && existsSync(path) && (statSync(path).mode & 0o077) !== 0
  })
  expect(open).toEqual([])
  await served.program.stop()
})

test('P04 a database that others can read, and a user who may do everything: serve warns', async () => {
  const installed = await install()
  await installed.command('tenant', 'list')
  const [database = ''] = [...new Bun.Glob('**/pangate.db').scanSync({ cwd: installed.dir })]
  chmodSync(join(installed.dir, database), 0o644)
  const served = await installed.serve()
  await served.program.stop()
  const warnings = served.program.stderr().match(/^.*"event":"unsafe".*$/gm) ?? []
  expect(warnings.join('\n')).toMatch(/pangate\.db can be opened by every user.*chmod 600/)
  const root = process.getuid?.() === 0
  expect(/runs as root/.test(warnings.join('\n'))).toBe(root)
})

test('P04 a key on the command line is refused, and not repeated', async () => {
  const { dir } = await install()
  const args = ['account', 'add', '--tenant', 'shop', '--adapter', 'stripe', '--mode', 'sandbox']
  const secret = 'sk_test_onTheCommandLine'
  const { status, stderr } = await run(
    [...args, '--name', 'a', '--credential', `api_key=${secret}`],
    { dir },
  )
  expect(status).toBe(2)
  expect(stderr).toContain('secret')
  expect(stderr).not.toContain(secret)
})

/** A line of the configuration, and what must be named. */
const WRONG: readonly (readonly [line: string, named: string])[] = [
  ['[egress]\ntimeout = 1', 'egress.timeout'],
  ['[egres]\ntimeout_ms = 1', 'egres'],
  ['[egress]\ntimeout_ms = "soon"', 'egress.timeout_ms'],
  ['[egress]\ntimeout_ms = -1', 'egress.timeout_ms'],
  ['[egress]\nprivate_networks = ["everything"]', 'egress.private_networks'],
  ['[egress]\nprivate_networks = true', 'egress.private_networks'],
  ['[sessions]\ncvc_policy = "for_ever"', 'sessions.cvc_policy'],
  ['[sessions]\ncvc_ttl_seconds = 0', 'sessions.cvc_ttl_seconds'],
  ['[log]\nlevel = "everything"', 'log.level'],
  ['[database]\ndurability = "none"', 'database.durability'],
  ['[adapters]\npins = "all"', 'adapters.pins'],
]

test.each([...WRONG])(
  'P05 a configuration with %j does not start, and names it',
  async (line, named) => {
    const installed = await install()
    const file = join(installed.dir, 'pangate.toml')
    const [table = ''] = line.split('\n')
    // A table may stand once.
    const text = readFileSync(file, 'utf8').replaceAll(/^\[(\w+)\]$/gm, (whole) =>
      whole === table ? `# ${whole}` : whole,
    )
    writeFileSync(file, `${text}\n${line}\n`)
    expect((await refused(installed)).toLowerCase()).toContain(named.split('.').at(-1) ?? '')
  },
)

test.each([
  ['an empty file', ''],
  ['what is no TOML', '[server\n'],
  ['a table twice', '[log]\nlevel = "info"\n[log]\nlevel = "debug"\n'],
])('P05 %s is no configuration to guess from', async (_, text) => {
  const installed = await install()
  writeFileSync(join(installed.dir, 'pangate.toml'), text)
  expect(await refused(installed)).toMatch(/next: /)
})

test('P12 a changed byte shows in the hash that the bill of materials has', () => {
  const bill = `${binaryPath()}.cdx.json`
  const [, told] =
    /"alg": "SHA-256",\s*"content": "([0-9a-f]{64})"/.exec(readFileSync(bill, 'utf8')) ?? []
  const copy = join(freshFolder('tampered'), 'pangate')
  copyFileSync(binaryPath(), copy)
  const bytes = readFileSync(copy)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(String(told))
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  expect(createHash('sha256').update(bytes).digest('hex')).not.toBe(String(told))
  rmSync(copy)
})

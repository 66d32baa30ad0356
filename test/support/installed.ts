/**
 * @module The executable set up as an operator would, in an empty folder: init, tenant, key, destination; the sandbox beside it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binaryPath, run, start, type Program } from './binary.ts'
import { NO_LIMITS } from './limits.ts'
import { evidence } from './run.ts'

export interface SandboxProgram {
  readonly program: Program
  readonly url: string
  readonly port: number
  readonly caFile: string
}

export interface Installed {
  readonly dir: string
  readonly tenant: string
  readonly key: string
  /** Runs a command in the installation's folder; throws with its output when it fails. */
  command(...args: readonly string[]): Promise<string>
  /**
   * Starts `serve`, by a program that is given its command where there is a wrapper, and waits until it listens. `executable` is
   * another version of Pangate's.
   */
  serve(
    env?: Readonly<Record<string, string>>,
    wrapper?: readonly string[],
    executable?: string,
  ): Promise<Served>
}

export interface Served {
  readonly program: Program
  readonly url: string
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  at(...path: readonly (string | number)[]): unknown
  textAt(...path: readonly (string | number)[]): string
}

/** Starts `pangate sandbox` on a free port. */
export async function startSandboxProgram(): Promise<SandboxProgram> {
  const program = start(['sandbox', '--port', '0', '--data', 'sandbox', '--json'])
  const [line] = await program.waitForLine(/^\{.*\}$/)
  const ready: unknown = JSON.parse(line)
  const url = String(member(ready, 'url'))
  return { program, url, port: Number(new URL(url).port), caFile: String(member(ready, 'ca_file')) }
}

/** `PANGATE_TEST_WORKERS=2` has every test that says nothing of it serve with so many processes. */
const WORKERS = { PANGATE_SERVER_WORKERS: process.env['PANGATE_TEST_WORKERS'] ?? '' }

/**
 * Installs in a new empty folder, listening on free ports, trusting the sandbox (or what stands in for it); `settings` are variables of
 * every command, such as those of a database elsewhere.
 */
export async function install(
  sandbox?: Pick<SandboxProgram, 'caFile' | 'port'>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Installed> {
  const made = await run(['init'])
  if (made.status !== 0) throw new Error(made.stdout + made.stderr)
  const { dir } = made
  const file = join(dir, 'pangate.toml')
  const text = readFileSync(file, 'utf8')
    .replace(/^#? ?listen = .*$/m, 'listen = "127.0.0.1:0"')
    .replace(/^#? ?admin_listen = .*$/m, 'admin_listen = "127.0.0.1:0"')
  writeFileSync(file, text)
  const env = {
    ...settings,
    ...(sandbox && {
      PANGATE_EGRESS_CA_FILE: sandbox.caFile,
      PANGATE_EGRESS_PRIVATE_NETWORKS: '["127.0.0.0/8", "::1/128"]',
    }),
  }
  const command = async (...args: readonly string[]): Promise<string> => {
    const done = await run(args, { dir, env })
    if (done.status !== 0)
      throw new Error(`pangate ${args.join(' ')}: ${done.stdout}${done.stderr}`)
    return done.stdout
  }
  const tenant = String(
    member(JSON.parse(await command('tenant', 'create', 'shop', '--json')), 'id'),
  )
  const scopes = 'tokens:write,tokens:read,forward,forwards:read,admin'
  const created = await command('key', 'create', '--tenant', 'shop', '--scope', scopes, '--json')
  const key = String(member(JSON.parse(created), 'key'))
  if (sandbox) {
    await command(
      'destination',
      'add',
      'localhost',
      '--port',
      String(sandbox.port),
      '--tenant',
      'shop',
    )
  }
  return {
    dir,
    tenant,
    key,
    command,
    async serve(more = {}, wrapper = [], executable = binaryPath()) {
      const [binary = executable, ...args] = [...wrapper, executable, 'serve']
      const program = start(args, {
        dir,
        env: { ...NO_LIMITS, ...WORKERS, ...env, ...more },
        binary,
      })
      const [, url = ''] = await program.waitForLine(/\blistening"?,? ?\{?"address":"([^"]+)"/)
      return { program, url, call: caller(url, key) }
    },
  }
}

/** Says that an answer has cards in it because they were asked for. */
export const ASKS_FOR_CARDS = 'x-asks-for-cards'

/**
 * A client that keeps what it is answered among what is searched for canaries, unless it asks for cards: by `/reveal`, or with the
 * header {@link ASKS_FOR_CARDS}, which goes no further.
 */
export function caller(url: string, key: string): Served['call'] {
  return async (method, path, body, headers = {}) => {
    const { [ASKS_FOR_CARDS]: asks, ...sent } = headers
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...sent,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    if (asks === undefined && !path.endsWith('/reveal')) evidence('answer.txt', text)
    const at: Reply['at'] = (...names) => names.reduce<unknown>(member, parsed(text))
    return {
      status: response.status,
      headers: response.headers,
      text,
      at,
      textAt: (...names) => String(at(...names) ?? ''),
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function member(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

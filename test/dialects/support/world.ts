/**
 * @module What all cases share: the executable serving, a PSP sandbox that keeps every byte it is sent, and credentials.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createApp } from '../../../src/sandbox/app.ts'
import { openAuthority } from '../../../src/sandbox/authority.ts'
import type { Received, Reply } from '../../../src/sandbox/exchange.ts'
import { createRecord } from '../../../src/sandbox/seen.ts'
import { listen } from '../../../src/sandbox/server.ts'
import { SCOPES } from '../../../src/auth/scopes.ts'
import { run, start } from '../../support/binary.ts'
import type { Message } from './case_file.ts'
import type { Came } from './compare.ts'
import { sendExactly } from './http.ts'
import type { Lookup } from './variables.ts'

const ROOT = resolve(import.meta.dir, '../../..')

export interface World {
  /** `http://127.0.0.1:port` of the gateway. */
  readonly url: string
  /** What reached the PSP since the last call. */
  arrivals(): readonly Came[]
  /** What the PSP answers from now on; null: what the sandbox does. */
  reply(message: Message | null): void
  readonly lookup: Lookup
  stop(): Promise<void>
}

/** Starts everything, once for all cases. `PANGATE_SOURCE=1` runs the source, to try a case without a build. */
export async function openWorld(): Promise<World> {
  const psp = await openPsp()
  const cli = program()
  const made = await cli.run(['init'])
  const tenant = await cli.json(['tenant', 'create', 'shop', '--json'], made.dir)
  const name = text(tenant, 'name')
  const all = Object.keys(SCOPES).join(',')
  const create = async (kind: string, ...test: string[]) =>
    cli.json([kind, 'create', '--tenant', name, '--scope', all, ...test, '--json'], made.dir)
  const key = text(await create('key'), 'key')
  const testKey = text(await create('key', '--test'), 'key')
  const client = await create('client')
  const testClient = await create('client', '--test')
  await cli.run(
    ['destination', 'add', 'localhost', '--port', String(psp.port), '--tenant', name],
    made.dir,
  )
  const server = cli.start(['serve'], made.dir, {
    PANGATE_SERVER_LISTEN: '127.0.0.1:0',
    PANGATE_SERVER_ADMIN_LISTEN: '127.0.0.1:0',
    PANGATE_EGRESS_PRIVATE_NETWORKS: '127.0.0.0/8,::1/128',
    PANGATE_EGRESS_CA_FILE: psp.caFile,
    PANGATE_DATABASE_DURABILITY: 'process',
  })
  const [, url = ''] = await server.waitForLine(/"address":"(http:[^"]+)"/)
  return {
    url,
    arrivals: () => psp.take(),
    reply: (message) => psp.reply(message),
    lookup: lookupOf({ url, key, testKey, client, testClient, psp }),
    async stop() {
      await server.stop()
      await psp.stop()
    },
  }
}

interface Known {
  readonly url: string
  readonly key: string
  readonly testKey: string
  readonly client: unknown
  readonly testClient: unknown
  readonly psp: Psp
}

/** The variables of test/dialects/README.md. Credentials with fewer scopes are made when a case asks for them. */
function lookupOf({ url, key, testKey, client, testClient, psp }: Known): Lookup {
  const plain: Readonly<Record<string, string>> = {
    psp: `https://localhost:${psp.port}`,
    'psp-host': `localhost:${psp.port}`,
    gateway: url,
    key,
    'test-key': testKey,
    'client-id': text(client, 'id'),
    'client-secret': text(client, 'secret'),
    'test-client-id': text(testClient, 'id'),
    'test-client-secret': text(testClient, 'secret'),
    crlf: '\r\n',
  }
  const made = new Map<string, Promise<string>>()
  const once = (name: string, make: () => Promise<string>) => {
    const before = made.get(name) ?? make()
    made.set(name, before)
    return before
  }
  return async (name, argument) => {
    if (argument === null && plain[name] !== undefined) return plain[name]
    const full = `${name}:${argument ?? ''}`
    if (name === 'key' || name === 'test-key') {
      return once(full, () => newKey(url, key, argument ?? '', name === 'test-key'))
    }
    if (name === 'jwt') return once(full, () => newJwt(url, client, argument))
    if (name === 'test-jwt') return once(full, () => newJwt(url, testClient, argument))
    return null
  }
}

async function newKey(url: string, key: string, scopes: string, test: boolean): Promise<string> {
  const body = JSON.stringify({ name: 'case', scopes: scopes.split(' '), test })
  const answer = await sendExactly(
    url,
    'POST /v1/keys',
    [
      ['authorization', `Bearer ${key}`],
      ['content-type', 'application/json'],
    ],
    body,
  )
  return text(JSON.parse(answer.body), 'key')
}

async function newJwt(url: string, client: unknown, scope: string | null): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: text(client, 'id'),
    client_secret: text(client, 'secret'),
    ...(scope !== null && { scope }),
  })
  const headers = [['content-type', 'application/x-www-form-urlencoded']] as const
  const answer = await sendExactly(url, 'POST /oauth/token', headers, String(form))
  return text(JSON.parse(answer.body), 'access_token')
}

interface Psp {
  readonly port: number
  readonly caFile: string
  take(): readonly Came[]
  reply(message: Message | null): void
  stop(): Promise<void>
}

/** The sandbox, with a record in front that masks nothing. */
async function openPsp(): Promise<Psp> {
  const authority = await openAuthority(null)
  const record = createRecord()
  let seen: Came[] = []
  let fixed: Reply | null = null
  let port = 0
  const app = createApp(Date.now, () => `https://localhost:${port}`, record)
  const server = await listen({
    port: 0,
    hostname: '127.0.0.1',
    ...authority.leaf,
    clock: Date.now,
    log: () => {},
    record,
    unrecorded: new Set(),
    answer(request) {
      seen.push(cameOf(request))
      return fixed ?? app(request)
    },
  })
  port = server.port
  return {
    port,
    caFile: authority.caFile,
    take() {
      const taken = seen
      seen = []
      return taken
    },
    reply(message) {
      fixed = message && {
        status: Number(message.start),
        headers: Object.fromEntries(message.headers),
        body: message.body ?? '',
      }
    },
    stop: () => server.stop(),
  }
}

function cameOf({ method, path, query, headers, body }: Received): Came {
  const target = query === '' ? path : `${path}?${query}`
  return { start: `${method} ${target}`, headers, body: body.toString('utf8') }
}

/** The executable where it was built, else the source. */
function program() {
  const source = process.env['PANGATE_SOURCE'] === '1' || !isBuilt()
  const before = source ? ['run', join(ROOT, 'src/main.ts')] : []
  const options = (dir?: string) => ({
    ...(source && { binary: process.execPath }),
    ...(dir !== undefined && { dir }),
  })
  const checked = async (args: readonly string[], dir?: string) => {
    const done = await run([...before, ...args], options(dir))
    if (done.status === 0) return done
    throw new Error(`pangate ${args.join(' ')}: ${done.stderr}`)
  }
  return {
    run: checked,
    json: async (args: readonly string[], dir: string): Promise<unknown> =>
      JSON.parse((await checked(args, dir)).stdout),
    start: (args: readonly string[], dir: string, env: Readonly<Record<string, string>>) =>
      start([...before, ...args], { ...options(dir), env }),
  }
}

function isBuilt(): boolean {
  return process.env['PANGATE_BIN'] !== undefined || existsSync(join(ROOT, 'dist/pangate'))
}

function text(value: unknown, name: string): string {
  const found = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  if (typeof found === 'string') return found
  throw new Error(`there is no ${name} in ${JSON.stringify(value)}`)
}

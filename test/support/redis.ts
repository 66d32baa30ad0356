/**
 * @module A real Redis on a free port of loopback, in a folder of the run; frozen, killed and started again as a test likes.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificate, type Pair } from './certificates.ts'
import { freePort } from './ports.ts'
import { leashed } from './leash.ts'
import { freshFolder } from './run.ts'

export interface RedisServer {
  readonly port: number
  /** Without credentials: `redis://127.0.0.1:PORT`, or `rediss://localhost:PORT`. */
  readonly url: string
  readonly dir: string
  pid(): number
  /** Runs `redis-cli` and gives what it prints. Throws what the server said where it refuses. */
  cli(...args: readonly string[]): Promise<string>
  /** All keys there are. */
  keys(): Promise<readonly string[]>
  /** Every byte of a snapshot of it, as Latin-1. */
  dump(): Promise<string>
  /** Stops its clock: connections stay and nothing is answered. */
  freeze(): void
  resume(): void
  kill(): Promise<void>
  /** On the same port, with nothing in it. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface RedisWish {
  readonly password?: string
  /** Speaks TLS alone, with this certificate. */
  readonly tls?: Pair
  /** Follows another one. */
  readonly replicaOf?: RedisServer
  /** Further lines of its configuration. */
  readonly lines?: readonly string[]
}

/** Why there can be none; null where there can. Printed once, by whoever skips. */
export function noRedis(): string | null {
  return Bun.which('redis-server') && Bun.which('redis-cli')
    ? null
    : 'redis-server is not installed'
}

type Child = Bun.Subprocess<'ignore', 'pipe', 'inherit'>

const running = new Set<Child>()

/** Stops every server that the tests of this file left running; for `afterAll`. */
export async function stopRedis(): Promise<void> {
  await Promise.all([...running].map(end))
}

/** Starts one that writes nothing to its disk, and waits until it answers. */
export async function startRedis(wish: RedisWish = {}): Promise<RedisServer> {
  const dir = freshFolder('redis')
  const port = await freePort()
  const file = join(dir, 'redis.conf')
  writeFileSync(file, configuration(dir, port, wish))
  let child = await launch(file)
  const { password, tls } = wish
  const options = [
    ...['-p', String(port)],
    ...(password === undefined ? [] : ['--no-auth-warning', '-a', password]),
    ...(tls ? ['--tls', '--insecure'] : []),
  ]
  const server: RedisServer = {
    port,
    url: tls ? `rediss://localhost:${port}` : `redis://127.0.0.1:${port}`,
    dir,
    pid: () => child.pid,
    async cli(...args) {
      const asked = Bun.spawn(['redis-cli', '-e', ...options, ...args], {
        stdout: 'pipe',
        stderr: 'pipe',
      })
      const [out, err] = await Promise.all([
        new Response(asked.stdout).text(),
        new Response(asked.stderr).text(),
        asked.exited,
      ])
      if (asked.exitCode !== 0) throw new Error(`redis-cli ${args.join(' ')}: ${out}${err}`)
      return out.trim()
    },
    keys: async () => (await server.cli('--scan')).split('\n').filter((key) => key !== ''),
    async dump() {
      await server.cli('SAVE')
      const snapshot = join(dir, 'dump.rdb')
      const bytes = readFileSync(snapshot, 'latin1')
      rmSync(snapshot)
      return bytes
    },
    freeze: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: () => end(child),
    async restart() {
      await end(child)
      child = await launch(file)
    },
    stop: () => end(child),
  }
  return server
}

/** An authority, and a certificate of it for each list of names. */
export async function redisCertificates(
  ...names: readonly (readonly string[])[]
): Promise<{ readonly caFile: string; readonly pairs: readonly Pair[] }> {
  const authority = await certificate({
    issuer: null,
    names: null,
    commonName: 'An authority',
    authority: true,
  })
  const caFile = join(freshFolder('redis-ca'), 'ca.crt')
  writeFileSync(caFile, authority.cert)
  const pairs = await Promise.all(
    names.map((own) => certificate({ issuer: authority, names: own })),
  )
  return { caFile, pairs }
}

function configuration(dir: string, port: number, wish: RedisWish): string {
  const { password, tls, replicaOf, lines = [] } = wish
  if (tls) {
    writeFileSync(join(dir, 'redis.crt'), tls.cert)
    writeFileSync(join(dir, 'redis.key'), tls.key, { mode: 0o600 })
  }
  const all = [
    'bind 127.0.0.1',
    `dir ${dir}`,
    'save ""',
    'appendonly no',
    // At once, so that a test need not wait for it.
    'repl-diskless-sync-delay 0',
    ...(tls
      ? [`port 0\ntls-port ${port}\ntls-cert-file ${dir}/redis.crt\ntls-key-file ${dir}/redis.key`]
      : [`port ${port}`]),
    ...(tls ? [`tls-ca-cert-file ${dir}/redis.crt`, 'tls-auth-clients no'] : []),
    ...(password === undefined ? [] : [`requirepass ${password}`, `masterauth ${password}`]),
    ...(replicaOf ? [`replicaof 127.0.0.1 ${replicaOf.port}`] : []),
    ...lines,
  ]
  return `${all.join('\n')}\n`
}

/** Its process, once it answers. */
async function launch(file: string): Promise<Child> {
  const child: Child = Bun.spawn(leashed(['redis-server', file]), {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  running.add(child)
  void child.exited.then(() => running.delete(child))
  const ready = Promise.withResolvers<void>()
  void follow(child.stdout, ready.resolve).then((text) =>
    ready.reject(new Error(`redis-server did not start: ${text}`)),
  )
  await ready.promise
  return child
}

/** Reads its log to the end, so that it never waits for a reader. */
async function follow(log: ReadableStream<Uint8Array>, ready: () => void): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of log) {
    text += decoder.decode(chunk, { stream: true })
    if (text.includes('Ready to accept connections')) ready()
  }
  return text
}

async function end(child: Child): Promise<void> {
  child.kill('SIGKILL')
  await child.exited
}

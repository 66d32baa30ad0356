/**
 * @module Tests in a network of their own, where every address there is leads to the machine itself: nothing can leave it.
 */
import * as bun from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freshFolder } from './run.ts'

/** Set inside: the tests then run as they are. */
const INSIDE = 'PANGATE_TEST_NAMESPACE'
/** For all tests of one file together. */
const PATIENCE_MS = 60_000

/** All of IPv4 and IPv6 is local there, so that a connection to any address is seen and none gets out. */
const SETUP = [
  'ip link set lo up',
  'ip route add local 0.0.0.0/0 dev lo',
  'ip -6 route add local ::/0 dev lo',
  // Names are asked for at the test's own server, at an address that is nobody else's.
  'mount --bind "$0" /etc/resolv.conf',
].join(' && ')

interface Isolated {
  test(name: string, run: () => Promise<void>, timeout?: number): void
  beforeAll(run: () => Promise<void>): void
  afterAll(run: () => Promise<void>): void
}

/**
 * Takes a test file's own path and gives what to write its tests with. Outside, each waits for its namesake in the one
 * run that happens inside, and fails with what that printed; where namespaces are not permitted, all are skipped and the
 * reason is printed.
 */
export function isolated(path: string): Isolated {
  if (process.env[INSIDE] === path) {
    return {
      test: (name, run, timeout = 20_000) => bun.test(name, run, timeout),
      beforeAll: (run) => bun.beforeAll(run, 20_000),
      afterAll: (run) => bun.afterAll(run, 20_000),
    }
  }
  const reason = refusal()
  if (reason !== null) console.log(`skipped: no network of its own for ${path}: ${reason}`)
  let results: Promise<Results> | undefined
  return {
    test: (name) =>
      bun.test.skipIf(reason !== null)(
        name,
        async () => {
          const { passed, output } = await (results ??= runInside(path))
          if (!passed.has(name)) throw new Error(`It failed in its namespace:\n${output}`)
        },
        PATIENCE_MS,
      ),
    beforeAll: () => undefined,
    afterAll: () => undefined,
  }
}

interface Results {
  readonly passed: ReadonlySet<string>
  readonly output: string
}

/** Why there can be no namespace; null where there can. */
function refusal(): string | null {
  if (process.platform !== 'linux') return 'this is not Linux'
  const { exitCode, stderr } = Bun.spawnSync([...command('true'), 'true'])
  return exitCode === 0 ? null : stderr.toString().trim() || 'unshare is not permitted'
}

/** What runs a command inside, once it is followed by one. */
function command(resolver: string): string[] {
  // Who is not root becomes it in a user namespace.
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user']
  const file = join(freshFolder('namespace'), 'resolv.conf')
  writeFileSync(file, `${resolver}\noptions timeout:1 attempts:1\n`)
  return ['unshare', '--net', '--mount', ...user, 'sh', '-c', `${SETUP} && exec "$@"`, file]
}

async function runInside(path: string): Promise<Results> {
  const report = join(freshFolder('namespace'), 'report.xml')
  const runner = [
    process.execPath,
    'test',
    path,
    '--reporter=junit',
    `--reporter-outfile=${report}`,
  ]
  const child = Bun.spawn([...command('nameserver 127.0.0.53'), ...runner], {
    env: { ...process.env, [INSIDE]: path },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  clearTimeout(timer)
  const xml = await Bun.file(report)
    .text()
    .catch(() => '')
  const passed = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*\/>/g)].map(([, name = '']) =>
    decoded(name),
  )
  return { passed: new Set(passed), output: out + err }
}

function decoded(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&apos;': "'",
    '&#39;': "'",
    '&amp;': '&',
  }
  return text.replace(/&(?:lt|gt|quot|apos|#39|amp);/g, (entity) => entities[entity] ?? entity)
}

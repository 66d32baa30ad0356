/** @module The executable holds all it needs, obeys nothing around it, and can be made for every platform. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  TARGETS,
  type TargetName,
  compile,
  hostTarget,
  isTarget,
  nativeModule,
} from '../src/compile.ts'
import { run } from './support/binary.ts'

const ENTRY = join(import.meta.dir, 'support/surroundings.ts')
const MINUTES = 60_000

const folder = mkdtempSync(join(tmpdir(), 'pangate-compile-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the executable', () => {
  const binary = join(folder, 'ours')
  const obedient = join(folder, 'obedient')
  const expected = {
    two: 2,
    mode: 'production',
    dotenv: null,
    preloaded: false,
    args: ['--json', '--', '--preload=x'],
  }
  const preload = 'globalThis.preloaded = true'
  const files = {
    'bunfig.toml': 'preload = ["./preload.ts"]',
    'preload.ts': preload,
    '.env': 'FROM_DOTENV=obeyed',
    '.env.production': 'FROM_DOTENV=obeyed',
    'package.json': '{"imports": {"@libsql/client": "./preload.ts"}}',
    'tsconfig.json': '{"compilerOptions": {"paths": {"@libsql/client": ["./preload.ts"]}}}',
    'node_modules/@libsql/client/index.js': preload,
    'node_modules/libsql/index.js': preload,
  }

  beforeAll(async () => {
    await compile({ entry: ENTRY, outfile: binary, target: hostTarget() })
    // Shows that the surroundings below do reach an executable that is built without our settings.
    await Bun.build({ entrypoints: [control()], compile: { outfile: obedient } })
  }, MINUTES)

  test('has a bill of materials beside it, of what is really inside', () => {
    const bill: unknown = JSON.parse(readFileSync(`${binary}.cdx.json`, 'utf8'))
    const hash = createHash('sha256').update(readFileSync(binary)).digest('hex')
    const lock = readFileSync(join(import.meta.dir, '../bun.lock'), 'utf8')
    const [, libsql] = /"libsql": \["libsql@([^"]+)"/.exec(lock) ?? []
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { component: { name: 'pangate', hashes: [{ alg: 'SHA-256', content: hash }] } },
    })
    const purls = [...JSON.stringify(bill).matchAll(/"purl":"([^"]+)"/g)].map(([, purl]) => purl)
    expect(purls).toContain(`pkg:npm/libsql@${libsql}`)
    expect(purls.some((purl) => purl?.startsWith('pkg:npm/%40libsql/linux-') ?? false)).toBe(
      process.platform === 'linux',
    )
    expect(new Set(purls).size).toBe(purls.length)
    // Used by tests alone.
    for (const name of ['fast-check', 'prettier', 'stripe']) {
      expect(purls.filter((purl) => purl?.startsWith(`pkg:npm/${name}@`))).toEqual([])
    }
  })

  async function says(
    program: string,
    options: Parameters<typeof run>[1] = {},
  ): Promise<{ said: unknown; dir: string }> {
    const { status, stdout, stderr, dir } = await run(expected.args, {
      ...options,
      binary: program,
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return { said: JSON.parse(stdout), dir }
  }

  test('runs from an empty directory with an empty environment, and leaves nothing there', async () => {
    const { said, dir } = await says(binary)
    expect(said).toEqual(expected)
    expect(readdirSync(dir)).toEqual([])
  })

  test('obeys no file beside it', async () => {
    expect((await says(binary, { files })).said).toEqual(expected)
    expect((await says(obedient, { files })).said).toEqual({ dotenv: 'obeyed', preloaded: true })
  })

  test('takes no options of the runtime from BUN_OPTIONS', async () => {
    const options = { files: { 'p.ts': preload }, env: { BUN_OPTIONS: '--preload=./p.ts' } }
    expect((await says(binary, options)).said).toEqual(expected)
    expect((await says(obedient, options)).said).toEqual({ dotenv: null, preloaded: true })
  })

  /** The same questions without libSQL, which cannot be compiled without our plugin. */
  function control(): string {
    const path = join(folder, 'control.ts')
    const answer = `{ dotenv: process.env.FROM_DOTENV ?? null, preloaded: 'preloaded' in globalThis }`
    writeFileSync(path, `console.log(JSON.stringify(${answer}))`)
    return path
  }
})

test('is not made when the loader of libSQL has changed', async () => {
  const project = join(folder, 'changed')
  mkdirSync(join(project, 'node_modules/libsql'), { recursive: true })
  writeFileSync(join(project, 'node_modules/libsql/index.js'), 'module.exports = 1')
  const entry = join(project, 'entry.ts')
  writeFileSync(entry, 'import "libsql"')
  const made = compile({ entry, outfile: join(project, 'made'), target: hostTarget() })
  const reasons = await made.then(
    () => ['made'],
    (error: unknown) => (error instanceof AggregateError ? error.errors.map(String) : [error]),
  )
  expect(reasons).toEqual([expect.stringContaining('loads its native module in a new way')])
})

describe('every target', () => {
  /** The machine in the header of ELF and Mach-O files, and the loader that an executable for Linux names. */
  const platforms: Record<TargetName, { magic: string; loader: string }> = {
    'linux-x64': { magic: '7f454c460201', loader: '/lib64/ld-linux-x86-64.so.2' },
    'linux-arm64': { magic: '7f454c460201', loader: '/lib/ld-linux-aarch64.so.1' },
    'linux-x64-musl': { magic: '7f454c460201', loader: '/lib/ld-musl-x86_64.so.1' },
    'linux-arm64-musl': { magic: '7f454c460201', loader: '/lib/ld-musl-aarch64.so.1' },
    'darwin-arm64': { magic: 'cffaedfe0c000001', loader: '/usr/lib/dyld' },
    'darwin-x64': { magic: 'cffaedfe07000001', loader: '/usr/lib/dyld' },
  }
  for (const target of Object.keys(platforms).filter(isTarget)) {
    const { magic, loader } = platforms[target]
    test(
      target,
      async () => {
        await compile({ entry: ENTRY, outfile: join(folder, target), target })
        const content = readFileSync(join(folder, target))
        expect(content.subarray(0, magic.length / 2).toString('hex')).toBe(magic)
        expect(content.subarray(0, 8192).includes(`${loader}\0`)).toBe(true)
        const holds = Object.values(TARGETS)
          .map(({ native }) => native)
          .filter((name) => content.includes(start(name)))
        expect(holds).toEqual([TARGETS[target].native])
        expect(statSync(join(folder, target)).size).toBeLessThan(130e6)
        rmSync(join(folder, target))
      },
      5 * MINUTES,
    )
  }

  /** The first bytes of a native module, which hold its build id or checksum. */
  function start(native: string): Uint8Array {
    return readFileSync(join(nativeModule(native), 'index.node')).subarray(0, 4096)
  }

  test('is on this list', () => {
    expect(Object.keys(platforms).sort()).toEqual(Object.keys(TARGETS).sort())
  })
})

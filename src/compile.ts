/**
 * @module Makes the executable: `bun run build [--target=NAME] [--outfile=PATH]` writes `dist/pangate`.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { coldParts } from './compile/cold.ts'
import { billOfMaterials } from './compile/sbom.ts'

const ROOT = resolve(import.meta.dir, '..')

interface Target {
  /** Bun's own name of the runtime to put in. */
  readonly runtime: Bun.Build.CompileTarget
  /** libSQL's native module for it. */
  readonly native: string
}

/** Every platform there is an executable for. One build holds one runtime and one native module. */
export const TARGETS = {
  'linux-x64': { runtime: 'bun-linux-x64', native: '@libsql/linux-x64-gnu' },
  'linux-arm64': { runtime: 'bun-linux-arm64', native: '@libsql/linux-arm64-gnu' },
  'linux-x64-musl': { runtime: 'bun-linux-x64-musl', native: '@libsql/linux-x64-musl' },
  'linux-arm64-musl': { runtime: 'bun-linux-arm64-musl', native: '@libsql/linux-arm64-musl' },
  'darwin-arm64': { runtime: 'bun-darwin-arm64', native: '@libsql/darwin-arm64' },
  'darwin-x64': { runtime: 'bun-darwin-x64', native: '@libsql/darwin-x64' },
} as const satisfies Record<string, Target>

export type TargetName = keyof typeof TARGETS

/**
 * Makes one executable, and its bill of materials beside it as `.cdx.json`, and gives its path. Throws when the runtime or the native module of a foreign target cannot be
 * installed, or when libSQL's loader no longer reads as expected.
 */
export async function compile(options: {
  readonly entry: string
  readonly outfile: string
  readonly target: TargetName
}): Promise<string> {
  const target = TARGETS[options.target]
  const outfile = resolve(options.outfile)
  mkdirSync(dirname(outfile), { recursive: true })
  const cold = await coldParts()
  const native = nativeModule(target.native)
  const built = await Bun.build({
    entrypoints: [options.entry],
    format: 'esm',
    metafile: true,
    // Halves the time to the first answer. Identifiers stay, because Elysia reads the source of handlers.
    bytecode: true,
    minify: { whitespace: true, syntax: true, identifiers: false },
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [literalNative(native), withoutFileTypes, ...cold.plugins],
    compile: {
      outfile,
      // The runtime of this very process where it fits, so that the default build needs no download.
      ...(options.target === hostTarget() ? {} : { target: target.runtime }),
      // Nothing that lies in the working directory may change what the executable does.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
      // `--` ends the runtime's own options, so that BUN_OPTIONS can add none.
      execArgv: ['--'],
    },
  })
  const made = built.metafile ? [built.metafile, ...cold.made] : cold.made
  const bill = billOfMaterials(outfile, made, [native])
  writeFileSync(`${outfile}.cdx.json`, `${JSON.stringify(bill, null, 2)}\n`)
  return outfile
}

/** The target that runs on this machine. Throws on a platform there is no executable for. */
export function hostTarget(): TargetName {
  const name = `${process.platform}-${process.arch}${usesMusl() ? '-musl' : ''}`
  if (!isTarget(name)) throw new Error(`There is no executable for ${name}.`)
  return name
}

/** Whether there is a target of this name. */
export function isTarget(name: string): name is TargetName {
  return Object.hasOwn(TARGETS, name)
}

/** Whether the running Bun is linked to musl: an ELF file names its loader in its first kilobytes. */
function usesMusl(): boolean {
  if (process.platform !== 'linux') return false
  const head = Buffer.alloc(8192)
  const file = openSync(process.execPath, 'r')
  readSync(file, head)
  closeSync(file)
  return head.includes('/ld-musl-')
}

/** libSQL computes the name of its native module at run time, where no bundler can follow; this writes the one name in. */
function literalNative(folder: string): Bun.BunPlugin {
  // What guesses the platform is of no use in an executable.
  const guesses = [
    /^const \{ load, currentTarget \} = .*\n/m,
    /^const \{ familySync, GLIBC, MUSL \} = .*\n/m,
  ]
  const loader =
    /^function requireNative\(\) \{\n[\s\S]*?return require\(`@libsql\/\$\{target\}`\);\n\}\n/m
  const targets = /^if \(0\) \{\n {2}require\("\.\/\.targets"\);\n\}\n/m
  return {
    name: 'literal-native',
    setup(build) {
      build.onLoad(
        { filter: /[\\/]node_modules[\\/]libsql[\\/](?:index|promise)\.js$/ },
        (file) => {
          const source = readFileSync(file.path, 'utf8')
          if (![...guesses, loader].every((part) => part.test(source))) {
            throw new Error(
              `${file.path} loads its native module in a new way: mend src/compile.ts`,
            )
          }
          const literal = `function requireNative() { return require(${JSON.stringify(folder)}) }\n`
          const contents = [...guesses, targets]
            .reduce((text, part) => text.replace(part, ''), source)
            .replace(loader, () => literal)
          return { contents, loader: 'js' }
        },
      )
    },
  }
}

/** Elysia can tell what an uploaded file is by a library of its own; no route here takes files. */
const withoutFileTypes: Bun.BunPlugin = {
  name: 'without-file-types',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/]file-type[\\/].*\.js$/ }, () => ({
      contents: 'export {}',
      loader: 'js',
    }))
  },
}

/** The folder of a native module: the installed one, else one that is installed into a cache. */
export function nativeModule(name: string): string {
  const installed = join(ROOT, 'node_modules', name)
  if (existsSync(installed)) return installed
  const pinned = lockfileLine(name)
  const cache = join(ROOT, 'node_modules/.cache/pangate', pinned.version, basename(name))
  const folder = join(cache, 'node_modules', name)
  if (!existsSync(folder)) installPinned(cache, name, pinned)
  return folder
}

interface Pinned {
  readonly version: string
  /** The line of bun.lock, hash included. */
  readonly line: string
  readonly os: string
  readonly cpu: string
}

/** What bun.lock says about a package. Throws when it says nothing, or not for one platform. */
function lockfileLine(name: string): Pinned {
  const line = lines(join(ROOT, 'bun.lock')).find((text) => text.startsWith(`    "${name}": [`))
  const found = /@(\d[^"@]*)", "", \{ "os": "(\w+)", "cpu": "(\w+)" \}, "sha512-/.exec(line ?? '')
  const [, version, os, cpu] = found ?? []
  if (!line || !version || !os || !cpu) throw new Error(`bun.lock does not pin ${name}.`)
  return { version, line, os, cpu }
}

/** Installs one package for another platform into a folder of its own, leaving the project's lockfile alone. */
function installPinned(folder: string, name: string, pinned: Pinned): void {
  mkdirSync(folder, { recursive: true })
  const root = { name: 'native', dependencies: { [name]: pinned.version } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(root))
  // The project's own line goes along, so that Bun checks the download against its hash.
  const lock = `{ "lockfileVersion": 1, "workspaces": { "": ${JSON.stringify(root)} }, "packages": {\n${pinned.line}\n} }\n`
  writeFileSync(join(folder, 'bun.lock'), lock)
  const install = Bun.spawnSync({
    cmd: [
      process.execPath,
      ...['install', '--frozen-lockfile', '--ignore-scripts', '--no-progress'],
      ...[`--os=${pinned.os}`, `--cpu=${pinned.cpu}`],
    ],
    cwd: folder,
    // A cache of its own: what lies in the shared one may have come without the check.
    env: { ...process.env, BUN_INSTALL_CACHE_DIR: join(folder, 'cache') },
    stdout: 'ignore',
    stderr: 'inherit',
  })
  if (!install.success) throw new Error(`${name}@${pinned.version} could not be installed.`)
}

function lines(path: string): readonly string[] {
  return readFileSync(path, 'utf8').split('\n')
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { target: { type: 'string' }, outfile: { type: 'string' } },
  })
  const host = hostTarget()
  const target = values.target ?? host
  if (!isTarget(target)) {
    throw new Error(`There is no target ${target}; there are ${Object.keys(TARGETS).join(', ')}.`)
  }
  const name = target === host ? 'pangate' : `pangate-${target}`
  const outfile = values.outfile ?? join(ROOT, 'dist', name)
  const started = performance.now()
  await compile({ entry: join(ROOT, 'src/main.ts'), outfile, target })
  const megabytes = (statSync(outfile).size / 1e6).toFixed(1)
  console.log(
    `${outfile}: ${target}, ${megabytes} MB, ${Math.round(performance.now() - started)} ms`,
  )
}

if (import.meta.main) await main()

/**
 * @module Parts of the executable that most servers never use: files of their own beside the program, without bytecode.
 */
import { readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Made } from './sbom.ts'

const ROOT = resolve(import.meta.dir, '../..')

export interface ColdParts {
  /** What puts them in. That is 1.5 MB less, and nothing of them is looked at when the server starts. */
  readonly plugins: readonly Bun.BunPlugin[]
  /** What they were made of. */
  readonly made: readonly Made[]
}

/** Makes the parts. Before the build they are for: a build inside another one's plugin waits for ever. */
export async function coldParts(): Promise<ColdParts> {
  const folder = join(ROOT, 'node_modules/.cache/pangate/cold')
  const made: Made[] = []
  const libraries: Bun.BunPlugin[] = []
  for (const name of LIBRARIES) libraries.push(await library(name, folder, made))
  const plugins = [await certificates(folder, made), ...libraries, packedWasm]
  return { plugins, made }
}

/** What makes the sandbox's certificates. */
async function certificates(folder: string, all: Made[]): Promise<Bun.BunPlugin> {
  const file = await bundle(join(ROOT, 'src/sandbox/certificate.ts'), folder, all)
  const contents = `import file from ${JSON.stringify(file)} with { type: 'file' }
export const { makeCertificate } = await import(file)
`
  return {
    name: 'cold-certificates',
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]sandbox[\\/]certificate\.ts$/ }, () => ({
        contents,
        loader: 'js',
      }))
    },
  }
}

/** Those that must be there at once when they are asked for. */
const LIBRARIES = ['yaml', 'xml-crypto']

async function library(name: string, folder: string, all: Made[]): Promise<Bun.BunPlugin> {
  const file = await bundle(Bun.resolveSync(name, ROOT), join(folder, name), all)
  const contents = `import file from ${JSON.stringify(file)} with { type: 'file' }
const library = require(file)
// What was CommonJS is the default export of its bundle.
export const { ${Object.keys(require(name)).join(', ')} } = library.default ?? library
`
  const filter = new RegExp(`^${RegExp.escape(name)}$`)
  return {
    name: `cold-${name}`,
    setup(build) {
      build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'cold' }))
      build.onLoad({ filter, namespace: 'cold' }, () => ({ contents, loader: 'js' }))
    },
  }
}

/** One file with all that a module imports. */
async function bundle(entry: string, folder: string, all: Made[]): Promise<string> {
  const made = await Bun.build({
    entrypoints: [entry],
    outdir: join(folder, basename(dirname(entry))),
    // CommonJS is not read from inside an executable.
    target: 'bun',
    format: 'esm',
    minify: true,
    metafile: true,
  })
  const [output] = made.outputs
  if (!output) throw new Error(`${entry} was not bundled.`)
  if (made.metafile) all.push(made.metafile)
  return output.path
}

/** The sandbox of external adapters, compressed: src/external/instance.ts unpacks it. */
const packedWasm: Bun.BunPlugin = {
  name: 'packed-wasm',
  setup(build) {
    build.onLoad({ filter: /[\\/]quickjs-wasmfile-.*\.wasm$/ }, ({ path }) => ({
      contents: Bun.zstdCompressSync(readFileSync(path), { level: 19 }),
      loader: 'file',
    }))
  },
}

/**
 * @module Parts of the executable that most servers never use: files of their own beside the program, without bytecode.
 */
import { readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dir, '../..')

/** What puts them in. That is 1.5 MB less, and nothing of them is looked at when the server starts. */
export async function coldParts(): Promise<readonly Bun.BunPlugin[]> {
  const folder = join(ROOT, 'node_modules/.cache/pangate/cold')
  return [await certificates(folder), await yaml(folder), packedWasm]
}

/** What makes the sandbox's certificates. */
async function certificates(folder: string): Promise<Bun.BunPlugin> {
  const file = await bundle(join(ROOT, 'src/sandbox/certificate.ts'), folder)
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

/** The YAML library, which must be there at once when it is asked for. */
async function yaml(folder: string): Promise<Bun.BunPlugin> {
  const file = await bundle(Bun.resolveSync('yaml', ROOT), folder)
  const contents = `import file from ${JSON.stringify(file)} with { type: 'file' }
export const { ${Object.keys(require('yaml')).join(', ')} } = require(file)
`
  return {
    name: 'cold-yaml',
    setup(build) {
      build.onResolve({ filter: /^yaml$/ }, ({ path }) => ({ path, namespace: 'cold' }))
      build.onLoad({ filter: /^yaml$/, namespace: 'cold' }, () => ({ contents, loader: 'js' }))
    },
  }
}

/** One file with all that a module imports. Made before the build it is for: a build inside another one's plugin waits for ever. */
async function bundle(entry: string, folder: string): Promise<string> {
  const made = await Bun.build({
    entrypoints: [entry],
    outdir: join(folder, basename(dirname(entry))),
    // CommonJS is not read from inside an executable.
    target: 'bun',
    format: 'esm',
    minify: true,
  })
  const [output] = made.outputs
  if (!output) throw new Error(`${entry} was not bundled.`)
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

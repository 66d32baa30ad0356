/**
 * @module The software bill of materials of an executable: what is really in it, as CycloneDX 1.6. https://cyclonedx.org/docs/1.6/json/
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dir, '../..')

/** What a build says of what it put in: files by their paths, with how much of each came along. */
export interface Made {
  readonly outputs: Readonly<
    Record<
      string,
      { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }
    >
  >
}

interface Package {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly author?: string | { readonly name?: string }
}

/**
 * The document.
 * @param made what the builds that made the executable say
 * @param besides folders of packages that no build tells of: the native module
 */
export function billOfMaterials(
  executable: string,
  made: readonly Made[],
  besides: readonly string[],
): object {
  const native = besides.map((folder) => relative(ROOT, folder))
  const folders = new Set([...made.flatMap(packagesIn), ...native])
  const components = [...folders].map(component)
  const own = manifest(ROOT)
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': `pangate@${own.version}`,
        name: own.name,
        version: own.version,
        ...licensed(own),
        hashes: [{ alg: 'SHA-256', content: sha256(executable) }],
      },
    },
    components: [
      {
        type: 'platform',
        'bom-ref': `pkg:npm/bun@${Bun.version}`,
        name: 'bun',
        version: Bun.version,
      },
      ...components.toSorted((a, b) => a.purl.localeCompare(b.purl)),
    ],
  }
}

/** Folders of the packages of which something is in the output. */
function packagesIn({ outputs }: Made): readonly string[] {
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : [],
    ),
  )
  return used.flatMap((path) => {
    const within = relative(ROOT, resolve(ROOT, path))
    // The innermost package: one may be installed inside another.
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/.][^/]*)\//.exec(within) ?? []
    return folder === undefined ? [] : [folder]
  })
}

function component(folder: string) {
  const own = manifest(resolve(ROOT, folder))
  const purl = `pkg:npm/${own.name.replace('@', '%40')}@${own.version}`
  const hash = integrity(own)
  return {
    type: 'library',
    'bom-ref': purl,
    name: own.name,
    version: own.version,
    purl,
    ...licensed(own),
    ...(hash !== null && { hashes: [{ alg: 'SHA-512', content: hash }] }),
  }
}

function licensed({ license }: Package): object {
  if (license === undefined) return {}
  return {
    licenses: [
      / (?:OR|AND) /.test(license) ? { expression: license } : { license: { id: license } },
    ],
  }
}

function manifest(folder: string): Package {
  // A package.json, as npm wants it.
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package
}

/** The hash of the package's archive in bun.lock, in hexadecimal; null for one that is made here. */
function integrity({ name, version }: Package): string | null {
  const lock = readFileSync(join(ROOT, 'bun.lock'), 'utf8')
  const line = lock.split('\n').find((one) => one.includes(`["${name}@${version}",`))
  const [, hash] = /"sha512-([A-Za-z0-9+/=]+)"/.exec(line ?? '') ?? []
  return hash === undefined ? null : Buffer.from(hash, 'base64').toString('hex')
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

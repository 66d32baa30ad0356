/**
 * @module Who may import whom. The table is the architecture: a change of it is a decision, not a detail.
 */

export interface Layer {
  /** Folders end with a slash. The most precise entry that holds a file is its layer. */
  readonly files: readonly string[]
  /** Layers it may use. Its own files always may. */
  readonly uses: readonly string[]
  /** Layers of which it may know types only. */
  readonly types?: readonly string[]
  /** Packages, and those modules of the runtime that reach out of the process. */
  readonly packages?: readonly string[]
}

/** Modules of the runtime that compute and touch nothing outside: open to every layer but contract and adapters. */
export const PURE = ['node:crypto', 'node:util', 'node:path', 'node:url', 'node:buffer']

/** What has no dependencies to speak of, and is used everywhere. */
const BASE = ['contract', 'errors', 'secret', 'clock', 'id', 'version'] as const

/** From the bottom up. What a layer may use stands above it in this table, but for types. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  contract: { files: ['src/adapter.ts'], uses: [] },
  errors: { files: ['src/errors.ts', 'src/error_codes.ts'], uses: [] },
  secret: { files: ['src/secret.ts'], uses: [] },
  clock: { files: ['src/clock.ts'], uses: [] },
  id: { files: ['src/id.ts'], uses: [] },
  // The door to the operating system, for what the runtime has no call for.
  libc: { files: ['src/libc.ts'], uses: [], packages: ['bun:ffi'] },
  embedded: {
    files: ['src/embedded.d.ts', 'drizzle/', 'adapters/presets/', 'package.json'],
    uses: [],
  },
  version: { files: ['src/version.ts'], uses: ['embedded'] },

  network: { files: ['src/address.ts', 'src/cidr.ts'], uses: ['errors'], packages: ['node:net'] },
  json: { files: ['src/json.ts'], uses: BASE },
  money: { files: ['src/money.ts'], uses: BASE },
  card: { files: ['src/card.ts', 'src/card/'], uses: BASE },
  hole: { files: ['src/hole.ts'], uses: BASE },
  template: {
    files: ['src/template/'],
    uses: [...BASE, 'card', 'hole', 'json', 'money'],
    packages: ['liquidjs'],
  },
  // What is signed, never how: algorithms are node:crypto's, jose's and, for XML, xml-crypto's.
  sign: {
    files: ['src/sign/'],
    uses: ['errors', 'secret', 'template'],
    types: ['contract'],
    packages: ['jose', 'xml-crypto'],
  },
  // Numbers, logs, traces. Reaches out to the collector that the operator names, and nowhere else.
  telemetry: {
    files: ['src/telemetry/'],
    uses: BASE,
    packages: ['node:fs', 'node:http', 'node:https', 'node:tls'],
  },

  // An adapter is a pure function of its inputs: the same file runs in a sandbox, where there is nothing to import.
  adapter: { files: ['adapters/'], uses: [], types: ['contract'] },
  // Pure too, and runs what a document says.
  'template adapter': {
    files: ['adapters/template.ts', 'adapters/template/'],
    uses: [],
    types: ['contract', 'template documents'],
  },
  'adapter list': { files: ['adapters/index.ts'], uses: ['adapter'], types: ['contract'] },
  kit: { files: ['src/kit.ts'], uses: ['contract', 'errors', 'hole', 'money', 'sign', 'template'] },
  'toml lines': { files: ['src/config/lines.ts'], uses: [] },
  'template documents': {
    files: ['src/templates/'],
    uses: [...BASE, 'embedded', 'json', 'sign', 'kit', 'template adapter', 'toml lines'],
    packages: ['@sinclair/typebox', '@sinclair/typebox/value', 'smol-toml', 'yaml'],
  },
  // Other people's code. What runs it is told of no vault, no store and no network, so that it has nothing to give away.
  external: {
    files: ['src/external/'],
    uses: [...BASE, 'card', 'hole', 'kit', 'sign', 'telemetry', 'template documents'],
    packages: [
      '@jitl/quickjs-wasmfile-release-sync/emscripten-module',
      '@jitl/quickjs-wasmfile-release-sync/ffi',
      '@jitl/quickjs-wasmfile-release-sync/wasm',
      'node:fs',
    ],
  },
  registry: {
    files: ['src/registry.ts'],
    uses: [...BASE, 'kit', 'adapter list', 'template documents'],
    packages: ['node:fs'],
  },

  // What is asked of a Redis; what is kept there is the sessions' and the limits'.
  redis: {
    files: ['src/redis/'],
    uses: [...BASE, 'network', 'telemetry'],
    packages: ['node:fs', 'node:net', 'node:tls'],
  },
  // What the store is told to write down of a deed: plain data.
  'audit entry': { files: ['src/audit/entry.ts', 'src/audit/actions.ts'], uses: [] },
  limits: { files: ['src/limits/'], uses: [...BASE, 'network', 'redis', 'telemetry'] },

  store: {
    files: ['src/store/'],
    uses: [...BASE, 'libc', 'audit entry', 'embedded', 'telemetry'],
    types: ['vault'],
    packages: [
      '@libsql/client/http',
      'libsql',
      'libsql/promise',
      'node:http',
      'node:https',
      'node:net',
      'drizzle-orm',
      'drizzle-orm/sqlite-proxy',
      'drizzle-orm/sqlite-core',
      'node:fs',
      'bun',
    ],
  },
  // Before the vault, which opens for nothing that was not written down.
  audit: {
    files: ['src/audit/'],
    uses: [...BASE, 'telemetry', 'audit entry', 'store'],
    packages: ['drizzle-orm', 'drizzle-orm/sqlite-core'],
  },
  'store tools': { files: ['src/store/drizzle.config.ts'], uses: [], packages: ['drizzle-kit'] },
  vault: {
    files: ['src/vault/'],
    uses: [...BASE, 'audit entry', 'audit', 'hole', 'store', 'telemetry'],
    types: ['card'],
    // The master key comes from a file, or from a command that prints it.
    packages: ['drizzle-orm', 'drizzle-orm/sqlite-core', 'node:fs', 'node:child_process'],
  },
  sessions: { files: ['src/sessions/'], uses: [...BASE, 'redis', 'vault'] },
  auth: {
    files: ['src/auth/'],
    uses: [...BASE, 'json', 'limits', 'audit entry', 'store', 'telemetry'],
    types: ['vault'],
    packages: ['jose', 'drizzle-orm'],
  },
  tokens: {
    files: ['src/tokens/'],
    uses: [...BASE, 'card', 'sessions', 'vault'],
    types: ['audit', 'auth', 'store'],
  },
  // The only layer that speaks to a PSP.
  forward: {
    files: ['src/forward/'],
    uses: [
      ...BASE,
      'auth',
      'audit',
      'audit entry',
      'network',
      'json',
      'money',
      'card',
      'hole',
      'sign',
      'template',
      'store',
      'vault',
      'sessions',
      'telemetry',
    ],
    types: ['limits', 'auth', 'registry'],
    packages: ['node:dns', 'node:net', 'node:tls', 'node:zlib'],
  },
  // Runs adapters through the core's own line, with nothing real behind it.
  conformance: {
    files: ['src/conformance/'],
    uses: [...BASE, 'card', 'hole', 'money', 'sign', 'forward'],
  },
  // What is embedded is read when the program is built.
  skeleton: { files: ['src/skeleton/'], uses: [], packages: ['node:fs'] },
  setup: {
    files: ['src/setup/'],
    uses: [...BASE, 'audit entry', 'network', 'money', 'forward', 'store', 'vault', 'auth'],
    types: ['registry'],
  },
  config: {
    files: ['src/config.ts', 'src/config/'],
    uses: [...BASE, 'network', 'redis', 'telemetry', 'limits', 'toml lines'],
    types: ['auth'],
    packages: ['smol-toml', 'node:fs', 'node:os'],
  },
  gateway: {
    files: ['src/gateway.ts', 'src/numbers.ts', 'src/shared.ts', 'src/in_redis.ts'],
    uses: [
      ...BASE,
      'audit',
      'network',
      'telemetry',
      'redis',
      'store',
      'vault',
      'sessions',
      'auth',
      'tokens',
      'external',
      'registry',
      'limits',
      'forward',
    ],
    types: ['config'],
    packages: ['node:fs'],
  },
  // Several processes as one: what crosses their link is plain data, and each end is the same program.
  workers: {
    files: ['src/workers/'],
    uses: [...BASE, 'telemetry', 'store', 'sessions', 'limits'],
    types: ['audit', 'config', 'gateway'],
    packages: ['node:fs', 'node:net', 'node:stream'],
  },
  route: {
    files: ['src/route.ts', 'src/respond.ts'],
    uses: [...BASE, 'json'],
    types: ['auth', 'gateway'],
    packages: ['@sinclair/typebox'],
  },
  api: {
    files: ['src/api/'],
    uses: [
      ...BASE,
      'audit',
      'audit entry',
      'limits',
      'network',
      'json',
      'money',
      'card',
      'route',
      'setup',
      'store',
      'auth',
      'tokens',
      'template',
      'forward',
    ],
    types: ['gateway', 'vault', 'sessions', 'registry'],
    packages: ['@sinclair/typebox', '@sinclair/typebox/compiler', 'elysia'],
  },
  // A dialect turns a request into a call and a result into an answer; it never opens a vault or asks the database.
  dialects: {
    files: ['src/dialects/'],
    uses: [...BASE, 'card', 'money', 'json', 'template', 'forward', 'route', 'tokens'],
    types: ['auth', 'gateway', 'sessions', 'vault'],
    packages: ['@sinclair/typebox', '@sinclair/typebox/compiler', 'elysia'],
  },
  edge: {
    files: ['src/edge.ts', 'src/body.ts', 'src/head.ts', 'src/peer.ts'],
    uses: [
      ...BASE,
      'limits',
      'audit',
      'card',
      'json',
      'telemetry',
      'store',
      'auth',
      'route',
      'api',
    ],
    types: ['gateway'],
    packages: ['@sinclair/typebox'],
  },
  app: {
    files: ['src/app.ts', 'src/server.ts'],
    uses: [
      ...BASE,
      'json',
      'telemetry',
      'auth',
      'route',
      'api',
      'dialects',
      'edge',
      'gateway',
      'registry',
    ],
    packages: ['elysia', '@elysiajs/openapi', '@sinclair/typebox'],
  },
  // A stand-in for PSPs: it must not share the code that it is there to try out.
  sandbox: {
    files: ['src/sandbox/'],
    uses: ['errors', 'secret', 'clock', 'card', 'telemetry'],
    packages: [
      '@peculiar/x509',
      'reflect-metadata',
      'node:fs',
      'node:http',
      'node:https',
      'node:net',
      'node:os',
      'node:zlib',
    ],
  },
  // Where the master key comes from; it opens a database to ask whose it is, and nothing that is sealed.
  custody: {
    files: ['src/custody/'],
    uses: [...BASE, 'audit entry', 'route', 'store', 'telemetry', 'vault'],
    types: ['config'],
    packages: ['shamir-secret-sharing', 'node:fs'],
  },
  cli: {
    files: ['src/cli/'],
    uses: [
      ...BASE,
      'libc',
      'custody',
      'audit',
      'audit entry',
      'limits',
      'network',
      'json',
      'card',
      'telemetry',
      'registry',
      'redis',
      'store',
      'vault',
      'sessions',
      'auth',
      'tokens',
      'forward',
      'external',
      'template documents',
      'conformance',
      'skeleton',
      'setup',
      'config',
      'gateway',
      'workers',
      'app',
      'sandbox',
      'api',
    ],
    packages: ['node:fs', 'node:http', 'node:os', 'node:net'],
  },
  main: { files: ['src/main.ts'], uses: ['errors', 'cli'] },
  // Runs on the builder's machine and is no part of the program.
  compile: {
    files: ['src/compile.ts', 'src/compile/'],
    uses: [],
    packages: ['node:fs', 'yaml'],
  },
}

/** The layer a file belongs to, or null. */
export function layerOf(path: string): string | null {
  let best: { name: string; length: number } | null = null
  for (const [name, { files }] of Object.entries(LAYERS)) {
    for (const prefix of files) {
      const holds = prefix.endsWith('/') ? path.startsWith(prefix) : path === prefix
      if (holds && prefix.length > (best?.length ?? 0)) best = { name, length: prefix.length }
    }
  }
  return best?.name ?? null
}

/**
 * @module A server of which everything is kept that ever leaves it or that it writes: answers, outputs, numbers, traces, files; and a search over all of it.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { search, type Hit } from '../canary-search.ts'
import { canaryAccountNumber, canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import type { Collector } from '../support/collector.ts'
import type { Installed, Served } from '../support/installed.ts'
import { freePort } from '../support/ports.ts'
import { freshFolder, type Canary } from '../support/run.ts'

/** Values of a caller's, each a kind of secret, that must be found nowhere; by what they are. */
export const SECRETS = {
  /** In the vault. */
  card: canaryCard('visa'),
  amex: canaryCard('amex'),
  virtual: canaryCard('mastercard'),
  network: canaryCard('mastercard'),
  cryptogram: Buffer.from(canarySecret()).toString('base64'),
  cvc: canaryCvc(),
  bank: canaryAccountNumber(),
  /** Of an account at a PSP. */
  credential: canarySecret(),
  collector: canarySecret(),
  /** What nobody has: keys and passwords tried. */
  wrongKey: `pgk_${canarySecret()}`,
  wrongSecret: canarySecret(),
} as const

/** What a caller sends to its PSP by itself, and may see again in the answer; it is in no log and no file of the server. */
export const OWN_CREDENTIAL = 'own3f9b1c27d84e60a5b91c'

/** Card numbers where none belongs, each for one kind of place, so that a find tells where it came from. */
export const STRAY = {
  path: canaryCard('visa'),
  queryName: canaryCard('discover'),
  queryValue: canaryCard('visa'),
  headerName: canaryCard('mastercard'),
  headerValue: canaryCard('jcb'),
  memberName: canaryCard('visa'),
  value: canaryCard('visa'),
  grouped: canaryCard('amex'),
  broken: canaryCard('visa'),
  large: canaryCard('diners'),
  method: canaryCard('visa'),
} as const

/** As people type it: 4-4-4-4 or 4-6-5. */
export function grouped(number: string, divider = ' '): string {
  const parts = number.length === 15 ? /^(.{4})(.{6})(.{5})$/ : /^(.{4})(.{4})(.{4})(.{4})$/
  return (parts.exec(number)?.slice(1) ?? [number]).join(divider)
}

const canary = (value: string, from: string): Canary => ({
  kind: /^\d{3,4}$/.test(value) ? 'cvc' : /^\d+$/.test(value) ? 'number' : 'secret',
  value,
  from,
})

/** What is meant to be where it is. */
const EXPECTED: readonly ((hit: Hit) => boolean)[] = [
  // 256 random bits cannot be guessed from a hash, which is how a key is known again.
  ({ from, form, file }) => from === 'key' && form === 'sha256' && /^kept\/\d+\/cwd\//.test(file),
  ({ from, file }) => from === 'own' && file.endsWith('/answers'),
]

/** Of each answer: what a test looks at. */
export interface Kept {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export interface Watched {
  readonly served: Served
  readonly admin: string
  /** Keeps an answer, or anything else that came from the server. */
  keep(what: string, text: string | Uint8Array): void
  /** Calls, and keeps what came; null where no answer came. `secret` answers are a caller's right to read, and are not kept. */
  call(method: string, path: string, init?: CallInit): Promise<Kept | null>
  /** How many answers there were of each status. */
  readonly statuses: Map<number, number>
  /** Keeps the numbers as they are now; where nobody answers, nothing. */
  numbers(): Promise<void>
  /** Copies the files and searches all there is; gives what was found, and counts. */
  look(): Promise<Found>
}

export interface CallInit {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly secret?: boolean
}

export interface Found {
  readonly hits: readonly string[]
  readonly files: number
  readonly bytes: number
  readonly canaries: number
}

export interface WatchOptions {
  readonly collector?: Collector
  readonly env?: Readonly<Record<string, string>>
  /** Further secrets, by name. */
  readonly more?: Readonly<Record<string, string>>
  readonly wrapper?: readonly string[]
  /** Starts it; by default as `serve` of the installation. */
  readonly start?: (env: Readonly<Record<string, string>>) => Promise<Served>
}

/** Serves an installation with the most verbose log there is, and a folder of its own for temporary files. */
export async function watch(installed: Installed, options: WatchOptions = {}): Promise<Watched> {
  const dir = freshFolder('watched')
  for (const name of ['tmp', 'home', 'kept']) mkdirSync(join(dir, name))
  const adminPort = await freePort()
  const env = {
    TMPDIR: join(dir, 'tmp'),
    BUN_TMPDIR: join(dir, 'tmp'),
    HOME: join(dir, 'home'),
    PANGATE_LOG_LEVEL: 'debug',
    PANGATE_SERVER_ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
    ...(options.collector && {
      PANGATE_TELEMETRY_OTLP_URL: options.collector.url,
      PANGATE_TELEMETRY_OTLP_HEADERS: `x-key=${SECRETS.collector}`,
    }),
    ...options.env,
  }
  const start = options.start ?? ((all) => installed.serve(all, options.wrapper))
  const served = await start(env)
  const admin = `http://127.0.0.1:${adminPort}`
  const statuses = new Map<number, number>()
  const answers: (string | Uint8Array)[] = []
  const keep = (what: string, text: string | Uint8Array): void =>
    void answers.push(`\n=== ${what}\n`, text)
  const canaries = [
    ...Object.entries({
      ...SECRETS,
      ...STRAY,
      ...options.more,
      key: installed.key,
      own: OWN_CREDENTIAL,
    }).map(([name, value]) => canary(value, name)),
    ...masterKeys(installed.dir).map((value) => canary(value, 'master key')),
  ]
  let looks = 0

  return {
    served,
    admin,
    keep,
    statuses,
    async call(method, path, { headers = {}, body, secret = false } = {}) {
      let response: Response
      try {
        response = await fetch(served.url + path, {
          method,
          headers: { ...headers },
          redirect: 'manual',
          ...(body !== undefined && method !== 'GET' && method !== 'HEAD' && { body }),
        })
      } catch {
        return null
      }
      const text = await response.text()
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      const head = [...response.headers].map((line) => line.join(': ')).join('\n')
      keep('an answer', `${response.status} ${response.statusText}\n${head}`)
      if (!secret || response.status >= 300) keep('its body', text)
      return { status: response.status, headers: response.headers, text }
    },
    async numbers() {
      const numbers = await fetch(`${admin}/metrics`).catch(() => null)
      if (numbers) keep('metrics', await numbers.text())
    },
    async look() {
      const kept = join(dir, 'kept', String(++looks))
      mkdirSync(kept)
      writeFileSync(join(kept, 'answers'), Buffer.concat(answers.map((one) => Buffer.from(one))))
      writeFileSync(join(kept, 'stdout'), served.program.stdout())
      writeFileSync(join(kept, 'stderr'), served.program.stderr())
      if (options.collector)
        writeFileSync(join(kept, 'traces'), options.collector.bodies.join('\n'))
      cpSync(installed.dir, join(kept, 'cwd'), {
        recursive: true,
        filter: (path) => !/master\.key|shares\.txt/.test(path),
      })
      const { hits: all, files, bytes } = search(dir, canaries)
      const hits = all.filter((hit) => !EXPECTED.some((isExpected) => isExpected(hit)))
      return {
        hits: [
          ...new Set(
            hits.map(
              ({ file, from, form }) => `${from}, ${form}, in ${file}${near(dir, file, from)}`,
            ),
          ),
        ],
        files,
        bytes,
        canaries: canaries.length,
      }
    },
  }

  /** What a reader of a failed test needs: the words before the value. */
  function near(folder: string, file: string, from: string): string {
    const value = canaries.find((one) => one.from === from)?.value ?? ''
    const text = existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'latin1') : ''
    const at = text.indexOf(value)
    return at < 0 ? '' : `: ${JSON.stringify(text.slice(Math.max(0, at - 160), at))}`
  }
}

/** The key as its file has it, and its bytes in hexadecimal. */
function masterKeys(dir: string): readonly string[] {
  const file = join(dir, 'master.key')
  if (!existsSync(file)) return []
  const text = readFileSync(file, 'utf8').trim()
  return [text, Buffer.from(text, 'base64').toString('hex')]
}

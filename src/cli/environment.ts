/**
 * @module Environment variables that would change the runtime under a production server: the table, and what is set of it.
 */
import type { Config } from '../config.ts'
import { OperatorError } from '../errors.ts'
import type { Terminal } from './terminal.ts'

interface Row {
  readonly name: RegExp
  readonly reason: string
  /** Whether it matters under this configuration; where absent, always. */
  readonly when?: (config: Config) => boolean
}

/**
 * What `serve` does not start with. Proxies are no danger to cards: calls to a PSP obey no environment. But the keys of
 * outside issuers are fetched through them, and over http a proxy could give keys of its own.
 */
const FORBIDDEN: readonly Row[] = [
  { name: /^BUN_OPTIONS$/, reason: 'adds options to the runtime, such as code to run before ours' },
  { name: /^BUN_INSPECT/, reason: 'opens a debugger, which can read every card' },
  { name: /^BUN_BE_BUN$/, reason: 'turns the executable into a plain Bun' },
  { name: /^BUN_CONFIG_VERBOSE_FETCH$/, reason: 'prints requests with their headers' },
  {
    name: /^BUN_(?:CRASH_REPORT_URL|ENABLE_CRASH_REPORTING)$/,
    reason: 'sends reports of crashes to somebody',
  },
  {
    // Where it keeps temporary files, and what its installer writes into the profile of a shell, are no danger.
    name: /^(?:BUN|JSC)_(?!TMPDIR$|INSTALL)/,
    reason: 'changes the runtime, which was tested without it',
  },
  { name: /^NODE_TLS_REJECT_UNAUTHORIZED$/, reason: 'is there to switch off certificate checks' },
  {
    name: /^NODE_EXTRA_CA_CERTS$/,
    reason: 'trusts further certificate authorities; [egress] ca_file is the place for them',
  },
  { name: /^NODE_OPTIONS$/, reason: 'adds options to the runtime' },
  { name: /^RUST_LOG$/, reason: 'makes the database driver print what it does' },
  { name: /^NODE_DEBUG(?:_NATIVE)?$/, reason: 'prints what modules of the runtime do' },
  { name: /^NODE_V8_COVERAGE$/, reason: 'writes down what code was run' },
  { name: /^SSLKEYLOGFILE$/, reason: 'writes down the keys of TLS connections' },
  {
    name: /^(?:https?|all)_proxy$/i,
    reason: 'sends the fetching of JWT keys ([auth] issuers) through a proxy',
    when: ({ auth }) => auth.issuers.length > 0,
  },
]

export interface Finding {
  readonly name: string
  readonly reason: string
}

/** Forbidden variables that are set; without a configuration, those that are forbidden under any. */
export function forbiddenVariables(
  env: Terminal['env'],
  config: Config | null,
): readonly Finding[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const row = value ? FORBIDDEN.find((one) => one.name.test(name)) : undefined
    const matters = row && (row.when === undefined || (config !== null && row.when(config)))
    return matters ? [{ name, reason: row.reason }] : []
  })
}

/** Throws OperatorError naming every forbidden variable that is set, as {@link forbiddenVariables} finds them. */
export function refuseEnvironment(env: Terminal['env'], config: Config | null): void {
  const found = forbiddenVariables(env, config)
  if (found.length === 0) return
  throw new OperatorError(
    found.map(({ name, reason }) => `${name} is set: it ${reason}`).join('\n'),
    `unset ${found.map(({ name }) => name).join(' ')}`,
  )
}

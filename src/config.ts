/**
 * @module The configuration: `pangate.toml` and the environment become one frozen value, or a list of all problems.
 */
import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { showListen, type Listen } from './config/listen.ts'
import { load, type Sources } from './config/load.ts'
import type { Setting } from './config/setting.ts'
import { SETTINGS } from './config/table.ts'
import { OperatorError } from './errors.ts'

type Settings = typeof SETTINGS

type Value<S> = S extends Setting<infer T> ? T : never

/** All settings, section by section, with the names that they have in the file. */
export type Config = {
  readonly [S in keyof Settings]: { readonly [K in keyof Settings[S]]: Value<Settings[S][K]> }
} & {
  /** Always there: made of `listen` where they are not set. */
  readonly server: { readonly public_url: string; readonly node: string }
}

/** A configuration that was read from a file, and what the operator should know of that file. */
export interface ReadConfig {
  readonly config: Config
  /** What it was made of: of the environment our own variables alone. */
  readonly sources: Sources
  readonly warnings: readonly string[]
}

/** Others may read the file. */
const WORLD_READABLE = 0o004

/**
 * The configuration of a file's text and the environment, which wins. Pure. Throws OperatorError with one line for each
 * problem: unknown, misspelt, of the wrong type, out of range, missing, or not available in this build.
 */
export function loadConfig(sources: Sources): Config {
  return loadAll(sources).config
}

/**
 * Reads the file, or the environment alone where there is none. Throws as {@link loadConfig}, and when the file cannot
 * be read. Warns of a file with secrets that everybody can read.
 */
export function readConfig(file: string | null, env: Sources['env']): ReadConfig {
  const own = Object.fromEntries(
    Object.entries(env).filter(([name]) => name.startsWith('PANGATE_')),
  )
  if (file === null) {
    const sources = { file, env: own }
    return { config: loadConfig(sources), sources, warnings: [] }
  }
  const { text, mode } = readText(file)
  const sources = { file, text, env: own }
  const { config, secretsInFile } = loadAll(sources)
  const warnings =
    secretsInFile.length > 0 && (mode & WORLD_READABLE) !== 0 && process.platform !== 'win32'
      ? [
          `${file} can be read by everybody and holds ${secretsInFile.join(', ')}: chmod 600 ${file}`,
        ]
      : []
  return { config, sources, warnings }
}

/** Every setting at its default; there is no master key in it. */
export function defaultConfig(): Config {
  return toConfig(load({ file: null, env: {} }).values)
}

function loadAll(sources: Sources): { config: Config; secretsInFile: readonly string[] } {
  const { values, problems, secretsInFile } = load(sources)
  if (problems.length > 0) {
    const next = `edit ${sources.file ?? 'pangate.toml'} and run \`pangate doctor\``
    throw new OperatorError(problems.join('\n'), next)
  }
  return { config: toConfig(values), secretsInFile }
}

function toConfig(values: Readonly<Record<string, Record<string, unknown>>>): Config {
  const server = values['server'] ?? {}
  // The table's type for `listen` gave this value.
  const listen = server['listen'] as Listen
  server['public_url'] ??= `http://${showListen(listen)}`
  server['node'] ??= `${hostname().slice(0, 58)}:${listen.port}`
  // Every value was given by the type of its own row, and Config is made of those types.
  return freeze(values) as unknown as Config
}

/** Freezes plain objects and arrays all the way down. */
function freeze<T>(value: T): T {
  if (Array.isArray(value) || (value && Object.getPrototypeOf(value) === Object.prototype)) {
    for (const inner of Object.values(value)) freeze(inner)
    Object.freeze(value)
  }
  return value
}

function readText(file: string): { text: string; mode: number } {
  try {
    const { mode } = statSync(file)
    return { mode, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) }
  } catch (error) {
    const why = error instanceof TypeError ? 'is not UTF-8' : 'cannot be read'
    throw new OperatorError(
      `the configuration file ${file} ${why}`,
      'run `pangate init` to make one, or name another with --config',
    )
  }
}

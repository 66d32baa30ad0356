/**
 * @module Reads every setting from the file's text and the environment, and collects all that is wrong with them.
 */
import { parse, TomlError } from 'smol-toml'
import { isLoopback, type RedisPlace } from '../redis/place.ts'
import { Secret } from '../secret.ts'
import { checkDatabase } from './check_database.ts'
import { keyLines, type LineOf, type Path } from './lines.ts'
import { nearest } from './nearest.ts'
import type { Setting } from './setting.ts'
import { SECTIONS, variableOf } from './table.ts'
import { isTable, unknown, type Fault } from './types.ts'

/** Where settings come from. */
export interface Sources {
  /** The file's name, for messages; null where there is no file. */
  readonly file: string | null
  readonly text?: string
  /** Wins over the file. An empty variable counts as none. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Loaded {
  /** Section -> key -> value, complete where there are no problems. */
  readonly values: Readonly<Record<string, Record<string, unknown>>>
  /** Each with its place: in the order of the file, then the environment, then what is missing. */
  readonly problems: readonly string[]
  /** Settings of the file that are secrets, as `[database] auth_token`. */
  readonly secretsInFile: readonly string[]
}

/** Variables with our prefix that are no settings: of the command line, of examples, and of tests. */
const OTHER_VARIABLES = /^PANGATE_(?:CONFIG|URL|API_KEY|TOKEN|TEST_[A-Z0-9_]+)$/

/** A secret inside an URL. */
const SECRET_IN_URL = /:\/\/[^/]*@|authtoken=/i

/** Reads all settings. Throws nothing: the caller decides what to do with the problems. */
export function load(sources: Sources): Loaded {
  const inFile: { readonly line: number; readonly text: string }[] = []
  const elsewhere: string[] = []
  const secretsInFile: string[] = []
  const name = sources.file ?? 'pangate.toml'
  const document = parseFile(sources.text ?? '')
  const { table, lineOf } = document
  if (document.problem) inFile.push(document.problem)

  const inFileAt = (path: Path, message: string): void => {
    inFile.push({ line: lineOf(path), text: `${show(path)} ${message}` })
  }
  checkNames(table, inFileAt)
  checkVariables(sources.env, (text) => elsewhere.push(text))

  const values: Record<string, Record<string, unknown>> = {}
  for (const [section, settings] of SECTIONS) {
    const given = table[section]
    const found: Record<string, unknown> = (values[section] = {})
    for (const [key, setting] of settings) {
      const variable = variableOf(section, key)
      const fromEnv = sources.env[variable]
      if (fromEnv !== undefined && fromEnv !== '') {
        const raw = setting.type.fromText ? setting.type.fromText(fromEnv) : fromEnv
        found[key] = read(setting, raw, (path, message) => {
          elsewhere.push([variable + below(path), message].join(path.length > 0 ? ' ' : ': '))
        })
      } else if (isTable(given) && Object.hasOwn(given, key)) {
        const raw = given[key]
        found[key] = read(setting, raw, (path, message) => {
          inFileAt([section, key, ...path], message)
        })
        if (isSecret(found[key], raw)) secretsInFile.push(show([section, key]))
      } else {
        found[key] =
          setting.fallback === null ? null : setting.type.read(setting.fallback, impossible)
      }
    }
  }

  // Of a file that cannot be parsed, nothing can be said to be missing.
  if (!document.problem) {
    checkMasterKey(values['vault'] ?? {}, (message) => elsewhere.push(`${name}: ${message}`))
    checkTrusted(values['adapters'] ?? {}, (message) => elsewhere.push(`${name}: ${message}`))
    checkSessions(values['sessions'] ?? {}, (message) => elsewhere.push(`${name}: ${message}`))
    checkDatabase(values['database'] ?? {}, (message) => elsewhere.push(`${name}: ${message}`))
  }
  inFile.sort((a, b) => a.line - b.line)
  const problems = [...inFile.map(({ line, text }) => `${name}:${line}: ${text}`), ...elsewhere]
  return { values, problems, secretsInFile }
}

interface Document {
  readonly table: Readonly<Record<string, unknown>>
  readonly lineOf: LineOf
  readonly problem: { readonly line: number; readonly text: string } | null
}

function parseFile(text: string): Document {
  try {
    return { table: parse(text), lineOf: keyLines(text), problem: null }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    // The rest of the message shows the line itself, which may hold a secret.
    const [first = ''] = error.message.split('\n')
    return { table: {}, lineOf: () => 1, problem: { line: error.line, text: first } }
  }
}

/** Sections and keys that there are not. */
function checkNames(table: Readonly<Record<string, unknown>>, fault: Fault): void {
  for (const [section, given] of Object.entries(table)) {
    const settings = SECTIONS.get(section)
    if (!settings) {
      fault([section], isTable(given) ? unknown(near(section, SECTIONS)) : misplaced(section))
    } else if (!isTable(given)) {
      fault([section], 'must be a section')
    } else {
      for (const key of Object.keys(given)) {
        if (settings.has(key)) continue
        const meant = near(key, settings)
        fault([section, key], meant === null ? misplaced(key) : unknown(meant))
      }
    }
  }
}

function near(word: string, known: ReadonlyMap<string, unknown>): string | null {
  return nearest(word, [...known.keys()])
}

/** The words for a key that may belong into another section. */
function misplaced(key: string): string {
  const [home] = [...SECTIONS].find(([, settings]) => settings.has(key)) ?? []
  return home === undefined ? unknown(null) : `does not belong here; it is a key of [${home}]`
}

function checkVariables(env: Sources['env'], problem: (text: string) => void): void {
  const known = [...SECTIONS].flatMap(([section, settings]) =>
    [...settings.keys()].map((key) => variableOf(section, key)),
  )
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('PANGATE_') || OTHER_VARIABLES.test(variable)) continue
    if (!known.includes(variable)) problem(`${variable}: ${unknown(nearest(variable, known))}`)
  }
}

/** The value, or undefined after its faults were reported. */
function read(setting: Setting<unknown>, raw: unknown, fault: Fault): unknown {
  let faults = 0
  const value = setting.type.read(raw, (path, message) => {
    faults++
    fault(path, message)
  })
  if (faults > 0) return undefined
  if (value === undefined) {
    fault([], `must be ${setting.type.is}`)
    return undefined
  }
  return value
}

/** Exactly one source of the master key; a faulty one was reported already. Where people hold it, nothing else does. */
function checkMasterKey(
  vault: Readonly<Record<string, unknown>>,
  problem: (message: string) => void,
): void {
  const { master_key_file: file, master_key_command: command, custody } = vault
  if (custody === 'shares') {
    if (file !== null || command !== null) {
      problem('[vault] custody = "shares" goes without master_key_file and master_key_command')
    }
    return
  }
  if (file === null && command === null) {
    problem('[vault] master_key_file or master_key_command is missing')
  } else if (file !== null && command !== null) {
    problem('[vault] has both master_key_file and master_key_command; keep one')
  }
}

/** Trust is in a content, not in a name. */
function checkTrusted(
  { trusted, pins }: Readonly<Record<string, unknown>>,
  problem: (message: string) => void,
): void {
  for (const [index, name] of (Array.isArray(trusted) ? trusted : []).entries()) {
    if (isTable(pins) && Object.hasOwn(pins, name)) continue
    problem(`[adapters] trusted[${index}] has no sha256 in pins`)
  }
}

/** Settings of Redis that contradict each other, or would send a password in the clear. */
function checkSessions(
  sessions: Readonly<Record<string, unknown>>,
  problem: (message: string) => void,
): void {
  const { url, password, cert_file, key_file, allow_plaintext } = sessions
  // Read by the type of its row: null and undefined are memory and a fault that was reported.
  const place = url as RedisPlace | null | undefined
  if (!place) return
  if (place.password && password) problem('[sessions] has a password and one in its url; keep one')
  if ((cert_file === null) !== (key_file === null)) {
    problem('[sessions] cert_file and key_file go together')
  }
  if (!place.tls && allow_plaintext !== true && !place.hosts.every(isLoopback)) {
    problem(
      '[sessions] url leads to another machine without TLS: use rediss://, or set allow_plaintext',
    )
  }
}

function isSecret(value: unknown, raw: unknown): boolean {
  return value instanceof Secret || (typeof raw === 'string' && SECRET_IN_URL.test(raw))
}

/** `[auth] issuers[0].audience`. */
function show([section = '', key, ...rest]: Path): string {
  return key === undefined ? `[${section}]` : `[${section}] ${key}${below(rest)}`
}

function below(path: Path): string {
  return path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
}

/** A default of ours is of its own type: a test reads all of them. */
function impossible(path: Path, message: string): never {
  throw new Error(`a default is wrong: ${below(path)} ${message}`)
}

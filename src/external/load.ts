/**
 * @module One file of the folder as an adapter: read, compared with its pin, loaded in the way the operator chose for it.
 */
import { createHash } from 'node:crypto'
import { basename, extname } from 'node:path'
import type { Adapter } from '../adapter.ts'
import { openNative } from './native.ts'
import { loadTemplate } from '../templates/load.ts'
import { TemplateError } from '../templates/problems.ts'
import { readText } from './read.ts'
import { Refused, lineOfMember } from './refused.ts'
import { openSandboxed } from './sandboxed.ts'

/** What the operator says of the folder: `[adapters]` of the configuration. */
export interface Rules {
  /** Adapter name to sha256: where there are any, no other file is loaded. */
  readonly pins: Readonly<Record<string, string>>
  /** Names of pinned adapters that run outside of the sandbox. */
  readonly trusted: readonly string[]
  /** Names of built-in adapters that a file may take the place of. */
  readonly replace: readonly string[]
}

export interface Loaded {
  readonly adapter: Adapter
  readonly sha256: string
}

const WRITABLE_BY_ALL = 0o002

/** The names that a file of an adapter can have: not tests, not declarations, nothing hidden. */
export const ADAPTER_FILE =
  /^(?!package\.json|tsconfig\.json)[a-z][a-z0-9_-]{0,63}\.(?:ts|js|ya?ml|toml|json)$/

/**
 * Loads a file. `before` is the hash of what is loaded already: the same content is not loaded again, and gives null.
 * Throws Refused.
 */
export async function load(
  path: string,
  rules: Rules,
  builtIn: ReadonlySet<string>,
  before: string | null,
): Promise<Loaded | null> {
  const file = basename(path)
  const id = basename(file, extname(file))
  const { bytes, text: source, mode } = readText(path)
  // Whoever writes it decides where cards are sent.
  if ((mode & WRITABLE_BY_ALL) !== 0 && process.platform !== 'win32') {
    throw new Refused('can be changed by everybody: chmod o-w', 1)
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 === before) return null
  const pin = Object.hasOwn(rules.pins, id) ? rules.pins[id] : null
  if (pin === null && Object.keys(rules.pins).length > 0) {
    throw new Refused(`is not pinned: [adapters] pins has no ${id}; its sha256 is ${sha256}`, 1)
  }
  if (pin !== null && pin !== sha256) {
    throw new Refused(`is not what was pinned: its sha256 is ${sha256}`, 1)
  }
  // Without a pin there is no saying what would be trusted.
  const trusted = pin !== null && rules.trusted.includes(id)
  const adapter = isDocument(file)
    ? openDocument(source, file)
    : await (trusted ? openNative(source) : openSandboxed(source, file))
  if (adapter.id !== id) {
    const reason = `has the id ${adapter.id}, but the name of its file is ${id}`
    throw new Refused(reason, lineOfMember(source, 'id'))
  }
  if (builtIn.has(id) && !rules.replace.includes(id)) {
    const reason = `would take the place of the built-in ${id}: give it another name, or list it in [adapters] replace`
    throw new Refused(reason, lineOfMember(source, 'id'))
  }
  return { adapter, sha256 }
}

/** Whether it is a template document, which has no code to be kept from anything. */
function isDocument(file: string): boolean {
  return !/\.[tj]s$/.test(file)
}

function openDocument(source: string, file: string): Adapter {
  try {
    return loadTemplate(source, file)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const [first] = error.problems
    throw new Refused(error.problems.map(({ text }) => text).join('; '), first?.line ?? 1)
  }
}

/**
 * @module `pangate adapter list`: the adapters that a server would have, and where each comes from.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { OPERATIONS, type Adapter } from '../adapter.ts'
import { defaultConfig, type Config } from '../config.ts'
import { ADAPTER_FILE } from '../external/load.ts'
import { openRegistry } from '../registry.ts'
import { PRESETS } from '../templates/presets.ts'
import { seeFolder } from './adapter_folder.ts'
import type { Input } from './command.ts'
import { configOf } from './installation.ts'
import { columns } from './print.ts'
import type { Terminal } from './terminal.ts'

/** Where an adapter comes from. */
interface Origin {
  readonly origin: 'built-in' | 'template' | 'external'
  /** Of its file; null for what is compiled in. */
  readonly sha256: string | null
  /** Whether the configuration names that very file. */
  readonly pinned: boolean
  /** Whether it runs outside of the sandbox. */
  readonly trusted: boolean
}

/** Lists the built-in adapters and those of the folder; files that are refused go to standard error, with the reason. */
export async function list(input: Input, terminal: Terminal): Promise<number> {
  const settings = settingsOf(input, terminal)
  const { folder, troubles } = await seeFolder(settings)
  const rows = openRegistry(undefined, folder?.adapters)
    .list()
    .map((adapter) => ({
      ...about(adapter),
      ...(folder?.adapters.has(adapter.id)
        ? external(adapter.id, settings)
        : ownOrigin(adapter.id)),
    }))
  folder?.close()
  for (const { message, next } of troubles) terminal.err(`${message}\n  next: ${next}`)
  terminal.out(
    input.flag('json') ? JSON.stringify(rows) : columns(rows.map(shown), 'There is none.'),
  )
  return 0
}

/** Presets are documents without code. */
function ownOrigin(id: string): Origin {
  const origin = Object.hasOwn(PRESETS, id) ? 'template' : 'built-in'
  return { origin, sha256: null, pinned: false, trusted: false }
}

/** The folder that is named, or the configuration's; none where there is no configuration. */
function settingsOf(input: Input, { env }: Terminal): Config['adapters'] {
  const named = input.text('adapters')
  const isConfigured =
    input.text('config') !== undefined ||
    Boolean(env['PANGATE_CONFIG']) ||
    existsSync('pangate.toml')
  const { adapters } = isConfigured ? configOf(input, env).config : defaultConfig()
  return named === undefined ? adapters : { ...adapters, dir: resolve(named) }
}

function about(adapter: Adapter) {
  const { id, name, docs, api_version, hosts, credentials, operations } = adapter
  return {
    id,
    name,
    docs,
    api_version,
    hosts,
    credentials,
    operations: OPERATIONS.filter((operation) => Object.hasOwn(operations, operation)),
  }
}

function external(id: string, { dir, pins, trusted }: Config['adapters']): Origin {
  const names = readdirSync(dir ?? '.').filter((name) => ADAPTER_FILE.test(name))
  const file = names.find((name) => basename(name, extname(name)) === id)
  const bytes = file === undefined ? null : readFileSync(join(dir ?? '.', file))
  const sha256 = bytes && createHash('sha256').update(bytes).digest('hex')
  const pinned = sha256 !== null && pins[id] === sha256
  return { origin: 'external', sha256, pinned, trusted: pinned && trusted.includes(id) }
}

function shown({
  id,
  name,
  origin,
  operations,
  hosts,
  credentials,
  sha256,
  pinned,
  trusted,
}: ReturnType<typeof about> & Origin) {
  return {
    id,
    name,
    origin: trusted ? `${origin}, trusted` : origin,
    operations: operations.join(' '),
    hosts: [...new Set(Object.values(hosts))].map((host) => host.replace('https://', '')).join(' '),
    credentials: Object.entries(credentials)
      .map(([key, { secret, optional }]) => {
        const notes = [...(secret ? ['secret'] : []), ...(optional ? ['optional'] : [])]
        return notes.length > 0 ? `${key} (${notes.join(', ')})` : key
      })
      .join(', '),
    pin: sha256 === null ? null : `${sha256.slice(0, 12)}${pinned ? '' : ' (not pinned)'}`,
  }
}

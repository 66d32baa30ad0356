/**
 * @module The folder of external adapters: read at start, and again when a file changes, while requests go on.
 */
import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs'
import { join } from 'node:path'
import type { Adapter } from '../adapter.ts'
import { OperatorError } from '../errors.ts'
import { fault, type Log } from '../telemetry/log.ts'
import { ADAPTER_FILE, load, type Rules } from './load.ts'
import { Refused } from './refused.ts'

export interface AdapterFolder {
  /** The adapters as they are now, by id. What was taken from here earlier serves on as it was. */
  readonly adapters: ReadonlyMap<string, Adapter>
  /** Looks at every file again. Never throws: what is wrong with a file goes to the log. */
  rescan(): Promise<void>
  close(): void
}

export interface FolderOptions extends Rules {
  readonly dir: string
  /** Ids of the built-in adapters. */
  readonly builtIn: ReadonlySet<string>
  readonly log: Log
  /** Whether changes are followed; commands that end soon do not. */
  readonly watch: boolean
}

/** An editor writes a file in several steps. */
const SETTLE_MS = 50
/** Where the system tells of no changes, as on some network volumes. */
const RESCAN_MS = 2000

/** What is known of a file. */
interface File {
  /** Tells one state of it from the next. */
  readonly stamp: string
  /** Of what serves; null where nothing of it was ever good. */
  readonly sha256: string | null
  readonly adapter: Adapter | null
}

/** Opens the folder and loads what is in it. Throws OperatorError where there is no such folder. */
export async function openFolder(options: FolderOptions): Promise<AdapterFolder> {
  const { dir, log } = options
  if (names(dir) === null) {
    throw new OperatorError(
      `the folder of adapters ${dir}, of --adapters or [adapters] dir, cannot be read`,
      `ls -ld '${dir}'`,
    )
  }
  const files = new Map<string, File>()
  const adapters = new Map<string, Adapter>()
  /** Pinned, and not there. */
  const missing = new Set<string>()
  let running: Promise<void> = Promise.resolve()
  // One after the other, so that the last state of a file is the one that stays.
  const rescan = (): Promise<void> =>
    (running = running.then(scan).catch((error: unknown) => {
      log.error('adapters.fault', fault(error))
    }))

  async function scan(): Promise<void> {
    const present = names(dir)
    // A folder that is gone for a moment is no reason to stop serving.
    if (present === null) return
    for (const name of [...files.keys()]) if (!present.includes(name)) forget(name)
    for (const name of present) await look(name, present)
    for (const id of Object.keys(options.pins)) {
      if (missing.has(id) || present.some((name) => idOf(name) === id)) continue
      missing.add(id)
      log.warn('adapter.missing', { adapter: id })
    }
  }

  async function look(name: string, present: readonly string[]): Promise<void> {
    const known = files.get(name)
    const adapter = idOf(name)
    const twin = present.find((other) => other !== name && idOf(other) === adapter)
    const stamp = `${stampOf(join(dir, name))} ${twin ?? ''}`
    if (known?.stamp === stamp) return
    try {
      if (twin !== undefined) throw new Refused(`has the same name as ${twin}`, 1)
      const loaded = await load(join(dir, name), options, options.builtIn, known?.sha256 ?? null)
      files.set(
        name,
        loaded ? { stamp, ...loaded } : { sha256: null, adapter: null, ...known, stamp },
      )
      if (!loaded) return
      adapters.set(adapter, loaded.adapter)
      log.info(known?.adapter ? 'adapter.reloaded' : 'adapter.loaded', {
        adapter,
        file: name,
        sha256: loaded.sha256,
        // Where cards go from now on.
        host: loaded.adapter.hosts.live,
      })
    } catch (error) {
      files.set(name, { sha256: null, adapter: null, ...known, stamp })
      if (error instanceof Refused) {
        const { line, message: reason } = error
        log.error('adapter.refused', { adapter, file: name, line, reason })
      } else {
        // A fault of ours over one file leaves the others alone.
        log.error('adapter.refused', { adapter, file: name, reason: 'a fault', ...fault(error) })
      }
    }
  }

  function forget(name: string): void {
    const known = files.get(name)
    files.delete(name)
    const adapter = idOf(name)
    if (!known?.adapter || adapters.get(adapter) !== known.adapter) return
    adapters.delete(adapter)
    log.warn('adapter.removed', { adapter, file: name })
  }

  await rescan()
  const stop = options.watch ? follow(dir, () => void rescan()) : () => undefined
  return { adapters, rescan, close: stop }
}

/** Calls when something in the folder may have changed. Gives what ends that. */
function follow(dir: string, changed: () => void): () => void {
  let settling: Timer | null = null
  const soon = () => {
    if (settling) clearTimeout(settling)
    settling = setTimeout(changed, SETTLE_MS)
  }
  let watcher: FSWatcher | null = null
  const give = () => {
    watcher?.close()
    watcher = null
  }
  try {
    watcher = watch(dir, { persistent: false }, soon)
    watcher.on('error', give)
  } catch {
    give()
  }
  const timer = setInterval(changed, RESCAN_MS)
  timer.unref()
  return () => {
    give()
    clearInterval(timer)
    if (settling) clearTimeout(settling)
  }
}

/** The names of adapters' files, in order; null where the folder cannot be read. */
function names(dir: string): readonly string[] | null {
  try {
    return readdirSync(dir)
      .filter((name) => ADAPTER_FILE.test(name))
      .toSorted()
  } catch {
    return null
  }
}

function idOf(name: string): string {
  return name.replace(/\.[a-z]+$/, '')
}

function stampOf(path: string): string {
  try {
    const { ino, size, mode, mtimeNs } = statSync(path, { bigint: true })
    return [ino, size, mode, mtimeNs].join(' ')
  } catch {
    return 'unreadable'
  }
}

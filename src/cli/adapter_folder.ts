/**
 * @module The folder of adapters as a command sees it: what is loaded from it, and in words why the rest is not.
 */
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { openAdapters } from '../gateway.ts'
import type { Fields, Log } from '../telemetry/log.ts'
import { typed } from './typed.ts'

/** A file that is not loaded: why, and what to type. */
export interface Trouble {
  readonly message: string
  readonly next: string
}

export interface SeenFolder {
  /** Null where no folder is configured. */
  readonly folder: Awaited<ReturnType<typeof openAdapters>>
  readonly troubles: readonly Trouble[]
}

/** Loads the folder as a server would. Throws OperatorError where there is no such folder. */
export async function seeFolder(settings: Config['adapters']): Promise<SeenFolder> {
  const troubles: Trouble[] = []
  const note = (event: string, fields: Fields = {}): void => {
    const told = troubleOf(event, fields, settings.dir ?? '')
    if (told) troubles.push(told)
  }
  const log: Log = { debug: note, info: note, warn: note, error: note }
  return { folder: await openAdapters(settings, log, false), troubles }
}

function troubleOf(
  event: string,
  { adapter = '', file = '', line = 1, reason = '' }: Fields,
  dir: string,
): Trouble | null {
  const path = typed(join(dir, file))
  if (event === 'adapter.refused') {
    return { message: `${path} line ${line}: ${reason}`, next: nextOf(reason, path) }
  }
  return event === 'adapter.missing'
    ? { message: `${adapter} is pinned, but ${dir} has no such file`, next: `ls -l ${typed(dir)}` }
    : null
}

/** What is wrong around a file; whatever is wrong in it, the check says in full. */
const AROUND: readonly (readonly [reason: RegExp, command: (path: string) => string])[] = [
  [/^is not (?:what was )?pinned/, (path) => `pangate adapter pin ${path}`],
  [/^can be changed by everybody/, (path) => `chmod o-w ${path}`],
  [/^has the same name as/, (path) => `mv ${path} ${path}.off`],
]

function nextOf(reason: string, path: string): string {
  const around = AROUND.find(([said]) => said.test(reason))?.[1]
  return around ? around(path) : `pangate adapter check ${path}`
}

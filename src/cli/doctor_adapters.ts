/**
 * @module The check of `pangate doctor` over the folder of external adapters: each file that would be refused, and why.
 */
import type { Adapter } from '../adapter.ts'
import type { Config } from '../config.ts'
import { openAdapters } from '../gateway.ts'
import { openRegistry } from '../registry.ts'
import type { Fields, Log } from '../telemetry/log.ts'
import { finding, refused, type Finding } from './doctor_finding.ts'

/** The adapters that there would be, and what was found on the way. */
export async function checkAdapters(
  config: Config,
): Promise<{ readonly adapters: readonly Adapter[]; readonly found: readonly Finding[] }> {
  const check = 'adapters'
  const events: { readonly event: string; readonly fields: Fields }[] = []
  const note = (event: string, fields: Fields = {}): void => void events.push({ event, fields })
  const log: Log = { debug: note, info: note, warn: note, error: note }
  try {
    const folder = await openAdapters(config.adapters, log, false)
    const adapters = openRegistry(undefined, folder?.adapters).list()
    if (!folder) return { adapters, found: [] }
    const wrong = events.flatMap(({ event, fields: { file, line, reason, adapter } }) => {
      if (event === 'adapter.refused') {
        return [
          finding('warning', check, `${file}:${line}: ${reason}`, `pangate adapter check ${file}`),
        ]
      }
      if (event === 'adapter.missing') {
        return [
          finding(
            'warning',
            check,
            `${adapter} is pinned, but there is no such file`,
            'check [adapters] pins',
          ),
        ]
      }
      return []
    })
    const loaded = finding(
      'ok',
      check,
      `${folder.adapters.size} loaded from ${config.adapters.dir}`,
    )
    return { adapters, found: [loaded, ...wrong] }
  } catch (error) {
    return { adapters: openRegistry().list(), found: [refused(check, error)] }
  }
}

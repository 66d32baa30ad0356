/**
 * @module The check of `pangate doctor` over the folder of external adapters: each file that would be refused, and why.
 */
import type { Adapter } from '../adapter.ts'
import type { Config } from '../config.ts'
import { openRegistry } from '../registry.ts'
import { seeFolder } from './adapter_folder.ts'
import { finding, refused, type Finding } from './doctor_finding.ts'

/** The adapters that there would be, and what was found on the way. */
export async function checkAdapters(
  config: Config,
): Promise<{ readonly adapters: readonly Adapter[]; readonly found: readonly Finding[] }> {
  const check = 'adapters'
  try {
    const { folder, troubles } = await seeFolder(config.adapters)
    const adapters = openRegistry(undefined, folder?.adapters).list()
    if (!folder) return { adapters, found: [] }
    const wrong = troubles.map(({ message, next }) => finding('warning', check, message, next))
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

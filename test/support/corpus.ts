/**
 * @module Public test corpora beside the repository. They are large and not ours, so a run without them says so.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The text of a corpus, or null where it is not there, which is printed. */
export function corpus(name: string): string | null {
  const file = join(import.meta.dir, '../../../shared/corpora', name)
  if (existsSync(file)) return readFileSync(file, 'utf8')
  console.log(`skipped: there is no ${file}`)
  return null
}

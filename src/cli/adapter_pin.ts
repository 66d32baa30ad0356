/**
 * @module `pangate adapter pin FILE`: the line of the configuration that lets this very file be loaded, and no changed one.
 */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { ADAPTER_FILE } from '../external/load.ts'
import { readAdapterFile } from './adapter_file.ts'
import type { Input } from './command.ts'
import type { Terminal } from './terminal.ts'
import { typed } from './typed.ts'

/** Prints the lines. Throws OperatorError for a file that no server would look at. */
export async function pin(input: Input, { out }: Terminal): Promise<number> {
  const { name, path, bytes } = readAdapterFile(input.argument, 'pin')
  if (!ADAPTER_FILE.test(basename(path))) {
    const message = `${typed(path)} would not be loaded: give it a name of lower-case letters, digits, _ and -`
    throw input.refuse(message, `pangate adapter check ${typed(path)}`)
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  out(
    input.flag('json')
      ? JSON.stringify({ adapter: name, sha256 })
      : `[adapters.pins]\n${name} = "${sha256}"`,
  )
  return 0
}

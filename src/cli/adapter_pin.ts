/**
 * @module `pangate adapter pin FILE`: the line of the configuration that lets this very file be loaded, and no changed one.
 */
import { createHash } from 'node:crypto'
import { readAdapterFile } from './adapter_file.ts'
import type { Input } from './command.ts'
import type { Terminal } from './terminal.ts'

export async function pin(input: Input, { out }: Terminal): Promise<number> {
  const { name, source } = readAdapterFile(input.argument)
  const sha256 = createHash('sha256').update(source).digest('hex')
  out(
    input.flag('json')
      ? JSON.stringify({ adapter: name, sha256 })
      : `[adapters.pins]\n${name} = "${sha256}"`,
  )
  return 0
}

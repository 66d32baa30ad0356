/**
 * @module `pangate adapter eject NAME`: prints an adapter that is a document as TypeScript, to be changed by hand.
 */
import { basename } from 'node:path'
import { OperatorError } from '../errors.ts'
import { readAdapterFile } from './adapter_file.ts'
import type { Input } from './command.ts'
import type { Terminal } from './terminal.ts'

/** A preset by its name, or a template document by its file. Throws OperatorError for adapters that are code already. */
export async function eject(input: Input, { out }: Terminal): Promise<number> {
  const [{ ejectTemplate }, { parseTemplate }, { PRESETS, presetTemplate }, { TYPES_FILE }] =
    await Promise.all([
      import('../templates/eject/eject.ts'),
      import('../templates/load.ts'),
      import('../templates/presets.ts'),
      import('../skeleton/skeleton.ts'),
    ])
  const name = input.argument
  const types = `./${TYPES_FILE}`
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined
  if (preset !== undefined && input.flag('document')) {
    out(preset.trimEnd())
    return 0
  }
  if (preset !== undefined) {
    out(ejectTemplate(presetTemplate(name), `the preset ${name}`, types).trimEnd())
    return 0
  }
  if (!name.includes('.')) {
    const next = `one of ${Object.keys(PRESETS).join(', ')}, or the file of a template document`
    throw new OperatorError(`${name} is no template`, `pangate adapter eject with ${next}`, 2)
  }
  const { kind, source, path } = readAdapterFile(name)
  if (kind !== 'template') {
    throw new OperatorError(`${path} is TypeScript already`, 'change it as it is', 2)
  }
  const file = basename(path)
  out(ejectTemplate(parseTemplate(source, file), file, types).trimEnd())
  return 0
}

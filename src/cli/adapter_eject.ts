/**
 * @module `pangate adapter eject NAME`: prints an adapter that is a document as TypeScript, to be changed by hand.
 */
import { basename } from 'node:path'
import { nearest } from '../config/nearest.ts'
import { OperatorError } from '../errors.ts'
import { BUILT_IN } from '../registry.ts'
import { readAdapterFile } from './adapter_file.ts'
import type { Input } from './command.ts'
import type { Terminal } from './terminal.ts'
import { typed } from './typed.ts'

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
  if (!/[./]/.test(name)) throw noTemplate(name, Object.keys(PRESETS))
  const { kind, source, path } = readAdapterFile(name, 'eject')
  const check = `pangate adapter check ${typed(path)}`
  if (kind !== 'template') {
    throw new OperatorError(`${typed(path)} is TypeScript already: change it as it is`, check, 2)
  }
  const file = basename(path)
  const template = attempt(() => parseTemplate(source, file), check)
  out(ejectTemplate(template, file, types).trimEnd())
  return 0
}

/** What is built in is code already, and another name is that of no preset. */
function noTemplate(name: string, presets: readonly string[]): OperatorError {
  const [first = ''] = presets
  const meant = nearest(name, presets) ?? first
  const what = BUILT_IN.has(name) ? 'is code, and no template' : 'is no template'
  const others = `those are ${presets.join(', ')}, and files of your own`
  return new OperatorError(`${typed(name)} ${what}: ${others}`, `pangate adapter eject ${meant}`, 2)
}

/** A document's problems are told in full by the check. */
function attempt<T>(work: () => T, next: string): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof OperatorError ? new OperatorError(error.message, next) : error
  }
}

/**
 * @module The template documents that come with the program, inside the executable as text.
 */
import template from '../../adapters/template.ts'
import checkout from '../../adapters/presets/checkout.yaml' with { type: 'text' }
import dlocal from '../../adapters/presets/dlocal.yaml' with { type: 'text' }
import fiserv from '../../adapters/presets/fiserv.yaml' with { type: 'text' }
import nmi from '../../adapters/presets/nmi.yaml' with { type: 'text' }
import paysafe from '../../adapters/presets/paysafe.yaml' with { type: 'text' }
import payu_india from '../../adapters/presets/payu_india.yaml' with { type: 'text' }
import payu_latam from '../../adapters/presets/payu_latam.yaml' with { type: 'text' }
import rapyd from '../../adapters/presets/rapyd.yaml' with { type: 'text' }
import solidgate from '../../adapters/presets/solidgate.yaml' with { type: 'text' }
import type { Adapter } from '../adapter.ts'
import { kit } from '../kit.ts'
import { compileDocument } from './compile.ts'
import type { Template } from './compiled.ts'
import type { TemplateDocument } from './document.ts'
import { Problems, TemplateError } from './problems.ts'

/** Text of each document, by the id of its adapter. */
export const PRESETS: Readonly<Record<string, string>> = {
  checkout,
  dlocal,
  fiserv,
  nmi,
  paysafe,
  payu_india,
  payu_latam,
  rapyd,
  solidgate,
}

/** The template of a preset. */
export function presetTemplate(id: string): Template {
  const problems = new Problems(() => 1)
  // Bun's own parser, which tells no lines, is fifty times faster; that presets have their shape is tested.
  const document = Bun.YAML.parse(PRESETS[id] ?? '') as TemplateDocument
  const compiled = compileDocument(document, problems)
  if (problems.found.length > 0) throw new TemplateError(`${id}.yaml`, problems.found)
  return compiled
}

/** The adapter of a preset. */
export function presetAdapter(id: string): Adapter {
  return template(kit)(presetTemplate(id))
}

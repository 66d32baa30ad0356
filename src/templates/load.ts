/**
 * @module Makes an adapter of the text of a template document.
 */
import template from '../../adapters/template.ts'
import type { Adapter } from '../adapter.ts'
import { kit } from '../kit.ts'
import { compileDocument } from './compile.ts'
import type { Template } from './compiled.ts'
import { Problems, TemplateError } from './problems.ts'
import { checkShape } from './shape.ts'
import { readSource } from './source.ts'

/**
 * The adapter of a document: YAML, TOML or JSON, by the ending of the file's name.
 * Throws TemplateError, with the line of each thing that is wrong.
 */
export function loadTemplate(text: string, fileName: string): Adapter {
  return template(kit)(parseTemplate(text, fileName))
}

/** The document, parsed and checked. Throws as {@link loadTemplate} does. */
export function parseTemplate(text: string, fileName: string): Template {
  const source = readSource(text, fileName)
  const problems = new Problems(source.lineOf)
  const document = checkShape(source.value, problems)
  const compiled = document && compileDocument(document, problems)
  if (!compiled || problems.found.length > 0) throw new TemplateError(fileName, problems.found)
  return compiled
}

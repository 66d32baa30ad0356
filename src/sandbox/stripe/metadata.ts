/**
 * @module Free text that callers attach: metadata, descriptions, statement descriptors. Masked before it is kept.
 */
import { mask } from '../mask.ts'
import { invalid } from './error.ts'
import type { Params } from './params.ts'

/** At most 50 keys of 40 characters with values of 500. https://docs.stripe.com/api/metadata */
export function readMetadata(params: Params): { [name: string]: string } {
  const entries = Object.entries(params.texts('metadata'))
  const fault =
    entries.length > 50
      ? 'You can have up to 50 metadata keys.'
      : entries.some(([name]) => name.length > 40)
        ? 'Metadata keys can be up to 40 characters long.'
        : entries.some(([, value]) => value.length > 500)
          ? 'Metadata values can be up to 500 characters long.'
          : null
  if (fault !== null) throw invalid(fault, { param: params.name('metadata') })
  return Object.fromEntries(entries.map(([name, value]) => [mask(name), mask(value)]))
}

/** What an intent and a charge both carry for people to read. */
export interface Words {
  readonly description: string | null
  readonly receipt_email: string | null
  readonly statement_descriptor: string | null
  readonly statement_descriptor_suffix: string | null
}

export function readWords(params: Params): Words {
  return {
    description: words(params, 'description', 1000),
    receipt_email: words(params, 'receipt_email', 512),
    statement_descriptor: words(params, 'statement_descriptor', 22),
    statement_descriptor_suffix: words(params, 'statement_descriptor_suffix', 22),
  }
}

function words(params: Params, field: string, most: number): string | null {
  const text = params.clearable(field) || null
  if (text !== null && text.length > most) {
    throw invalid(`Invalid ${field}: must be at most ${most} characters`, { param: field })
  }
  return text === null ? null : mask(text)
}

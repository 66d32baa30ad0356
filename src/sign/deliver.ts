/**
 * @module Where a described signature goes: a header or a field, in words around it, beside headers that it covers.
 */
import { fault } from './fault.ts'
import { type Values, optional, template, templates, text } from './parameters.ts'
import { withHeaders } from './request.ts'
import type { SchemeInput, Signed } from './types.ts'

/** Parameters that all described schemes share. */
export const DELIVERY = {
  header: optional(text('The header that carries the signature; or give `field`.')),
  field: optional(text('The field of the body that carries the signature; or give `header`.')),
  value: template('What is written there.', '{signature}', ['signature']),
  set: templates('Headers to set first, such as a timestamp; the message may name them.'),
}

/** Sets the headers of `set`, signs the request with them, and writes the signature where it belongs. */
export function deliver(
  scheme: string,
  { header, field, value, set }: Values<typeof DELIVERY>,
  input: SchemeInput,
  signature: (input: SchemeInput) => string,
): Signed {
  if ((header === undefined) === (field === undefined)) {
    throw fault({ scheme, param: 'header' }, 'or field is wanted, and not both')
  }
  const added = Object.fromEntries(set.map(([name, described]) => [name, described.text(input)]))
  const full = { ...input, request: withHeaders(input.request, added) }
  const written = value.text({ ...full, more: { signature: signature(full) } })
  if (header !== undefined) return { headers: { ...added, [header]: written } }
  return { headers: added, fields: field === undefined ? {} : { [field]: written } }
}

/**
 * @module The names of the fields in which a request has the security code: a PSP that echoes it uses the same.
 */
import type { Plan } from '../adapter.ts'
import { asHole } from '../hole.ts'

/** Field names; a caller may call it what it likes. */
export function cvcFields(body: Plan['body']): readonly string[] {
  if (!body) return []
  const names = new Set<string>()
  if ('fields' in body) fieldNames(body.fields, names)
  else slotNames(body.template, names)
  return [...names]
}

function fieldNames(fields: object, names: Set<string>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (isCvc(value)) names.add(name)
    else if (typeof value === 'object' && value !== null && !asHole(value)) fieldNames(value, names)
  }
}

/** The last word before the slot is the field's name, in JSON, forms and XML alike. */
function slotNames(template: readonly unknown[], names: Set<string>): void {
  template.forEach((part, at) => {
    if (typeof part !== 'object' || part === null || !('hole' in part) || !isCvc(part.hole)) return
    const before = template[at - 1]
    const name =
      typeof before === 'string' ? /([\w-]{1,64})[^\w-]{0,12}$/.exec(before.slice(-80)) : null
    if (name?.[1] !== undefined) names.add(name[1])
  })
}

function isCvc(value: unknown): boolean {
  const source = asHole(value)?.source
  return (
    (source?.from === 'token' && source.field === 'cvc') ||
    (source?.from === 'record' && source.leaf === 'cvc')
  )
}

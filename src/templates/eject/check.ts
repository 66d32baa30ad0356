/**
 * @module The check of an operation of a template as TypeScript expressions, each a list of complaints.
 */
import type { OperationName } from '../../adapter.ts'
import type { Operation, Placeholder, Template, Value } from '../compiled.ts'
import { call, list, quoted } from './print.ts'
import { placeholder } from './values.ts'

/** A placeholder, and the words of options under which it is used. */
interface Used {
  readonly placeholder: Placeholder
  readonly under: readonly string[]
}

/** `...when(condition, complaint)` for everything that can be wrong with an intent that has all it needs. */
export function complaints(
  name: OperationName,
  { request, needs, inPath }: Operation,
  template: Template,
): readonly string[] {
  const { currencies, decimals, parts, name: psp } = template
  const used = request.body ? usedIn(request.body.fields, name, []) : []
  const wrong: string[] = []
  const add = (condition: string, complaint: string): void => {
    wrong.push(`...${call('when', condition, complaint)}`)
  }
  if (Object.keys(decimals).length > 0) {
    add(
      'intent.amount !== undefined && !units(intent)',
      `\`amount.minor: ${psp} has fewer decimals of \${intent.amount?.currency}\``,
    )
  }
  if (currencies) {
    const own =
      'credential' in currencies ? `intent.options[${quoted(currencies.credential)}] ?? 'none'` : ''
    const taken = 'credential' in currencies ? `[${own}]` : list(currencies.map(quoted))
    const shown = 'credential' in currencies ? `\${${own}}` : currencies.join(', ')
    add(
      `intent.amount !== undefined && !${taken}.includes(intent.amount.currency)`,
      `\`amount.currency: ${psp} takes ${shown} from this account\``,
    )
  }
  if (!request.body)
    wrong.push(`...unsent(${['intent.extra', ...request.named.map(quoted)].join(', ')})`)
  const sends = used.some((one) => one.placeholder.name.startsWith('amount.'))
  if (/^(capture|refund|void)$/.test(name) && !sends) {
    add(
      'intent.amount !== undefined',
      quoted(`amount: ${psp} takes all that the reference names, so leave it out`),
    )
  }
  const isPart = (one: string): boolean => parts.includes(one)
  if (used.some((one) => one.placeholder.from === 'reference') || inPath.some(isPart)) {
    add(
      `intent.reference?.split('|').length !== ${parts.length}`,
      quoted(`reference: ${parts.join('|')}, as ${psp} gave it`),
    )
  }
  for (const one of inPath) {
    const from = isPart(one) ? 'reference' : 'intent'
    const value = placeholder({ from, name: one, filters: [], optional: false }, template)
    const shown = isPart(one) ? 'reference' : one
    add(`!isPathPart(${value})`, quoted(`${shown}: letters, digits and -_.~: alone`))
  }
  const asked: readonly string[] = needs
  for (const { placeholder: one, under } of used) {
    if (one.from !== 'intent' || one.optional || one.fallback !== undefined) continue
    if (asked.includes(one.name.split('.')[0] ?? '') || asked.includes(one.name)) continue
    if (/^(idempotency_key|operation|mode)$/.test(one.name)) continue
    const value = placeholder({ ...one, filters: [] }, template)
    add([...under, `${value} === undefined`].join(' && '), quoted(`${one.name}: missing`))
  }
  return [...new Set(wrong)]
}

/** Placeholders of a value, with the options under which they are used; choices by the operation are made. */
function usedIn(value: Value, operation: OperationName, under: readonly string[]): readonly Used[] {
  switch (value.kind) {
    case 'plain':
      return []
    case 'one':
      return [{ placeholder: value.placeholder, under }]
    case 'text':
      return value.parts.flatMap((part) =>
        typeof part === 'string' ? [] : [{ placeholder: part, under }],
      )
    case 'list':
      return value.items.flatMap((one) => usedIn(one, operation, under))
    case 'record':
      return value.entries.flatMap(([, one]) => usedIn(one, operation, under))
    case 'case':
      return Object.entries(value.cases).flatMap(([word, one]) => {
        if (value.by !== 'operation') {
          return usedIn(one, operation, [...under, `intent.${value.by} === ${quoted(word)}`])
        }
        return word === operation ? usedIn(one, operation, under) : []
      })
  }
}

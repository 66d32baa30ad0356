/**
 * @module What an operation of a document cannot do without: read off its placeholders, but for those with a question mark.
 */
import type { Need, OperationName } from '../adapter.ts'
import type { Derived, Placeholder, Request, Value } from './compiled.ts'

/** Needs of a request, without doubles, in the order of the document. */
export function needsOf(
  request: Request,
  derived: readonly (readonly [name: string, derived: Derived])[],
  operation: OperationName,
): readonly Need[] {
  const texts = [
    ...request.path,
    ...(request.query ?? []),
    ...request.headers.flatMap(([, parts]) => parts),
  ].filter((part) => typeof part !== 'string')
  const all = [...texts, ...(request.body ? certain(request.body.fields, operation) : [])]
  const needs = all.flatMap((placeholder) => needOf(placeholder, derived))
  const any = request.body ? every(request.body.fields, operation) : []
  // A card is wanted for whatever is made of it, whichever option is chosen.
  const card = [...texts, ...any].some(({ from }) => from === 'card' || from === 'derived')
  return [...new Set([...(card ? (['card'] as const) : []), ...needs])]
}

function needOf(
  { from, name, optional, fallback }: Placeholder,
  derived: readonly (readonly [name: string, derived: Derived])[],
): readonly Need[] {
  if (from === 'derived') {
    const found = derived.find(([one]) => one === name)?.[1].text ?? []
    return found.flatMap((part) => (typeof part === 'string' ? [] : needOf(part, derived)))
  }
  if (optional || fallback !== undefined) return []
  if (from === 'card') return name === 'cvc' ? ['card', 'cvc'] : ['card']
  if (from === 'reference') return ['reference']
  if (from !== 'intent' || /^(idempotency_key|operation|mode)$/.test(name)) return []
  if (name.startsWith('amount.')) return ['amount']
  // What is left are the names of fields of an intent.
  return [name as Need]
}

/** Placeholders that are there whatever the account has chosen. */
function certain(value: Value, operation: OperationName): readonly Placeholder[] {
  return walk(value, operation, () => [])
}

/** Those of every option too. */
function every(value: Value, operation: OperationName): readonly Placeholder[] {
  return walk(value, operation, (cases) => cases.flatMap((one) => every(one, operation)))
}

function walk(
  value: Value,
  operation: OperationName,
  options: (cases: readonly Value[]) => readonly Placeholder[],
): readonly Placeholder[] {
  switch (value.kind) {
    case 'plain':
      return []
    case 'one':
      return [value.placeholder]
    case 'text':
      return value.parts.filter((part) => typeof part !== 'string')
    case 'list':
      return value.items.flatMap((one) => walk(one, operation, options))
    case 'record':
      return value.entries.flatMap(([, one]) => walk(one, operation, options))
    case 'case': {
      if (value.by !== 'operation') return options(Object.values(value.cases))
      const chosen = Object.hasOwn(value.cases, operation) ? value.cases[operation] : undefined
      return chosen ? walk(chosen, operation, options) : []
    }
  }
}

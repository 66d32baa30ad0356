/**
 * @module Placeholders and values of a template as TypeScript expressions.
 */
import type { OperationName } from '../../adapter.ts'
import type { Part, Placeholder, Request, Template, Value } from '../compiled.ts'
import { call, list, literal, object, quoted } from './print.ts'

/** Filters whose helper has the same name. */
const FILTERS: Readonly<Record<string, string>> = {
  text: 'asText',
  number: 'asNumber',
  lower: 'lower',
  upper: 'upper',
}

const DATES: Readonly<Record<string, string>> = {
  mm: 'MM',
  yy: 'YY',
  yyyy: 'YYYY',
  number: 'number',
}

/** What stands for a placeholder: a hole, or a value that may be undefined. */
export function placeholder(one: Placeholder, { parts, decimals }: Template): string {
  const { from, name, filters, fallback } = one
  if (from === 'credential' || from === 'session' || from === 'derived') {
    return `${from}(${quoted(name)})`
  }
  if (from === 'card') {
    const date = filters.flatMap((filter) => DATES[filter] ?? [])[0]
    return date ? `card(${quoted(name)}, ${quoted(date)})` : `card(${quoted(name)})`
  }
  const own = Object.keys(decimals).length > 0
  let value: string
  if (from === 'option') value = `intent.options[${quoted(name)}]`
  else if (from === 'now') value = `time(intent.now, ${quoted(name)})`
  else if (from === 'id') value = `id(intent, ${quoted(name)})`
  else if (from === 'reference') value = `intent.reference?.split('|')[${parts.indexOf(name)}]`
  else if (name === 'amount.minor') value = own ? 'units(intent)?.minor' : 'intent.amount?.minor'
  else if (name === 'amount.decimal') {
    value = own ? 'units(intent)?.decimal' : '(intent.amount && decimal(intent.amount))'
  } else value = `some(${access(name)})`
  if (fallback !== undefined) value = `(${value} ?? ${literal(fallback)})`
  return filters.reduce((inner, filter) => {
    const helper = FILTERS[filter]
    return helper ? `${helper}(${inner})` : inner
  }, value)
}

/** `customer.email` of an intent. */
function access(name: string): string {
  const [first = '', ...rest] = name.split('.')
  if (first === 'extra') return `intent.extra[${quoted(rest.join('.'))}]`
  return rest.length === 0 ? `intent.${first}` : `intent.${first}?.${rest.join('?.')}`
}

/** Text for a path or a header; `write` is what a value is passed through. */
export function text(parts: readonly Part[], template: Template, write = ''): string {
  const all = parts.map((part) => {
    if (typeof part === 'string') return quoted(part)
    const value = placeholder(part, template)
    return isHole(part) || write === '' ? value : `${write}(${value})`
  })
  if (parts.every((part) => typeof part === 'string')) return quoted(parts.join(''))
  const [first = ''] = all
  return parts.every((part) => typeof part === 'string' || isHole(part))
    ? all.length === 1
      ? first
      : list(all)
    : `joined(${all.join(', ')})`
}

function isHole({ from }: Placeholder): boolean {
  return ['card', 'credential', 'session', 'derived'].includes(from)
}

/** A value of a body, for one operation: choices by the operation are made. */
function value(one: Value, template: Template, operation: OperationName): string {
  const inner = (other: Value): string => value(other, template, operation)
  switch (one.kind) {
    case 'plain':
      return literal(one.value)
    case 'one':
      return placeholder(one.placeholder, template)
    case 'text': {
      const holes = one.parts.some((part) => typeof part !== 'string' && isHole(part))
      const parts = one.parts.map((part) =>
        typeof part === 'string' ? quoted(part) : placeholder(part, template),
      )
      return holes ? call('textOf', ...parts) : call('asJoined', ...parts)
    }
    case 'list':
      return list(one.items.map(inner))
    case 'record':
      return fields(one.entries, inner)
    case 'case':
      if (one.by === 'operation') {
        const chosen = one.cases[operation]
        return chosen ? inner(chosen) : 'undefined'
      }
      return `choose(intent.${one.by}, ${object(Object.entries(one.cases).map(([word, other]) => [word, inner(other)]))})`
  }
}

/** Fields that this operation never has are left out of the text, too. */
function fields(
  entries: readonly (readonly [string, Value])[],
  inner: (one: Value) => string,
): string {
  return object(
    entries.flatMap(([name, one]) => {
      const written = inner(one)
      return written === 'undefined' ? [] : [[name, written] as const]
    }),
  )
}

/** The plan of a request. */
export function plan(request: Request, template: Template, operation: OperationName): string {
  const { method, path, query, headers, body, named } = request
  const lines = headers.map(([name, parts]) => [name, text(parts, template)] as const)
  // A header of which a part is missing is left out.
  const some = lines.some(([, line]) => line.startsWith('joined('))
  return object([
    ['method', quoted(method)],
    ['path', text(path, template, 'encoded')],
    ...(query ? [['query', text(query, template, 'encoded')] as const] : []),
    ...(lines.length > 0
      ? [['headers', some ? call('present', object(lines)) : object(lines)] as const]
      : []),
    ...(body
      ? [
          [
            'body',
            object([
              ['encoding', quoted(body.encoding)],
              [
                'fields',
                call(
                  body.encoding === 'xml' ? 'withExtraInRoot' : 'withExtra',
                  value(body.fields, template, operation),
                  named.length > 0
                    ? `without(intent.extra, ${named.map(quoted).join(', ')})`
                    : 'intent.extra',
                ),
              ],
            ]),
          ] as const,
        ]
      : []),
  ])
}

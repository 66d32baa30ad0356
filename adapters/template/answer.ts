/**
 * @module What an answer means by the rules of a template document.
 */
import type { Answer, Intent, Json, Kit, OperationName, Outcome } from '../../src/adapter.ts'
import type { Answers, Format, Rule, Selector, Step } from '../../src/templates/compiled.ts'

/** How much of an answer a regular expression looks at. */
const SEARCHED = 8192

/** Reads values out of one answer. */
export interface Reader {
  /** The text at the first of the places that has one; null where none has. */
  first(from: readonly Selector[]): string | null
  value(from: Selector): Json | undefined
}

/** A reader of an answer in a form. Numbers are read in their own spelling. */
export function readerOf(
  { crypto, xml }: Kit,
  format: Format,
  answer: Answer,
  intent?: Intent,
): Reader {
  const parse = (text: string, as: Format): Json | undefined => {
    if (as === 'xml') return xml(text)
    return as === 'form' ? form(text) : exact(text)
  }
  const exact = (text: string): Json | undefined => {
    try {
      return crypto.exactJson(text)
    } catch {
      // No JSON: nothing can be read from it.
      return undefined
    }
  }
  const body = parse(answer.text.replace(/^\ufeff/, ''), format)
  const value = (from: Selector): Json | undefined => {
    if (from.from === 'request') {
      return from.name === 'reference' ? intent?.reference : intent?.idempotency_key
    }
    if (from.from === 'header') return answer.headers[from.name]
    if (from.from === 'text') {
      return new RegExp(from.name, 'u').exec(answer.text.slice(0, SEARCHED))?.[1]
    }
    const found = walk(body, from.steps, format)
    if (!from.then) return found
    return typeof found === 'string'
      ? walk(parse(found, from.then.format), from.then.steps, from.then.format)
      : undefined
  }
  const first = (from: readonly Selector[]): string | null => {
    for (const one of from) {
      const text = words(value(one))
      if (text !== null) return text
    }
    return null
  }
  return { value, first }
}

/** The outcome of an answer to an operation, or of a notification. What no rule knows is unrecognised. */
export function outcomeOf(
  answers: Answers,
  status: number,
  reader: Reader,
  about: OperationName | 'notification',
): Outcome {
  const psp = { code: reader.first(answers.code), message: reader.first(answers.message) }
  const ids = answers.reference.map((places) => reader.first(places))
  const reference = ids.length > 0 && !ids.includes(null) ? ids.join('|') : null
  const rule = answers.rules.find((one) => applies(one, status, reader, about))
  if (!rule) {
    return { psp, kind: 'unrecognised', reason: `HTTP ${status} with an answer that no rule knows` }
  }
  const { kind } = rule
  if (kind === 'declined') {
    const known = psp.code !== null && Object.hasOwn(answers.declines, psp.code)
    const code = rule.code ?? (known ? answers.declines[psp.code ?? ''] : undefined) ?? 'other'
    // Codes of rules were checked to be those of their kind.
    return { psp, kind, reference, code: code as 'other' }
  }
  if (kind === 'refused') return { psp, kind, code: (rule.code ?? 'request') as 'request' } // As above.
  if (reference === null)
    return { psp, kind: 'unrecognised', reason: 'the answer has no reference' }
  if (kind !== 'action_required') return { psp, kind, reference }
  const url = reader.first(answers.url)
  const form = answers.form && formOf(reader.value(answers.form))
  return {
    ...{ psp, kind, reference, url: url?.startsWith('https://') ? url : null },
    ...(form && { form }),
  }
}

/** The fields of a form to post; null where there are none, or one is no plain value. */
function formOf(value: Json | undefined): Readonly<Record<string, string>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const fields = Object.entries(value).map(([name, one]) => [
    name,
    // Members of JSON are JSON. An empty text is a value here.
    one === '' ? '' : words(one as Json),
  ])
  return fields.some(([, one]) => one === null) ? null : Object.fromEntries(fields)
}

function applies(
  rule: Rule,
  status: number,
  reader: Reader,
  about: OperationName | 'notification',
): boolean {
  return (
    (rule.for === null || rule.for.includes(about)) &&
    rule.status.some(([from, to]) => status >= from && status <= to) &&
    rule.when.every(({ at, is, matches }) => {
      const value = reader.value(at)
      if (matches === null) return is.some((one) => one === value)
      return typeof value === 'string' && whole(matches).test(value.slice(0, SEARCHED))
    }) &&
    rule.exists.every((one) => words(reader.value(one)) !== null) &&
    rule.absent.every((one) => words(reader.value(one)) === null)
  )
}

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u')
}

/** A value as text; null for what is missing, empty, a list or an object. */
export function words(value: Json | undefined): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

/** Own members alone, so that a name such as `constructor` finds nothing by itself. */
function member(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (!Object.hasOwn(value, name)) return undefined
  // An own member of JSON is JSON.
  return Reflect.get(value, name) as Json
}

function walk(value: Json | undefined, steps: readonly Step[], format: Format): Json | undefined {
  return steps.reduce((found, one) => step(found, one, format === 'xml'), value)
}

/** In XML what there is one of is no list, and of several the first is meant. */
function step(value: Json | undefined, one: Step, first: boolean): Json | undefined {
  const list = Array.isArray(value) ? (value as readonly Json[]) : null // Lists of JSON hold JSON.
  if ('index' in one) return list ? list[one.index] : first && one.index === 0 ? value : undefined
  if ('where' in one) {
    return (list ?? (first ? [value] : [])).find(
      (item) => words(member(item, one.where)) === one.is,
    )
  }
  if ('below' in one) return below(value, one.below)
  return member(list && first ? list[0] : value, one.name)
}

function below(value: Json | undefined, name: string): Json | undefined {
  const own = Array.isArray(value) ? undefined : member(value, name)
  if (own !== undefined || typeof value !== 'object' || value === null) return own
  for (const inner of Object.values(value)) {
    // Members of JSON are JSON.
    const found = below(inner as Json, name)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Fields of a form; one that is there twice is a list, which no rule takes for a value. None of what begins as JSON or XML: its
 * signature, where it has one, is over its own members.
 */
function form(text: string): Json | undefined {
  if (/^\s*[{[<]/.test(text)) return undefined
  const fields = new Map<string, string[]>()
  for (const pair of text.trim().split('&')) {
    const [name = '', ...value] = pair.split('=')
    const before = fields.get(decoded(name)) ?? []
    fields.set(decoded(name), [...before, decoded(value.join('='))])
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // Not percent-encoded, as some PSPs leave their words.
    return text
  }
}

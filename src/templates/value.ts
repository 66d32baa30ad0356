/**
 * @module Requests of a document: path, query, headers and body with their placeholders parsed.
 */
import { OPERATIONS, type Json } from '../adapter.ts'
import type { Part, Placeholder, RecordValue, Request, Value } from './compiled.ts'
import type { RequestDocument } from './document.ts'
import { parsePlaceholder, parseText, type Names, type Scope } from './placeholder.ts'
import type { Path, Problems } from './problems.ts'

export interface Reading {
  readonly scope: Scope
  readonly names: Names
  readonly problems: Problems
  /** Choices of each option. */
  readonly choices: Readonly<Record<string, readonly string[]>>
}

/** The request. What is wrong with it is added to the problems. */
export function readRequest(document: RequestDocument, at: Path, reading: Reading): Request {
  const text = (value: string, ...where: string[]): readonly Part[] =>
    readText(value, [...at, ...where], reading)
  const path = text(document.path, 'path')
  if (path.some((part) => typeof part === 'string' && /[?#\s]|\/\/|\/\.\.?(\/|$)/.test(part))) {
    reading.problems.add([...at, 'path'], 'has a ?, #, //, . or space in it')
  }
  const bodies = (['json', 'form', 'xml'] as const).filter((name) => document[name] !== undefined)
  if (bodies.length > 1) reading.problems.add(at, 'has more than one of json, form and xml')
  const [encoding] = bodies
  if (encoding && document.method === 'GET') reading.problems.add(at, 'is a GET with a body')
  const fields = encoding && readValue(document[encoding] ?? {}, [...at, encoding], reading)
  if (encoding && fields?.kind !== 'record') {
    reading.problems.add([...at, encoding], 'is not a table of fields')
  }
  return {
    method: document.method,
    path,
    query: document.query === undefined ? null : text(document.query, 'query'),
    headers: Object.entries(document.headers ?? {}).map(([name, value]) => [
      name,
      text(value, 'headers', name),
    ]),
    body: encoding && fields?.kind === 'record' ? { encoding, fields } : null,
    named: namedExtras(fields),
  }
}

/** Text with placeholders. */
export function readText(value: string, at: Path, reading: Reading): readonly Part[] {
  return (
    reading.problems.attempt(at, () => parseText(value, reading.scope, reading.names)) ?? [value]
  )
}

function readValue(value: unknown, at: Path, reading: Reading): Value {
  if (typeof value === 'string') {
    const parts = readText(value, at, reading)
    const [first, ...more] = parts
    if (parts.every((part) => typeof part === 'string')) return { kind: 'plain', value }
    return typeof first === 'object' && more.length === 0
      ? { kind: 'one', placeholder: first }
      : { kind: 'text', parts }
  }
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((one, i) => readValue(one, [...at, i], reading)) }
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    const [only, ...others] = entries
    if (only && others.length === 0 && only[0].startsWith('{{')) {
      return readCase(only[0], only[1], at, reading)
    }
    return {
      kind: 'record',
      entries: entries.map(([name, one]) => {
        if (name.includes('{{')) {
          reading.problems.add([...at, name], 'is a choice, which stands alone in its table')
        }
        return [name, readValue(one, [...at, name], reading)]
      }),
    }
  }
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) {
    // Neither text, list nor table, so a scalar of JSON.
    return { kind: 'plain', value: value as Json }
  }
  reading.problems.add(at, 'is no value of JSON')
  return { kind: 'plain', value: null }
}

/** `{'{{intent.operation}}': {purchase: true, authorize: false}}`. */
function readCase(key: string, value: unknown, at: Path, reading: Reading): Value {
  const nothing: Value = { kind: 'plain', value: null }
  const inner = /^\{\{(.*)\}\}$/.exec(key)?.[1] ?? ''
  const placeholder = reading.problems.attempt([...at, key], () =>
    parsePlaceholder(inner, reading.scope, reading.names),
  )
  if (!placeholder) return nothing
  const words = choicesOf(placeholder, reading)
  if (!words) {
    reading.problems.add([...at, key], 'only intent.operation, intent.mode and option.. choose')
    return nothing
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    reading.problems.add([...at, key], `is not a table of ${words.join(', ')}`)
    return nothing
  }
  const cases = Object.entries(value).map(([word, one]): [string, Value] => {
    if (!words.includes(word)) {
      reading.problems.add([...at, key, word], `is none of ${words.join(', ')}`)
    }
    return [word, readValue(one, [...at, key, word], reading)]
  })
  const by = placeholder.from === 'option' ? `options.${placeholder.name}` : placeholder.name
  return { kind: 'case', by, cases: Object.fromEntries(cases) }
}

function choicesOf({ from, name }: Placeholder, { choices }: Reading): readonly string[] | null {
  if (from === 'option') return choices[name] ?? []
  if (from !== 'intent') return null
  return name === 'operation' ? OPERATIONS : name === 'mode' ? ['live', 'sandbox'] : null
}

/** Every placeholder of a value. */
function placeholdersOf(value: Value): readonly Placeholder[] {
  switch (value.kind) {
    case 'plain':
      return []
    case 'one':
      return [value.placeholder]
    case 'text':
      return value.parts.filter((part) => typeof part !== 'string')
    case 'list':
      return value.items.flatMap(placeholdersOf)
    case 'record':
      return value.entries.flatMap(([, one]) => placeholdersOf(one))
    case 'case':
      return Object.values(value.cases).flatMap(placeholdersOf)
  }
}

function namedExtras(fields: Value | RecordValue | undefined): readonly string[] {
  const found = fields ? placeholdersOf(fields) : []
  return [
    ...new Set(
      found.flatMap(({ from, name }) =>
        from === 'intent' && name.startsWith('extra.') ? [name.slice('extra.'.length)] : [],
      ),
    ),
  ]
}

/**
 * @module Selectors: where in an answer a value is. A subset of JSONPath (RFC 9535) and of XPath 1.0, form fields, headers, regular expressions.
 */
import type { Format, Selector, Step } from './compiled.ts'

/**
 * `$.data.id`, `$.links[?(@.rel=='redirect')].href`, `$['a b'][0]`, `$..id` · `/answer/code`, `//item[2]/@id`,
 * `//item[@name='x']` · `form:response` · `header:location` · `regex:code=(\d{3})`. `$.result > form:status` reads a form that
 * stands in a value; `request:reference` is what was sent. Throws an Error that says what is wrong.
 */
export function parseSelector(text: string, format: Format): Selector {
  const regex = /^regex:(.+)$/s.exec(text)?.[1]
  if (regex !== undefined) return { ...BODY, from: 'text', name: safePattern(regex, true) }
  const header = /^header:([A-Za-z0-9-]+)$/.exec(text)?.[1]
  if (header !== undefined) return { ...BODY, from: 'header', name: header.toLowerCase() }
  const field = /^request:(reference|idempotency_key)$/.exec(text)?.[1]
  if (field !== undefined) return { ...BODY, from: 'request', name: field }
  const [first = '', second, ...more] = text.split(' > ')
  if (more.length > 0) throw new Error(`${text}: at most one > between two selectors`)
  const outer = parseBody(first)
  if (outer.format !== format) {
    throw new Error(`${first}: answers are ${format}, so it begins with ${BEGINNINGS[format]}`)
  }
  return {
    ...BODY,
    steps: outer.steps,
    then: second === undefined ? null : parseBody(second),
  }
}

const BODY = { from: 'body', steps: [], name: '', then: null } as const
const BEGINNINGS: Readonly<Record<Format, string>> = { json: '$', xml: '/', form: 'form:' }

interface Body {
  readonly format: Format
  readonly steps: readonly Step[]
}

function parseBody(text: string): Body {
  if (text.startsWith('$')) return { format: 'json', steps: steps(text, text.slice(1), JSON_STEPS) }
  if (text.startsWith('/')) return { format: 'xml', steps: steps(text, text, XML_STEPS) }
  const field = /^form:(.+)$/.exec(text)?.[1]
  if (field !== undefined) return { format: 'form', steps: [{ name: field }] }
  throw new Error(`${text} is no selector: begin with $, /, form:, header: or regex:`)
}

type StepReader = readonly [pattern: RegExp, read: (match: readonly string[]) => Step]

const JSON_STEPS: readonly StepReader[] = [
  [/^\.\.([A-Za-z_][\w-]*)/, ([, below = '']) => ({ below })],
  [/^\.([A-Za-z_][\w-]*)/, ([, name = '']) => ({ name })],
  [/^\['([^'\\]+)'\]/, ([, name = '']) => ({ name })],
  [/^\[(\d{1,4})\]/, ([, index = '0']) => ({ index: Number(index) })],
  [
    /^\[\?\(?\s*@\.([A-Za-z_][\w-]*)\s*==\s*'([^'\\]*)'\s*\)?\]/,
    ([, where = '', is = '']) => ({ where, is }),
  ],
]

const XML_NAME = String.raw`[A-Za-z_][\w.:-]*`
const XML_STEPS: readonly StepReader[] = [
  [new RegExp(`^//(${XML_NAME})`), ([, below = '']) => ({ below })],
  [new RegExp(`^/(@?${XML_NAME})(?![\\w(])`), ([, name = '']) => ({ name })],
  [/^\/text\(\)$/, () => ({ name: '#text' })],
  // XPath counts from 1.
  [/^\[([1-9]\d{0,3})\]/, ([, index = '1']) => ({ index: Number(index) - 1 })],
  [new RegExp(`^\\[(@?${XML_NAME})='([^']*)'\\]`), ([, where = '', is = '']) => ({ where, is })],
]

function steps(whole: string, text: string, readers: readonly StepReader[]): readonly Step[] {
  const found: Step[] = []
  let rest = text
  while (rest !== '') {
    const reader = readers.find(([pattern]) => pattern.test(rest))
    const match = reader?.[0].exec(rest)
    if (!reader || !match) throw new Error(`${whole} cannot be read from ${rest}`)
    found.push(reader[1](match))
    rest = rest.slice(match[0].length)
  }
  return found
}

/**
 * A regular expression that cannot take long on whatever a PSP answers: it repeats one thing without bound at most, and
 * neither groups nor what it found before. Throws an Error that says what is wrong.
 */
export function safePattern(source: string, grouped: boolean): string {
  try {
    new RegExp(source, 'u')
  } catch {
    throw new Error(`/${source}/ is no regular expression`)
  }
  // Escapes and classes hold signs that mean nothing there.
  const bare = source.replace(/\\[^1-9k]/g, 'x').replace(/\[(?:\\.|[^\]\\])*\]/g, 'x')
  if (/\\/.test(bare)) throw new Error(`/${source}/ refers back to what it found`)
  if (/\(\?[=!<]/.test(bare)) throw new Error(`/${source}/ looks around`)
  if (/\)(?:[*+]|\{)/.test(bare)) throw new Error(`/${source}/ repeats a group`)
  if ((bare.match(/[*+]|\{\d+,/g) ?? []).length > 1) {
    throw new Error(`/${source}/ repeats more than one thing without a fixed number`)
  }
  const groups = (bare.match(/\((?!\?:)/g) ?? []).length
  if (grouped && groups !== 1) throw new Error(`/${source}/ wants one group, which is the value`)
  return source
}

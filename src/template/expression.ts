/**
 * @module Reads one `{{ head | filter: argument, .. | .. }}`: the syntax that several grammars share, without its meaning.
 */
import type { Argument } from './filters.ts'
import { invalidTemplate } from './grammar.ts'

/** A filter as written. */
export interface Call {
  readonly name: string
  readonly args: readonly Argument[]
}

export interface Expression {
  readonly start: number
  /** After the closing braces. */
  readonly end: number
  /** What stands before the first `|`, trimmed: a name with dots, a quoted text, or what a dialect makes of it. */
  readonly head: string
  readonly calls: readonly Call[]
}

const MAX_CALLS = 16

/** Where an unclosed placeholder stops being one: the rest of the text may be anything. */
const PLAUSIBLE = /^\{\{[\s\w.|:'-]{0,60}/

/**
 * Reads the placeholder whose `{{` stands at `start`. Quoted text has no escapes and may hold `}}` and `|`.
 * @throws GatewayError `invalid_template` for one that is not closed or not of this form.
 */
export function readExpression(text: string, start: number, where: string): Expression {
  let at = start + 2
  const headStart = at
  for (;;) {
    const char = text.charAt(at)
    if (char === '|' || (char === '}' && text.charAt(at + 1) === '}')) break
    at = char === "'" || char === '"' ? closingQuote(at) + 1 : at + 1
    if (at > text.length) throw unclosed()
  }
  const head = text.slice(headStart, at).trim()
  const calls: Call[] = []
  while (text.charAt(at) === '|') {
    at = skipSpace(at + 1)
    const nameStart = at
    while (isWord(text.charCodeAt(at))) at++
    const name = text.slice(nameStart, at)
    if (name === '') throw malformed('a filter is expected after `|`')
    const args: Argument[] = []
    at = skipSpace(at)
    if (text.charAt(at) === ':') {
      do {
        at = skipSpace(at + 1)
        args.push(readArgument())
        at = skipSpace(at)
      } while (text.charAt(at) === ',')
    }
    calls.push({ name, args })
    if (calls.length > MAX_CALLS) throw malformed('it has too many filters')
    if (text.charAt(at) !== '|' && !text.startsWith('}}', at)) {
      throw at < text.length ? malformed('`|` or `}}` is expected after a filter') : unclosed()
    }
  }
  return { start, end: at + 2, head, calls }

  function readArgument(): Argument {
    const from = at
    const char = text.charAt(at)
    if (char === "'" || char === '"') {
      const close = closingQuote(at)
      at = close + 1
      return text.slice(from + 1, close)
    }
    if (char === '-') at++
    while (isDigit(text.charCodeAt(at))) at++
    const number = text.slice(from, at)
    if (number === '' || number === '-') {
      throw malformed('an argument is text in quotes or a whole number')
    }
    return Number(number)
  }

  function closingQuote(open: number): number {
    const close = text.indexOf(text.charAt(open), open + 1)
    if (close < 0) throw unclosed()
    return close
  }

  function skipSpace(from: number): number {
    let i = from
    while (/\s/.test(text.charAt(i))) i++
    return i
  }

  function unclosed() {
    const raw = PLAUSIBLE.exec(text.slice(start, start + 80))?.[0] ?? '{{'
    return invalidTemplate('the placeholder is not closed', where, raw)
  }

  function malformed(what: string) {
    const close = text.indexOf('}}', start)
    if (close < 0) return unclosed()
    return invalidTemplate(what, where, text.slice(start, close + 2))
  }
}

/** The expression in its usual spelling: `{{ card.number | pad_left: 20, '0' }}`. */
export function normalised({ head, calls }: Pick<Expression, 'head' | 'calls'>): string {
  const filters = calls.map(({ name, args }) => {
    return args.length === 0 ? ` | ${name}` : ` | ${name}: ${args.map(quoted).join(', ')}`
  })
  return `{{ ${head}${filters.join('')} }}`
}

/** A label can stand wherever a value can, headers included. */
function quoted(arg: Argument): string {
  if (typeof arg === 'number') return String(arg)
  const text = arg.replace(/[^\x20-\x7e\xa0-\xff]/g, '?')
  return text.includes("'") ? `"${text}"` : `'${text}'`
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isWord(code: number): boolean {
  const lower = code | 0x20
  return isDigit(code) || code === 0x5f || (lower >= 0x61 && lower <= 0x7a)
}

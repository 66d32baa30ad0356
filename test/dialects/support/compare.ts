/**
 * @module Compares what came with what a case expects, and says each difference in words: an empty list means equal.
 */
import type { Message } from './case_file.ts'

/** What came, over the wire. Header names in lower case. */
export interface Came {
  /** `POST /path?query`, or a status. */
  readonly start: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const ANY = '<any>'

/** Differences of headers: those that are listed must be equal, others may be there. */
export function headerDifferences(wanted: Message, came: Came): readonly string[] {
  return [
    ...wanted.headers.flatMap(([name, value]) => {
      const found = came.headers[name.toLowerCase()]
      return found !== undefined && matches(value, found)
        ? []
        : [`header ${name}: wanted ${value}, came ${found ?? 'none'}`]
    }),
    ...wanted.absent
      .filter((name) => came.headers[name] !== undefined)
      .map((name) => `header ${name}: must not be there, came ${came.headers[name]}`),
  ]
}

/** The request at the PSP: first line, headers, and the body byte for byte. */
export function arrivalDifferences(wanted: Message, came: Came): readonly string[] {
  return [
    ...(matches(wanted.start, came.start) ? [] : [`wanted ${wanted.start}, came ${came.start}`]),
    ...headerDifferences(wanted, came),
    ...textDifferences(wanted.body ?? '', came.body),
  ]
}

/** The answer: JSON is compared as JSON unless the case says `exact`; `<any>` matches anything. */
export function answerDifferences(wanted: Message, came: Came): readonly string[] {
  const [status = '', exact] = wanted.start.split(' ')
  const body = wanted.body ?? ''
  const expected = exact ? undefined : json(body)
  const actual = json(came.body)
  const differences =
    expected === undefined || actual === undefined
      ? textDifferences(body, came.body)
      : jsonDifferences(expected.value, actual.value, '')
  return [
    ...(status === came.start ? [] : [`status: wanted ${status}, came ${came.start}`]),
    ...headerDifferences(wanted, came),
    // A wrong status is best understood by the body that came with it.
    ...(differences.length > 0 ? [...differences, `the whole body: ${came.body}`] : []),
  ]
}

/** Whether the text is the pattern, where `<any>` stands for anything up to the next literal. */
export function matches(pattern: string, text: string): boolean {
  const literals = pattern.split(ANY)
  if (literals.length === 1) return pattern === text
  const source = literals.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*?')
  return new RegExp(`^${source}$`, 's').test(text)
}

function textDifferences(wanted: string, came: string): readonly string[] {
  if (matches(wanted, came)) return []
  let at = 0
  while (at < wanted.length && wanted[at] === came[at]) at++
  const near = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 20), at + 40))
  return [
    `body: differs from character ${at}: wanted ..${near(wanted)}, came ..${near(came)}`,
    `  wanted ${JSON.stringify(wanted)}`,
    `  came   ${JSON.stringify(came)}`,
  ]
}

function jsonDifferences(wanted: unknown, came: unknown, path: string): readonly string[] {
  const here = path === '' ? 'the body' : path
  if (typeof wanted === 'string') {
    if (wanted === ANY ? came !== undefined : typeof came === 'string' && matches(wanted, came)) {
      return []
    }
  } else if (Array.isArray(wanted) && Array.isArray(came)) {
    const length =
      wanted.length === came.length
        ? []
        : [`${here}: ${wanted.length} items wanted, ${came.length} came`]
    return [
      ...length,
      ...wanted.flatMap((one, i) => jsonDifferences(one, came[i], `${path}[${i}]`)),
    ]
  } else if (isRecord(wanted) && isRecord(came)) {
    const open = Object.hasOwn(wanted, '*')
    const extra = Object.keys(came).filter((name) => !Object.hasOwn(wanted, name))
    return [
      ...Object.entries(wanted)
        .filter(([name]) => name !== '*')
        .flatMap(([name, value]) =>
          Object.hasOwn(came, name)
            ? jsonDifferences(value, came[name], `${path}.${name}`)
            : [`${path}.${name}: wanted, but is not there`],
        ),
      ...(open
        ? []
        : extra.map((name) => `${path}.${name}: not wanted, came ${shown(came[name])}`)),
    ]
  } else if (wanted === came) return []
  return [`${here}: wanted ${shown(wanted)}, came ${shown(came)}`]
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function json(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
